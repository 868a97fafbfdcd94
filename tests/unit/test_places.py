"""Where packs are kept: told, the environment's own, the user's cache; and what another account has laid ready."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from dockernet_course.engines.build import pack, places


@pytest.fixture
def prepared(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of an environment that was prepared by this account; its user's cache is elsewhere."""
    monkeypatch.delenv("DOCKERNET_CACHE", raising=False)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setattr(sys, "prefix", str(tmp_path))
    places.shared_folder().mkdir(parents=True)
    return places.shared_folder()


def test_an_environment_of_ones_own_keeps_them(prepared: Path) -> None:
    assert places.cache_folder() == prepared
    prepared.rmdir()
    assert places.cache_folder().is_relative_to(prepared.parents[1] / "cache")


def test_what_is_told_counts_most(prepared: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DOCKERNET_CACHE", str(tmp_path / "told"))
    assert places.cache_folder() == tmp_path / "told"


def test_what_another_account_prepared_is_read_and_not_written(prepared: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    me = os.geteuid()
    monkeypatch.setattr(os, "geteuid", lambda: me + 1)
    assert places.cache_folder() != prepared
    assert not pack.present("trixie")
    (prepared / f"{pack._key('trixie')}.pack").touch()
    assert pack.present("trixie")
    assert places.laid_ready(f"{pack._key('trixie')}.pack") == prepared / f"{pack._key('trixie')}.pack"
