"""A learner at work on a capsule, of which somebody kills any process at any moment, with SIGKILL.

A kernel, as JupyterLab runs it, in which a chapter has begun and containers come and go. Killed are the keeper, the
engine's processes, those of its containers, the helpers of the network outside, the watchdog, the kernel. Whatever
ends: nothing of it is left, the kernel hears of it in words, and the next ``begin`` works and finds a clean lab.
"""

from __future__ import annotations

import contextlib
import os
import random
import signal
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from queue import Empty
from typing import Any

import pytest
from jupyter_client.manager import start_new_kernel
from jupyter_client.provisioning.local_provisioner import LocalProvisioner

from dockernet_course import errors
from dockernet_course.engines.find import private
from tests.live import capsules, labs
from tests.sampling import seed
from tests.telling import tell
from tests.waiting import eventually

__all__ = ["Kill", "Learner", "at_work", "killed", "kills"]

NAME = "kills"
# With one of these a capsule ends whole.
VITAL = {"keeper", "dockernet-init", "dockerd", "containerd", "outside", "www.example"}
PATIENCE = 60.0  # seconds for an answer of the kernel, on a loaded machine

BEGIN = """
from dockernet_course import *
from dockernet_course.engines import find_engine
lesson = begin("02-bridge", find_engine("capsule", suite={suite!r}, capsule={name!r})); lab = lesson.lab
assert not observe(lab).containers, observe(lab).containers
front, web = lab.create_network("front"), lab.run("web", publish=80)
"""
WORK = """
while True:
    db = lab.run("db", network="front"); observe(lab); lab.connect("bridge", db); db.sh("ip addr"); db.remove()
"""
END = "lesson.end()"


@dataclass(frozen=True)
class Kill:
    """What was killed, joined by ``+``, and whether the engine ended by it."""

    victims: str
    ended: bool


class Learner:
    """The kernel; another one takes its place when it has been killed."""

    def __init__(self) -> None:
        self._manager, self._client = start_new_kernel(kernel_name="python3", extra_arguments=["--log-level=ERROR"])
        self._client.allow_stdin = False
        self._asked = ""

    @property
    def pid(self) -> int:
        """Of the kernel."""
        assert isinstance(self._manager.provisioner, LocalProvisioner)
        return int(self._manager.provisioner.pid or 0)

    def good(self, code: str) -> None:
        """Run a cell that does not fail."""
        self._ask(code)
        answer = self._answer()
        assert answer["status"] == "ok", "\n".join(answer.get("traceback", [str(answer)]))

    def work(self) -> None:
        """A cell that goes on and on."""
        self._ask(WORK)

    def heard(self, dead: bool) -> str:
        """How that cell ended, which is interrupted now if it has not ended yet; nothing of a kernel that is dead."""
        if dead:
            assert eventually(lambda: not self._manager.is_alive())
            self._manager.restart_kernel(now=True)
            self._client.wait_for_ready(timeout=PATIENCE)
            return ""
        try:
            answer = self._answer(1.0)
        except Empty:
            self._manager.interrupt_kernel()
            try:
                answer = self._answer()
            except Empty:  # the interrupt met ipykernel between the cell and its answer, which then never comes
                self.good("pass")
                return ""
        return f"{answer['ename']}: {answer['evalue']}"

    def _ask(self, code: str) -> None:
        self._asked = self._client.execute(code, stop_on_error=False)  # else what is asked next may be thrown away

    def _answer(self, seconds: float = PATIENCE) -> dict[str, Any]:
        """The answer to what was asked last; after a restart, others may still come in."""
        end = time.monotonic() + seconds
        while True:
            message = self._client.get_shell_msg(timeout=max(end - time.monotonic(), 0.01))
            if message["parent_header"]["msg_id"] == self._asked:
                return dict(message["content"])

    def close(self) -> None:
        """End it."""
        self._client.stop_channels()
        self._manager.shutdown_kernel(now=True)


@pytest.fixture(scope="module")
def at_work() -> Iterator[Learner]:
    """One, with a runtime folder of their own (short: a socket's path has 107 bytes at most)."""
    with tempfile.TemporaryDirectory(prefix="dn") as folder, pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_RUNTIME_DIR", folder)
        patch.setenv("DOCKERNET_DATA", f"{folder}/data")
        learner = Learner()
        try:
            yield learner
        finally:
            learner.close()
            private.stop(NAME)


