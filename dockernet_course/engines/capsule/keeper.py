"""The process that holds a capsule: starts it, counts its leases, ends it. Standard library only.

It is nobody's child, so that a kernel that shuts down (and kills its children) takes no engine along. Whoever
connects to its socket says one line and gets one line of JSON:

- ``wait``: answered when the engine answers, or when it has failed to start;
- ``hold WHO``: the same, and from then on the open connection is a lease;
- ``status``: answered at once;
- ``stop``: ends the capsule; the connection closes when all is gone.

The capsule ends ``idle`` seconds after the last lease has gone. Everything in it is in one pid namespace whose first
process is killed with the keeper, so that nothing outlives either.
"""

from __future__ import annotations

import contextlib
import json
import os
import selectors
import signal
import socket
import sys
import time
from collections.abc import Callable
from pathlib import Path

from dockernet_course.engines.capsule import kernel, machine
from dockernet_course.engines.capsule.state import KEEPER, LOG, locked, sweep

__all__ = ["Keeper", "main"]

_START_SECONDS = 60.0
_LOOK = 0.003  # seconds between two looks for the engine's socket


class Keeper:
    """One capsule and the connections of those who use it."""

    def __init__(self, plan: machine.Plan, listener: socket.socket) -> None:
        self._plan, self._listener = plan, listener
        self._folder = Path(plan.folder)
        self._selector = selectors.DefaultSelector()
        self._leases: dict[socket.socket, str] = {}
        self._waiting: list[socket.socket] = []
        self._ready = False
        self._init = 0
        self._began = time.monotonic()
        self._idle_since = self._began
        self._end: str | None = None

    def keep(self) -> None:
        """Start the capsule and stay until it has ended."""
        log = os.open(self._folder / LOG, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        self._init = _fork_machine(self._plan, log, self._listener)
        self._watch(self._listener, self._accept)
        self._watch(os.pidfd_open(self._init), lambda: self._ended("the engine ended"))
        while self._end is None:
            self._step()
        self._finish()

    def _watch(self, what: int | socket.socket, action: Callable[[], None]) -> None:
        self._selector.register(what, selectors.EVENT_READ, action)

    def _step(self) -> None:
        for key, _ in self._selector.select(self._pause()):
            key.data()
        now = time.monotonic()
        if not self._ready:
            self._look_for_engine()
            if now - self._began > _START_SECONDS:
                self._ended(f"the engine did not answer within {_START_SECONDS:.0f} s")
        elif not self._leases and now - self._idle_since >= self._plan.idle:
            self._ended("nobody uses it")

    def _pause(self) -> float | None:
        if not self._ready:
            return _LOOK if self._asked is None else 1.0
        return None if self._leases else max(0.0, self._idle_since + self._plan.idle - time.monotonic())

    # --- the engine ---

    _asked: socket.socket | None = None

    def _look_for_engine(self) -> None:
        """Ask the engine for its pulse as soon as its socket is there; it answers when it is ready."""
        if self._asked is not None:
            return
        asking = socket.socket(socket.AF_UNIX)
        try:
            asking.connect(str(self._folder / machine.API))
            asking.sendall(b"GET /_ping HTTP/1.0\r\nHost: docker\r\n\r\n")
        except OSError:
            asking.close()
            return
        self._asked = asking
        self._watch(asking, self._answered)

    def _answered(self) -> None:
        assert self._asked is not None  # noqa: S101 (only called for it)
        self._selector.unregister(self._asked)
        with self._asked as asking, contextlib.suppress(OSError):
            self._ready = asking.recv(64).split(b" ")[1:2] == [b"200"]
        self._asked = None
        if self._ready:
            self._idle_since = time.monotonic()
            for connection in self._waiting:
                self._reply(connection)
            self._waiting.clear()

    # --- those who use it ---

    def _accept(self) -> None:
        connection, _ = self._listener.accept()
        connection.settimeout(1.0)
        self._watch(connection, lambda: self._hear(connection))

    def _hear(self, connection: socket.socket) -> None:
        try:
            said = connection.recv(256).decode(errors="replace").strip()
        except OSError:
            said = ""
        word, _, rest = said.partition(" ")
        if word == "status" or (word == "wait" and self._ready):
            self._reply(connection)
        elif word == "wait":
            self._waiting.append(connection)
        elif word == "hold":
            self._leases[connection] = rest
            self._reply(connection) if self._ready else self._waiting.append(connection)
        elif word == "stop":
            self._ended("it was stopped")
        else:
            self._forget(connection)

    def _forget(self, connection: socket.socket) -> None:
        """The other end has closed: a lease ends, whether it was released or its holder was killed."""
        self._selector.unregister(connection)
        connection.close()
        if connection in self._waiting:
            self._waiting.remove(connection)
        if self._leases.pop(connection, None) is not None:
            self._idle_since = time.monotonic()

    def _reply(self, connection: socket.socket, failed: str = "") -> None:
        facts = {
            "name": self._plan.name,
            "suite": self._plan.suite,
            "ready": self._ready,
            "failed": failed,
            "pid": self._init,
            "keeper": os.getpid(),
            "leases": sorted(self._leases.values()),
            "seconds": round(time.monotonic() - self._began, 3),
        }
        with contextlib.suppress(OSError):
            connection.sendall(json.dumps(facts).encode() + b"\n")

    # --- the end ---

    def _ended(self, why: str) -> None:
        self._end = self._end or why

    def _finish(self) -> None:
        """Kill the first process (and so all), remove the state folder, tell those who still wait."""
        with contextlib.suppress(ProcessLookupError):
            os.kill(self._init, signal.SIGKILL)
        os.waitpid(self._init, 0)  # returns when every process of the namespace is gone
        log = (self._folder / LOG).read_bytes()[-4000:].decode(errors="replace")
        with locked():
            sweep(self._folder)
            if not self._ready:
                self._accept_all()
            self._listener.close()
        for connection in self._waiting:
            self._reply(connection, failed=f"{self._end}\n{log}")

    def _accept_all(self) -> None:
        """Whoever has connected but was not heard yet waits for an engine that will not come."""
        self._listener.setblocking(False)
        with contextlib.suppress(BlockingIOError):
            while True:
                self._waiting.append(self._listener.accept()[0])


def _fork_machine(plan: machine.Plan, log: int, listener: socket.socket) -> int:
    """Start the capsule's first process in a new user and pid namespace; its pid, as the host sees it."""
    kernel.become_root_of_new_namespace(kernel.NEWPID)
    reading, writing = os.pipe()
    pid = os.fork()
    if pid:
        os.close(reading)
        os.write(writing, b"x")
        os.close(writing)
        return pid
    status = 1
    try:
        kernel.die_with_parent()
        os.close(writing)
        if os.read(reading, 1) == b"":  # the keeper died before it could be watched
            os._exit(1)
        kernel.name_process("dockernet-init")
        listener.close()
        status = machine.run(plan, log)
    except BaseException as error:  # whatever it is, it goes to the log, not up into the keeper's code
        os.write(log, f"dockernet: {type(error).__name__}: {error}\n".encode())
    finally:
        os._exit(status)


def main() -> None:
    """``argv``: the plan as JSON, the descriptor of the listening socket."""
    plan = machine.Plan(**json.loads(sys.argv[1]))
    listener = socket.socket(fileno=int(sys.argv[2]))
    listener.set_inheritable(False)
    if os.fork():  # the starter waits for this one; the other is nobody's child
        os._exit(0)
    os.chdir("/")
    kernel.name_process("dockernet-keep")
    signal.signal(signal.SIGTERM, lambda *_: os.kill(os.getpid(), signal.SIGKILL))
    Keeper(plan, listener).keep()


def listen(folder: Path) -> socket.socket:
    """The keeper's socket, made by the starter: from then on everybody can connect and wait."""
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(str(folder / KEEPER))
    listener.listen(64)
    return listener
