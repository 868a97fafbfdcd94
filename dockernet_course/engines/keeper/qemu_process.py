"""One QEMU process with the two sockets that lead into it: its monitor, and the guest's port.

Both are pairs of sockets whose other ends QEMU inherits: there is no path that somebody else could connect to. QEMU
dies with the thread that started it. Only the standard library is used here, since the keeper has nothing else.
"""

from __future__ import annotations

import contextlib
import os
import socket
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

from dockernet_course.engines.inside import kernel
from dockernet_course.engines.keeper.command import MachinePlan, command, number
from dockernet_course.engines.keeper.qmp import Qmp
from dockernet_course.errors import EngineError, EngineStopped

__all__ = ["Machine", "boot", "restore", "save"]

_LOOK = 0.002  # seconds between two looks at how far a state is written or read
_SECONDS = 60.0  # for a state to be written or read: it takes 0.02 s, on an idle machine
_FILE_SINCE = (8, 2)  # QEMU's "file:"; descriptors of files are deprecated since 9.1


@dataclass
class Machine:
    """A machine that runs (or is paused). ``port`` is the host's end of the guest's port, a blocking socket."""

    plan: MachinePlan
    process: subprocess.Popen[bytes]
    qmp: Qmp
    port: socket.socket
    log: Path

    def end(self, seconds: float = 2.0) -> None:
        """Switch it off at once (nothing in it is worth saving), and wait until the process is gone."""
        with contextlib.suppress(EngineError):
            self.qmp.send("quit")
        try:
            self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.qmp.close()
        self.port.close()

    def __enter__(self) -> Machine:
        return self

    def __exit__(self, *_: object) -> None:
        self.end()

    def last_words(self) -> str:
        """The end of the console and of what QEMU said."""
        with contextlib.suppress(OSError):
            return self.log.read_bytes()[-2000:].decode(errors="replace").strip()
        return ""


def boot(plan: MachinePlan, memory: Path, log: Path, *, share: bool = False) -> Machine:
    """Start a machine; its kernel boots when this returns. ``memory`` is made (with holes) if it is not there.

    Raises :class:`EngineError` if QEMU does not start, with what it said.
    """
    return _started(plan, memory, log, share=share, incoming=False)


def restore(plan: MachinePlan, memory: Path, state: Path, log: Path) -> Machine:
    """A machine as it was saved, paused: ``machine.qmp.run("cont")`` lets it go on. The files stay as they are.

    Raises :class:`EngineError` if QEMU does not start or cannot read the state.
    """
    machine = _started(plan, memory, log, share=False, incoming=True)
    with _ending_on_error(machine):
        _without_memory(machine.qmp)
        _move(machine, "migrate-incoming", state, os.O_RDONLY)
    return machine


def save(machine: Machine, state: Path) -> None:
    """Stop the guest and write the state of its devices; its memory is in its file already (``share=True``).

    Raises :class:`EngineError` if it cannot be written.
    """
    machine.qmp.run("stop")
    _without_memory(machine.qmp)
    _move(machine, "migrate", state, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)


def _started(plan: MachinePlan, memory: Path, log: Path, *, share: bool, incoming: bool) -> Machine:
    ours, theirs = zip(socket.socketpair(), socket.socketpair(), strict=True)
    descriptors = [end.fileno() for end in theirs]
    words = command(plan, str(memory), str(log), *descriptors, share=share, incoming=incoming)
    try:
        with log.open("ab") as said:
            process = subprocess.Popen(
                words,
                stdin=subprocess.DEVNULL,
                stdout=said,
                stderr=said,
                pass_fds=descriptors,
                start_new_session=True,
                preexec_fn=kernel.die_with_parent if sys.platform == "linux" else None,
            )
    except OSError as error:
        raise EngineError("QEMU cannot be started.", state=f"{plan.qemu[0]}: {error}") from error
    finally:
        for end in theirs:
            end.close()
    machine = Machine(plan, process, Qmp(ours[0]), ours[1], log)
    with _ending_on_error(machine):
        machine.qmp.greet(_SECONDS)
    return machine


class _ending_on_error(contextlib.AbstractContextManager[None]):  # noqa: N801 (used as a function)
    """Nothing is left running; an end of QEMU is told with its last words."""

    def __init__(self, machine: Machine) -> None:
        self._machine = machine

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        if error is None:
            return
        self._machine.end()
        if isinstance(error, EngineStopped):
            code = self._machine.process.returncode
            raise EngineError(
                "QEMU ended as soon as it was started.", state=f"{self._machine.last_words()} (exit {code})"
            ) from error


def _without_memory(qmp: Qmp) -> None:
    """Leave the memory where it is: QEMU's capability for it has an x- that another release may drop."""
    names = {one["capability"] for one in qmp.run("query-migrate-capabilities")}
    found = sorted(names & {"x-ignore-shared", "ignore-shared"})
    if not found:
        raise EngineError("This QEMU cannot leave a machine's memory in its file.", cure="Install QEMU 4.0 or newer.")
    qmp.run("migrate-set-capabilities", capabilities=[{"capability": found[0], "state": True}])


def _move(machine: Machine, what: str, state: Path, flags: int) -> None:
    """Write or read the state, and wait for it."""
    try:
        descriptor = os.open(state, flags, 0o600)
    except OSError as error:
        raise EngineError("The machine's state cannot be opened.", state=f"{state}: {error}") from error
    try:
        if number(machine.plan.version) >= _FILE_SINCE:
            machine.qmp.run(what, uri=f"file:{state}")
        else:
            machine.qmp.run("getfd", descriptor=descriptor, fdname="state")
            machine.qmp.run(what, uri="fd:state")
    finally:
        os.close(descriptor)
    deadline = time.monotonic() + _SECONDS
    while (answer := machine.qmp.run("query-migrate")).get("status") != "completed":
        if answer.get("status") == "failed" or time.monotonic() > deadline:
            raise EngineError("QEMU cannot write or read the machine's state.", state=answer.get("error-desc", ""))
        time.sleep(_LOOK)
