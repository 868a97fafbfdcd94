"""The process that holds a virtual machine. Standard library only.

It owns both ends of everything: QEMU, which dies with it, and the two sockets at which programs of this machine find
the engine and its host. While nobody asks anything the guest is stopped, and costs no processor time; whoever asks
next does not notice, since the first byte to the guest lets it go on, with the clock set.
"""

from __future__ import annotations

import contextlib
import os
import time
from pathlib import Path
from typing import Any

from dockernet_course.engines.keeper.base import Keeper, serve
from dockernet_course.engines.keeper.command import MachinePlan
from dockernet_course.engines.keeper.front import Control, Front
from dockernet_course.engines.keeper.qemu_process import Machine, restore
from dockernet_course.engines.keeper.state import API, HOST, LOG, listen
from dockernet_course.engines.wire.mux import Switch
from dockernet_course.errors import EngineError, EngineStopped

__all__ = ["DOZE", "main"]

DOZE = 10.0
"""Seconds in which nobody asks anything, after which the guest is stopped."""

_GAP = 5.0  # seconds between two turns of the loop, after which this machine may have been suspended
_PING_AGAIN = 0.05
_PATIENCE = 60.0  # seconds for QEMU to answer its monitor: it takes a millisecond, but the machine may be very busy


class _Vm(Keeper):
    _machine: Machine | None = None

    def begin(self, log: int) -> None:
        del log  # QEMU opens it itself
        parts = self.order.parts
        plan = MachinePlan(**parts["plan"])
        machine = self._machine = restore(plan, Path(parts["memory"]), Path(parts["state"]), self.folder / LOG)
        self.pid = machine.process.pid
        self._awake, self._asking = True, False
        self._looked, self._due = time.time(), 0.0
        switch = Switch(self.selector, machine.port.fileno(), on_gone=lambda: self.ended("the engine ended"))
        switch.on_send = self._wake
        self._control = Control(switch)
        self._fronts = [
            Front(self.selector, switch, listen(self.folder / API), "docker"),
            Front(self.selector, switch, listen(self.folder / HOST), "exec"),
        ]
        self.watch(machine.qmp.fileno(), self._hear_qemu)
        # It was saved in the past, and may run more than once: it gets the time, randomness, a name of its own.
        self._set_clock()
        self._control.ask({"do": "seed", "hex": os.urandom(64).hex()}, self._expect)
        self._control.ask({"do": "identity", "id": os.urandom(16).hex()}, self._expect)
        machine.qmp.run("cont", _PATIENCE)

    def look(self) -> float | None:
        """Set the clock after a gap, ask whether it is ready, or whether it may sleep."""
        before, self._looked = self._looked, time.time()
        if self._awake and abs(self._looked - before) > _GAP:
            self._set_clock()
        if not self._awake or self._asking:
            return None
        left = self._due - time.monotonic()
        if self.ready:
            left = max(left, DOZE - self._quiet)
        if left <= 0:
            self._asking = True
            self._control.ask({"do": "ping"}, self._sleep_if_idle if self.ready else self._ready_if_engine)
            return None
        return left

    def end(self) -> None:
        """Switch the machine off."""
        if self._machine is not None:
            self._machine.end()

    def said(self) -> str:
        """The console's and QEMU's last words, and its exit status, or minus the signal that ended it."""
        ended = f"QEMU's exit status: {self._machine.process.returncode}" if self._machine is not None else ""
        return f"{super().said()}{ended}"

    def _hear_qemu(self) -> None:
        assert self._machine is not None  # noqa: S101 (only watched when it is there)
        try:
            self._machine.qmp.receive()
        except EngineStopped:
            self.ended("the virtual machine ended")

    # --- what is asked of the guest ---

    def _expect(self, answer: dict[str, Any] | None) -> None:
        if answer is not None and not answer["ok"]:
            raise EngineError("The virtual machine does not do what its keeper says.", state=answer["error"])

    def _set_clock(self) -> None:
        self._control.ask({"do": "clock", "seconds": time.time()}, self._expect)

    def _ready_if_engine(self, answer: dict[str, Any] | None) -> None:
        """While it starts: whether the engine answers."""
        self._asking, self._due = False, time.monotonic() + _PING_AGAIN
        if answer is not None and answer.get("engine"):
            self.answers()

    # --- sleep ---

    @property
    def _quiet(self) -> float:
        """For how many seconds nothing has passed by."""
        return time.monotonic() - max(front.moved for front in self._fronts)

    def _sleep_if_idle(self, answer: dict[str, Any] | None) -> None:
        """Nobody has asked anything for a while: let it sleep, unless it works on something still."""
        self._asking = False
        if answer is None or self._quiet < DOZE:
            return
        if answer.get("busy") or any(front.owed for front in self._fronts):
            self._due = time.monotonic() + DOZE
            return
        assert self._machine is not None  # noqa: S101 (it has just answered)
        self._machine.qmp.run("stop", _PATIENCE)
        self._awake = False

    def _wake(self) -> None:
        if not self._awake:
            assert self._machine is not None  # noqa: S101 (it was put to sleep)
            self._awake = True
            with contextlib.suppress(EngineStopped):  # then the loop will hear that QEMU is gone
                self._machine.qmp.run("cont", _PATIENCE)
            self._set_clock()


def main() -> None:
    """Be the keeper of a virtual machine; ``base.serve`` says what the arguments are."""
    serve(_Vm)