@pytest.fixture(scope="module")
def kills(request: pytest.FixtureRequest) -> Iterator[list[Kill]]:
    """What has been killed so far; told at the end."""
    found: list[Kill] = []
    yield found
    tell(request.config, *_table(found))


def _table(kills: Sequence[Kill]) -> list[str]:
    """How often what was killed, and what came of it."""
    lines = [
        f"{len(kills)} kills, seed {seed()}; nothing was left, and the next begin worked. The engine ended, or not:"
    ]
    counted = sorted(Counter(kills).items(), key=lambda pair: (-pair[1], pair[0].victims))
    return lines + [f"  {times:3} × {kill.victims}: {'ended' if kill.ended else 'went on'}" for kill, times in counted]


def killed(at_work: Learner, number: int) -> Kill:
    """Begin, work, kill, begin again and end; all that must hold then is asserted."""
    rng = random.Random(f"{seed()} {number}")  # noqa: S311 (nothing secret)
    begin = BEGIN.format(suite=rng.choice(capsules.SUITES), name=NAME)
    interfaces = sorted(os.listdir("/sys/class/net"))  # noqa: PTH208 (names)
    at_work.good(begin)
    (running,) = private.status()
    at_work.work()
    time.sleep(rng.uniform(0.0, 2.0))
    before, kernel = _processes(running), {at_work.pid: "kernel"}
    watchdogs = dict.fromkeys(labs.watchdogs(at_work.pid), "watchdog")
    names = _kill({**before, **watchdogs, **kernel}, rng)
    ended = bool(VITAL & set(names))
    if ended:
        assert eventually(lambda: not capsules.alive(before), 10), (names, _named(before))
    _in_words(at_work.heard("kernel" in names), names)
    at_work.good(begin)
    (again,) = private.status()
    assert (again.pid != running.pid) == ended, names
    before |= watchdogs | _processes(again)
    at_work.good(END)
    private.stop(NAME)
    _nothing_is_left(before, at_work, interfaces)
    return Kill("+".join(sorted(names)), ended)


def _kill(processes: dict[int, str], rng: random.Random) -> list[str]:
    """Kill one, or two at once, of those that are called differently; what they are called."""
    names = rng.sample(sorted(set(processes.values())), rng.choice((1, 1, 1, 2)))
    for name in names:
        pid = rng.choice(sorted(pid for pid, called in processes.items() if called == name))
        with contextlib.suppress(ProcessLookupError):  # it has ended meanwhile: some run for a moment only
            os.kill(pid, signal.SIGKILL)
    return names


def _in_words(said: str, names: list[str]) -> None:
    """The cell was interrupted, or ended with an error of ours; a dead kernel says nothing."""
    kind = said.partition(":")[0]
    ours = isinstance(getattr(errors, kind, None), type)
    assert not said or kind == "KeyboardInterrupt" or ours, f"{names} killed: {said}"


def _nothing_is_left(before: dict[int, str], at_work: Learner, interfaces: list[str]) -> None:
    gone = eventually(lambda: not capsules.alive(before) and not labs.watchdogs(at_work.pid), 20)
    assert gone, _named(before)
    assert private.status() == []
    assert list((Path(os.environ["XDG_RUNTIME_DIR"]) / "dockernet").glob("*")) == []
    assert capsules.mounts() == []
    assert sorted(os.listdir("/sys/class/net")) == interfaces  # noqa: PTH208


def _named(processes: dict[int, str]) -> dict[int, str]:
    """Those of them that live."""
    return {pid: processes[pid] for pid in capsules.alive(processes)}


def _processes(running: private.Running) -> dict[int, str]:
    """The keeper, and the capsule's first process with all below it, its containers' too: pid -> name."""
    parents, names = {}, {}
    for process in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            name, _, rest = (process / "stat").read_text().partition("(")[2].rpartition(")")
            parents[int(process.name)], names[int(process.name)] = int(rest.split()[1]), name
    family = {running.pid}
    while more := {pid for pid, parent in parents.items() if parent in family} - family:
        family |= more
    return {running.keeper: "keeper", **{pid: names[pid] for pid in family if pid in names}}
