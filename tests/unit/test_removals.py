"""Everything in the package that removes files, and a stranger's file in its way: that stays, byte by byte."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import pytest

from dockernet_course.engines.build import archive, ours, pack, snapshot
from dockernet_course.engines.keeper import state
from dockernet_course.engines.keeper.base import Order
from dockernet_course.engines.keeper.client import launch
from dockernet_course.engines.keeper.command import MachinePlan
from dockernet_course.errors import EngineError, PackError
from dockernet_course.locking import unused, use
from tests.commands import dockernet

KEY = "trixie-x86_64-0123456789ab"
THESIS = "three years of work"


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("DOCKERNET_CACHE", str(tmp_path / "data"))
    (tmp_path / "data").mkdir()
    return tmp_path / "data"


@pytest.fixture
def runtime(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    folder = Path(subprocess.check_output(["mktemp", "-d", "/tmp/dnXXXX"], text=True).strip())
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(folder))
    yield state.runtime_folder()
    shutil.rmtree(folder)


def made(cache: Path, name: str = KEY) -> Path:
    """A complete folder of ours, as every builder makes one."""
    with pack.exclusively(KEY, pack.quiet), pack.scratch(KEY) as work:
        (work / "new/root/usr/bin").mkdir(parents=True)
        (work / "new/root/usr/bin/tool").write_text("ours")
        (work / "new/root/bin").symlink_to("usr/bin")
        (work / "new/about.json").write_text("{}")
        return pack.settle(work / "new", name)


def again(cache: Path) -> None:
    made(cache)


def snapshot_settled(cache: Path) -> None:
    plan = MachinePlan(("qemu",), "8.2", True, "k", "i", "r", f"{KEY}-0123456789ab", "", "tcg", "max", 1, 256)
    with pack.exclusively(KEY, pack.quiet), pack.scratch(KEY) as work:
        (work / "new").mkdir()
        for name in ("memory", "state", "about.json"):
            (work / "new" / name).write_text(name)
        snapshot._settle(plan, work / "new")


def cleaned(cache: Path) -> None:
    made(cache)
    for path in list(ours.entries(cache)):
        ours.remove(path)
    assert not (cache / KEY / "root/usr/bin/tool").exists(), "what is ours has gone"


REMOVALS: dict[str, Callable[[Path], None]] = {
    "a new tree takes the place of the old": again,
    "a new snapshot takes the place of old ones": snapshot_settled,
    "clean --cache": cleaned,
}
STRANGERS = (
    *("thesis.txt", "photos/holiday/1.jpg", "my.json", "notes.lock", "a.pack", "made.json/1.jpg"),
    *(f"{KEY}/thesis.txt", f"{KEY}/root/usr/bin/thesis.txt", f"{KEY}/root/new/a"),
    *(f".{KEY}.photos/1.jpg", f".{KEY}.notes", f"{KEY}.old-photos/1.jpg", f"{KEY}.image/1.jpg"),
    *(f"{KEY}.pack", f"{KEY}.vm.lock/1.jpg", "trixie-holiday.snapshot/1.jpg", f"{KEY}-1.snapshot/about.json"),
)
LINKS = (KEY, f"{KEY}.vm", f".{KEY}.abcdefgh", f"{KEY}.old-abcdefgh", f"{KEY}/root", f"{KEY}/root/usr")


@pytest.mark.parametrize("where", STRANGERS)
@pytest.mark.parametrize("removal", REMOVALS)
def test_a_strangers_file_stays(cache: Path, removal: str, where: str) -> None:
    if where.startswith(f"{KEY}/"):
        made(cache)
    (cache / where).parent.mkdir(parents=True, exist_ok=True)
    (cache / where).write_text(THESIS)
    REMOVALS[removal](cache)
    kept = [path for path in cache.rglob(Path(where).name) if path.is_file() and path.read_text() == THESIS]
    assert len(kept) == 1


@pytest.mark.parametrize(
    "link", [KEY, f"{KEY}.vm", f".{KEY}.abcdefgh", f"{KEY}.old-abcdefgh", f"{KEY}/root", f"{KEY}/root/usr"]
)
@pytest.mark.parametrize("removal", REMOVALS)
def test_a_symbolic_link_is_not_followed(cache: Path, tmp_path: Path, removal: str, link: str) -> None:
    """It leads to somebody's folder, in which everything has the names that ours has."""
    theirs = made(cache).rename(tmp_path / "theirs")
    if link.startswith(f"{KEY}/"):
        made(cache)
        shutil.rmtree(cache / link)
    before = sorted(theirs.rglob("*"))
    (cache / link).symlink_to(theirs / Path(link).relative_to(KEY) if "/" in link else theirs)
    REMOVALS[removal](cache)
    assert sorted(theirs.rglob("*")) == before


def test_a_folder_that_holds_nothing_of_ours_is_refused(cache: Path, runtime: Path) -> None:
    (cache / "thesis.txt").write_text(THESIS)
    ran = dockernet("clean", "--cache", "--yes", XDG_RUNTIME_DIR=str(runtime.parent), DOCKERNET_CACHE=str(cache))
    assert ran.returncode == 1 and f"has made nothing of what is in {cache}" in ran.stderr
    assert (cache / "thesis.txt").read_text() == THESIS


