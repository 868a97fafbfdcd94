"""A cache and other accounts: what they can write is not taken, what they share for reading is."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from dockernet_course.engines.build import pack, places
from dockernet_course.errors import PackError


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "cache"
    folder.mkdir()
    monkeypatch.setenv("DOCKERNET_CACHE", str(folder))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "home"))
    monkeypatch.setattr(sys, "prefix", str(tmp_path / "prefix"))
    return folder


@pytest.mark.parametrize("mode", [0o777, 0o1777, 0o757, 0o707])
def test_where_everybody_can_write_nothing_is_taken(cache: Path, mode: int) -> None:
    cache.chmod(mode)
    for take in (pack.ensure, pack.known, pack.lab_layer, lambda: pack.import_pack(cache / "x.pack")):
        with pytest.raises(PackError, match=r"Other accounts can write|There is no file"):
            take()
    with pytest.raises(PackError, match="Other accounts can write") as caught:
        places.check_closed()
    assert f"chmod go-w {cache}" in caught.value.cure and "everybody" in caught.value.state


def test_the_environments_folder_is_looked_at_too(cache: Path) -> None:
    pack.shared_folder().mkdir(parents=True)
    places.check_closed()
    pack.shared_folder().chmod(0o777)
    with pytest.raises(PackError, match="Other accounts can write"):
        places.check_closed()


@pytest.mark.parametrize("mode", [0o700, 0o755, 0o750])
def test_what_only_its_owner_can_write_is_fine(cache: Path, mode: int) -> None:
    cache.chmod(mode)
    places.check_closed()


def test_a_group_of_others_is_others(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    cache.chmod(0o775)
    places.check_closed()  # one's own group, which nobody else is in
    gid = cache.stat().st_gid
    monkeypatch.setattr(os, "getegid", lambda: gid + 1)
    with pytest.raises(PackError, match="Other accounts can write"):
        places.check_closed()


def test_one_that_may_only_be_read_is_taken_from(cache: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (cache / "some.pack").write_text("")
    assert pack.cache_folder() == cache and pack.laid_ready("some.pack") == cache / "some.pack"
    monkeypatch.setattr(os, "access", lambda path, _: path != cache)  # as for another account than its owner's
    assert pack.cache_folder() == tmp_path / "home/dockernet-course"
    assert pack.laid_ready("some.pack") == cache / "some.pack"
