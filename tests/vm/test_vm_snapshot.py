"""Snapshots with a real QEMU: made, damaged, restored twice at once, on a disk that fills up."""

from __future__ import annotations

import hashlib
import json
import os
import resource
import select
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import asdict, replace
from pathlib import Path

import pytest

from dockernet_course.engines.build import hardware, qemu, snapshot, vm_image
from dockernet_course.engines.build.snapshot import Snapshot
from dockernet_course.engines.find.vm import awake
from dockernet_course.engines.keeper import qemu_process
from dockernet_course.engines.keeper.command import MachinePlan
from dockernet_course.engines.keeper.front import talk
from dockernet_course.engines.keeper.qemu_process import Machine
from dockernet_course.errors import EngineError, EngineStopped, PackError

PING = {"do": "ping"}


@pytest.fixture(scope="module")
def plan() -> MachinePlan:
    return replace(hardware.plan(vm_image.ensure("trixie")), memory=384)


@pytest.fixture(scope="module")
def made(plan: MachinePlan, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Snapshot]:
    """A snapshot in a cache of our own, whose name is not easy to write."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DOCKERNET_CACHE", str(tmp_path_factory.mktemp("a, b")))
        yield snapshot.ensure(plan, awake)


@pytest.fixture
def start(plan: MachinePlan, made: Snapshot, tmp_path: Path) -> Iterator[Callable[[], Machine]]:
    started: list[Machine] = []

    def one() -> Machine:
        guest = qemu_process.restore(plan, made.memory, made.state, tmp_path / f"log {len(started)}, of QEMU")
        started.append(guest)
        return guest

    yield one
    for guest in started:
        guest.end()
        assert guest.process.returncode is not None


def memory(guest: Machine, line: str) -> int:
    """What a process has in memory, in kB."""
    text = Path(f"/proc/{guest.process.pid}/smaps_rollup").read_text()
    return int(text.partition(f"\n{line}:")[2].split()[0])


def digest(file: Path) -> str:
    with file.open("rb") as content:
        return hashlib.file_digest(content, "sha256").hexdigest()


def test_it_is_made_once(plan: MachinePlan, made: Snapshot) -> None:
    assert snapshot.present(plan) == made
    assert snapshot.ensure(plan, lambda _: pytest.fail("it was there")) == made
    assert sorted(path.name for path in made.folder.iterdir()) == ["about.json", "made.json", "memory", "state"]
    assert made.memory.stat().st_size == plan.memory << 20
    left = {path.suffix for path in made.folder.parent.iterdir()}
    assert left <= {".snapshot", ".lock", ".json"}


def test_two_machines_from_one_snapshot_share_what_they_have_not_written(
    made: Snapshot, start: Callable[[], Machine]
) -> None:
    before = digest(made.memory)
    one, two = start(), start()
    for guest in (one, two):
        guest.qmp.run("cont")
    for guest in (one, two):
        answer = talk(guest.port, PING, 30)
        assert answer is not None and answer["ok"]
    one.end()
    assert talk(two.port, PING, 30)
    shared = memory(two, "Rss") - memory(two, "Private_Dirty")
    assert shared > memory(two, "Rss") / 4
    assert digest(made.memory) == before


def test_a_stopped_guest_goes_on_where_it_was(start: Callable[[], Machine]) -> None:
    guest = start()
    assert guest.qmp.run("query-status")["status"] == "paused"
    assert talk(guest.port, PING, 0.3) is None
    guest.qmp.run("cont")
    assert talk(guest.port, PING, 30)
    guest.qmp.run("stop")
    assert "STOP" in [event["event"] for event in guest.qmp.receive()]


def test_qemu_listens_nowhere_and_has_no_network(start: Callable[[], Machine]) -> None:
    guest = start()
    descriptors = [os.readlink(path) for path in Path(f"/proc/{guest.process.pid}/fd").iterdir()]  # noqa: PTH115
    inodes = {text[8:-1] for text in descriptors if text.startswith("socket:[")}
    inet = [line.split() for name in ("tcp", "tcp6", "udp", "udp6") for line in _lines(f"/proc/net/{name}")]
    assert not inodes & {fields[9] for fields in inet}
    paths = [fields for fields in map(str.split, _lines("/proc/net/unix")) if fields[6] in inodes and len(fields) > 7]
    assert paths == []
    assert guest.qmp.run("query-rx-filter") == []


def _lines(file: str) -> list[str]:
    return Path(file).read_text().splitlines()[1:]


def test_qemu_is_gone_when_it_was_killed_and_so_it_is_told(start: Callable[[], Machine]) -> None:
    guest = start()
    guest.process.kill()
    with pytest.raises(EngineStopped):
        guest.qmp.run("cont")


def test_qemu_dies_with_who_started_it(plan: MachinePlan, made: Snapshot, tmp_path: Path) -> None:
    program = (
        "import json, sys, time; from pathlib import Path\n"
        "from dockernet_course.engines.keeper import command, qemu_process\n"
        "plan, *files = sys.argv[1:]\n"
        "guest = qemu_process.restore(command.MachinePlan(**json.loads(plan)), *map(Path, files))\n"
        "print(guest.process.pid, flush=True); time.sleep(100)"
    )
    files = [made.memory, made.state, tmp_path / "log"]
    with subprocess.Popen(
        [sys.executable, "-c", program, json.dumps(asdict(plan)), *files], stdout=subprocess.PIPE, text=True
    ) as starter:
        assert starter.stdout is not None
        pid = int(starter.stdout.readline())
        ended = os.pidfd_open(pid)
        starter.send_signal(signal.SIGKILL)
    assert _readable(ended, 10)


def _readable(descriptor: int, seconds: float) -> bool:
    with os.fdopen(descriptor) as process:
        return bool(select.select([process], [], [], seconds)[0])


def damage_state(made: Snapshot) -> None:
    data = bytearray(made.state.read_bytes())
    data[len(data) // 2] ^= 0xFF
    made.state.write_bytes(data)


def shorten_memory(made: Snapshot) -> None:
    os.truncate(made.memory, 1 << 20)


def touch_memory(made: Snapshot) -> None:
    with made.memory.open("r+b") as file:
        file.write(b"x")


def scribble(made: Snapshot) -> None:
    (made.folder / "about.json").write_text("{")


@pytest.fixture
def copy(plan: MachinePlan, made: Snapshot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Snapshot:
    subprocess.run(["cp", "-a", made.folder, tmp_path], check=True)
    monkeypatch.setenv("DOCKERNET_CACHE", str(tmp_path))
    found = snapshot.present(plan)
    assert found is not None and found.folder.parent == tmp_path
    return found


@pytest.mark.parametrize("harm", [damage_state, shorten_memory, touch_memory, scribble, snapshot.discard])
def test_a_damaged_one_is_made_anew(plan: MachinePlan, copy: Snapshot, harm: Callable[[Snapshot], None]) -> None:
    harm(copy)
    assert snapshot.present(plan) is None
    with pytest.raises(Anew):
        snapshot.ensure(plan, interrupted)


class Anew(Exception):
    """It would be made anew."""


def interrupted(_: Machine) -> None:
    raise Anew


def test_a_state_that_is_none_is_refused_in_words(plan: MachinePlan, copy: Snapshot, tmp_path: Path) -> None:
    copy.state.write_bytes(b"nothing of that kind")
    with pytest.raises(EngineError) as caught:
        qemu_process.restore(plan, copy.memory, copy.state, tmp_path / "log")
    assert "QEMU" in caught.value.what and caught.value.state


@pytest.mark.parametrize("deaths", [1, 2])
def test_a_guest_that_dies_while_it_boots_is_booted_once_more(
    plan: MachinePlan, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, deaths: int
) -> None:
    monkeypatch.setenv("DOCKERNET_CACHE", str(tmp_path))
    boots: list[Machine] = []

    def ready(guest: Machine) -> None:
        boots.append(guest)
        if len(boots) <= deaths:
            guest.process.kill()
            guest.process.wait()
        awake(guest)

    if deaths == 1:
        assert snapshot.ensure(plan, ready) == snapshot.present(plan)
    else:
        with pytest.raises(EngineStopped, match="ended while it booted"):
            snapshot.ensure(plan, ready)
    assert len(boots) == 2


def test_a_disk_that_fills_up_is_told_and_nothing_is_left(
    plan: MachinePlan, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DOCKERNET_CACHE", str(tmp_path / "cache"))

    def no_more_room(guest: Machine) -> None:
        resource.prlimit(guest.process.pid, resource.RLIMIT_FSIZE, (100_000, 100_000))

    with pytest.raises(PackError, match="The disk is full") as caught:
        snapshot.ensure(plan, no_more_room)
    assert "DOCKERNET_CACHE" in caught.value.cure
    assert {path.suffix for path in (tmp_path / "cache").iterdir()} <= {".lock", ".json"}


def test_too_small_a_disk_is_told_before_anything_boots(
    plan: MachinePlan, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DOCKERNET_CACHE", str(tmp_path / "cache"))
    with pytest.raises(PackError, match="The disk is full"):
        snapshot.ensure(replace(plan, memory=1 << 30), interrupted)


def test_a_qemu_unpacked_from_packages_boots_a_kernel(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, plan: MachinePlan
) -> None:
    monkeypatch.setenv("DOCKERNET_CACHE", str(tmp_path))
    monkeypatch.setattr(qemu, "from_path", lambda: None)
    found = qemu.find()
    assert "unpacked" in found.why and str(tmp_path) in " ".join(found.argv)
    assert hardware.boots(found, Path(plan.kernel), "tcg", 60)
    assert qemu.find() == found
