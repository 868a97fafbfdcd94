"""The machine's image: built for real, twice, damaged, exported."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from dockernet_course.engines import pack
from dockernet_course.engines.vm import image
from dockernet_course.errors import PackError


@pytest.fixture(scope="module")
def made() -> image.Image:
    return image.ensure("trixie")


@pytest.fixture
def cache(tmp_path: Path, made: image.Image, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A cache of our own with a copy of the pack and of the image."""
    source = pack.ensure("trixie").folder
    for folder in (source, made.folder):
        shutil.copytree(folder, tmp_path / folder.name, symlinks=True)
    monkeypatch.setenv("DOCKERNET_CACHE", str(tmp_path))
    return tmp_path


def test_two_builds_give_the_same_bytes(made: image.Image, cache: Path) -> None:
    before = (made.folder / "files/sums").read_text()
    again = image.build("trixie")
    assert again.folder.parent == cache
    assert (again.folder / "files/sums").read_text() == before
    assert image.verified(again)


def test_a_damaged_one_is_built_anew(cache: Path) -> None:
    whole = image.ensure("trixie")
    assert whole.folder.parent == cache
    with whole.root.open("r+b") as file:
        file.truncate(1_000_000)
    said: list[str] = []
    again = image.ensure("trixie", lambda what, _: said.append(what))
    assert image.verified(again)
    assert any("kernel" in what for what in said)


def test_what_is_exported_is_small_and_can_be_taken_elsewhere(cache: Path, tmp_path: Path) -> None:
    file = image.export(tmp_path / "vm.pack", "trixie")
    assert file.stat().st_size < 200_000_000
    shutil.rmtree(image.ensure("trixie").folder)
    assert not image.present("trixie")
    assert image.verified(image.take(file))
    assert image.present("trixie")
    file.write_bytes(file.read_bytes()[:-50_000])  # more than the zeros at the end
    with pytest.raises(PackError):
        image.take(file)
