"""The machine's image: built for real, twice, damaged, exported."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from dockernet_course.engines.build import pack, vm_image
from dockernet_course.errors import PackError


@pytest.fixture(scope="module")
def made() -> vm_image.Image:
    return vm_image.ensure("trixie")


@pytest.fixture
def cache(tmp_path: Path, made: vm_image.Image, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A cache of our own with a copy of the pack and of the image."""
    source = pack.ensure("trixie").folder
    for folder in (source, made.folder):
        shutil.copytree(folder, tmp_path / folder.name, symlinks=True)
    monkeypatch.setenv("DOCKERNET_CACHE", str(tmp_path))
    return tmp_path


def test_two_builds_give_the_same_bytes(made: vm_image.Image, cache: Path) -> None:
    before = (made.folder / "files/sums").read_text()
    again = vm_image.build("trixie")
    assert again.folder.parent == cache
    assert (again.folder / "files/sums").read_text() == before
    assert vm_image.verified(again)


def test_a_damaged_one_is_built_anew(cache: Path) -> None:
    whole = vm_image.ensure("trixie")
    assert whole.folder.parent == cache
    with whole.root.open("r+b") as file:
        file.truncate(1_000_000)
    said: list[str] = []
    again = vm_image.ensure("trixie", lambda what, _: said.append(what))
    assert vm_image.verified(again)
    assert any("kernel" in what for what in said)


def test_what_is_exported_is_small_and_can_be_taken_elsewhere(cache: Path, tmp_path: Path) -> None:
    file = vm_image.export(tmp_path / "vm.pack", "trixie")
    assert file.stat().st_size < 200_000_000
    shutil.rmtree(vm_image.ensure("trixie").folder)
    assert not vm_image.present("trixie")
    assert vm_image.verified(vm_image.take(file))
    assert vm_image.present("trixie")
    file.write_bytes(file.read_bytes()[:-50_000])  # more than the zeros at the end
    with pytest.raises(PackError):
        vm_image.take(file)
