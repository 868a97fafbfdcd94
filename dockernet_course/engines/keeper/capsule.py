"""The process that holds a capsule. Standard library only.

Everything in a capsule is in one pid namespace whose first process is killed with the keeper, so that nothing outlives
either; where there is none, see ``inside/ending.py``.
"""

from __future__ import annotations

import contextlib
import os
import signal
import socket
from pathlib import Path

from dockernet_course.engines.inside import ending, kernel, machine, masked
from dockernet_course.engines.keeper.base import Keeper, serve
from dockernet_course.engines.keeper.state import API
from dockernet_course.locking import use

__all__ = ["main"]

_LOOK = 0.003  # seconds between two looks for the engine's socket


class _Capsule(Keeper):
    _asked: socket.socket | None = None

    def begin(self, log: int) -> None:
        (self.folder / "root").mkdir(mode=0o700)
        tree, image = self.order.parts["tree"], self.order.parts["image"]
        self._used = [use(folder) for folder in (Path(tree).parent, *([Path(image)] if image else []))]
        plan = machine.CapsulePlan(folder=self.order.folder, api=API, **self.order.parts)
        self.pid = self._fork(plan, log)
        self.watch(os.pidfd_open(self.pid), lambda: self.ended("the engine ended"))

    def look(self) -> float | None:
        """Ask the engine for its pulse as soon as its socket is there; it answers when it is ready."""
        if self.ready or self._asked is not None:
            return None
        asking = socket.socket(socket.AF_UNIX)
        try:
            asking.connect(str(self.folder / API))
            asking.sendall(b"GET /_ping HTTP/1.0\r\nHost: docker\r\n\r\n")
        except OSError:
            asking.close()
            return _LOOK
        self._asked = asking
        self.watch(asking, lambda: self._answered(asking))
        return None

    def _answered(self, asked: socket.socket) -> None:
        self.selector.unregister(asked)
        with asked, contextlib.suppress(OSError):
            if asked.recv(64).split(b" ")[1:2] == [b"200"]:
                self.answers()
        self._asked = None

    def end(self) -> None:
        """Kill the first process, and so all."""
        if self.pid:
            with contextlib.suppress(ProcessLookupError):
                os.kill(self.pid, signal.SIGKILL)
            os.waitpid(self.pid, 0)  # returns when every process of its pid namespace is gone, if it has one
        ending.end_all()

    def _fork(self, plan: machine.CapsulePlan, log: int) -> int:
        """Start the capsule's first process in a new user and pid namespace; its pid, as the host sees it."""
        without_proc = masked.needed()
        kernel.become_root_of_new_namespace(0 if without_proc else kernel.NEWPID)
        kernel.adopt_orphans()
        reading, writing = os.pipe()
        pid = os.fork()
        if pid:
            os.close(reading)
            os.write(writing, b"x")
            os.close(writing)
            return pid
        status = 1
        try:
            ending.end_with_keeper() if without_proc else kernel.die_with_parent()
            os.close(writing)
            if os.read(reading, 1) == b"":  # the keeper died before it could be watched
                os._exit(1)
            kernel.name_process("dockernet-init")
            self.let_go()
            status = machine.run(plan, log)
        except BaseException as error:  # whatever it is, it goes to the log, not up into the keeper's code
            os.write(log, f"dockernet: {type(error).__name__}: {error}\n".encode())
        finally:
            os._exit(status)


def main() -> None:
    """Be the keeper of a capsule; ``base.serve`` says what the arguments are."""
    serve(_Capsule)