def test_what_goes_is_listed_by_name_before(cache: Path, runtime: Path) -> None:
    folder = made(cache)
    (cache / "thesis.txt").write_text(THESIS)
    clean = partial(dockernet, "clean", "--cache", XDG_RUNTIME_DIR=str(runtime.parent), DOCKERNET_CACHE=str(cache))
    asked = clean(stdin="n\n")
    assert str(folder) in asked.stdout.splitlines() and "1 more stay" in asked.stdout and "thesis" not in asked.stdout
    assert folder.exists()
    assert clean("--yes").returncode == 0
    assert sorted(path.name for path in cache.iterdir()) == ["thesis.txt"]


def test_a_tree_in_use_stays_until_it_is_not(cache: Path) -> None:
    first = made(cache)
    kept = use(first)
    made(cache)
    old = next(cache.glob(f"{KEY}.old-*"))
    assert (old / "root/usr/bin/tool").exists() and "in use" in ours.remove(old)
    os.close(kept)
    made(cache)
    assert not list(cache.glob(f"{KEY}.old-*")) and (cache / KEY / "root/usr/bin/tool").exists()


def test_who_locks_a_folder_for_long_keeps_nobody_out(tmp_path: Path) -> None:
    with unused(tmp_path) as free:
        assert free
        os.close(use(tmp_path))


@pytest.mark.parametrize("where", ["thesis.txt", "root/thesis.txt"])
def test_a_strangers_file_in_a_state_folder_stays(runtime: Path, where: str) -> None:
    folder = runtime / "dead"
    (folder / "root").mkdir(parents=True, mode=0o700)
    with socket.socket(socket.AF_UNIX) as keeper:
        keeper.bind(str(folder / state.KEEPER))
    (folder / where).write_text(THESIS)
    assert str(folder) in state.sweep(folder) and "thesis" in (state.sweep(folder) + where)
    assert (folder / where).read_text() == THESIS


@pytest.mark.parametrize("where", ["mine/thesis.txt", "mine/log", "mine/keeper", "mine/docker.sock"])
def test_a_strangers_folder_beside_state_folders_is_no_engine(runtime: Path, where: str) -> None:
    (runtime / where).parent.mkdir()
    (runtime / where).write_text(THESIS)
    assert state.names() == [] and "mine is no engine's" in state.sweep(runtime / "mine")
    assert (runtime / where).read_text() == THESIS


def test_a_link_to_a_state_folder_is_not_followed(runtime: Path, tmp_path: Path) -> None:
    (tmp_path / "root").mkdir()
    (tmp_path / "log").write_text(THESIS)
    (runtime / "dead").symlink_to(tmp_path)
    state.sweep(runtime / "dead")
    assert state.names() == [] and (tmp_path / "log").read_text() == THESIS and (tmp_path / "root").is_dir()


def test_a_state_folder_that_cannot_be_removed_is_told_before_anything_starts(runtime: Path) -> None:
    folder = runtime / "dead"
    (folder / "root").mkdir(parents=True, mode=0o700)
    (folder / "root/thesis.txt").write_text(THESIS)
    with pytest.raises(EngineError, match="no folder to begin in") as caught:
        launch(Order("dead", "trixie", str(folder), 1.0, {}))
    assert str(folder) in caught.value.state and "DOCKERNET_CAPSULE" in caught.value.cure
    assert (folder / "root/thesis.txt").read_text() == THESIS and not (folder / state.KEEPER).exists()


def test_an_export_takes_the_place_of_a_pack_only(tmp_path: Path) -> None:
    thesis, part = tmp_path / "thesis.pack", tmp_path / "thesis.pack.part"
    for path in (thesis, part):
        path.write_text(THESIS)
    with pytest.raises(PackError, match="is no engine pack"), pack.replacing(thesis):
        pass
    (tmp_path / "tree").mkdir()
    archive.write(tmp_path / "tree", archive.About("trixie", "x", "r", ""), tmp_path / "out.pack")
    with pack.replacing(tmp_path / "out.pack") as new:
        new.write_text("new")
    assert (tmp_path / "out.pack").read_text() == "new"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["out.pack", "thesis.pack", "thesis.pack.part", "tree"]
    assert thesis.read_text() == part.read_text() == THESIS


def test_every_removal_of_a_folder_is_one_of_these() -> None:
    """A new one is to be added to the table above."""
    package = Path(pack.__file__).parents[2]
    found = {
        str(path.relative_to(package))
        for path in package.rglob("*.py")
        if "rmtree(" in path.read_text() or "rm -r" in path.read_text()
    }
    assert found == {
        "engines/build/ours.py",  # a folder with our mark, in which a builder works
        "scratch.py",  # a folder with the number of our process in its name, which is gone
        "engines/inside/agent.py",  # in a virtual machine of ours
    }
    assert sys.version_info >= (3, 11), "whose rmtree does not follow links"
