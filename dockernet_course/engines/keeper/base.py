"""The process that holds a private engine: starts it, counts its leases, ends it. Standard library only.

It is nobody's child, so that a kernel that shuts down (and kills its children) takes no engine along. Whoever
connects to its socket says one line and gets one line of JSON:

- ``wait``: answered when the engine answers, or when it has failed to start;
- ``hold WHO``: the same, and from then on the open connection is a lease, which hears at its end why;
- ``status``: answered at once;
- ``stop``: ends the engine; the connection closes when all is gone.

The engine ends ``idle`` seconds after the last lease has gone. How it begins and ends, its kind says:
``keeper.capsule`` and ``keeper.vm``.
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
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from dockernet_course.engines.inside import kernel
from dockernet_course.engines.keeper.state import LOG, locked, sweep

__all__ = ["Keeper", "Order", "serve"]

_START_SECONDS = 60.0
_STOPPED = "it was stopped"


@dataclass(frozen=True)
class Order:
    """What a keeper is to keep. Plain values, so that it goes through JSON.

    ``idle`` is how many seconds the engine lives after its last lease, ``parts`` what its kind makes it of.
    """

    name: str
    suite: str
    folder: str
    idle: float
    parts: dict[str, Any]


class Keeper:
    """One private engine and the connections of those who use it; its kind fills in the first four methods."""

    pid = 0
    """The engine's first process, as this machine sees it."""

    def begin(self, log: int) -> None:
        """Start the engine; what it says goes to the descriptor. May raise: then it has failed to start."""
        raise NotImplementedError

    def look(self) -> float | None:
        """Called before each wait: see to what is due; seconds until it wants to be called again, if nothing comes."""
        raise NotImplementedError

    def end(self) -> None:
        """Kill it; return when nothing of it is left. It may have gone by itself."""
        raise NotImplementedError

    def said(self) -> str:
        """The end of the engine's log, for the error of whoever waits for it."""
        return (self.folder / LOG).read_bytes()[-4000:].decode(errors="replace")

    # --- for the kinds ---

    def __init__(self, order: Order, listener: socket.socket) -> None:
        self.order, self.folder = order, Path(order.folder)
        self.selector = selectors.DefaultSelector()
        self.ready = False
        self._listener = listener
        self._leases: dict[socket.socket, str] = {}
        self._waiting: list[socket.socket] = []
        self._began = self._idle_since = time.monotonic()
        self._end: str | None = None

    def watch(self, what: int | socket.socket, action: Callable[[], object]) -> None:
        """Call it whenever there is something to read."""
        self.selector.register(what, selectors.EVENT_READ, action)

    def answers(self) -> None:
        """The engine answers: from now on others may use it."""
        self.ready = True
        self._idle_since = time.monotonic()
        for connection in self._waiting:
            self._reply(connection)
        self._waiting.clear()

    def ended(self, why: str) -> None:
        """It is over; the first reason counts."""
        self._end = self._end or why

    def let_go(self) -> None:
        """For a child of the keeper: nobody is to wait for it."""
        self._listener.close()

    # --- its life ---

    def keep(self) -> None:
        """Start the engine and stay until it has ended."""
        log = os.open(self.folder / LOG, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        self.watch(self._listener, self._accept)
        try:
            self.begin(log)
            while self._end is None:
                self._step()
        except Exception as error:  # whatever it is, those who wait are to hear of it
            traceback.print_exc()  # to the log
            self.ended(f"{type(error).__name__}: {error}")
        self._finish()

    def _step(self) -> None:
        for key, _ in self.selector.select(self._pause()):
            key.data()
        now = time.monotonic()
        if not self.ready and now - self._began > _START_SECONDS:
            self.ended(f"the engine did not answer within {_START_SECONDS:.0f} s")
        elif self.ready and not self._leases and now - self._idle_since >= self.order.idle:
            self.ended("nobody uses it")

    def _pause(self) -> float | None:
        until = [self.look()]
        if not self.ready:
            until.append(1.0)
        elif not self._leases:
            until.append(self._idle_since + self.order.idle - time.monotonic())
        return min((max(0.0, seconds) for seconds in until if seconds is not None), default=None)

    # --- those who use it ---

    def _accept(self) -> None:
        connection, _ = self._listener.accept()
        connection.settimeout(1.0)
        self.watch(connection, lambda: self._hear(connection))

    def _hear(self, connection: socket.socket) -> None:
        try:
            said = connection.recv(256).decode(errors="replace").strip()
        except OSError:
            said = ""
        word, _, rest = said.partition(" ")
        if word == "status" or (word == "wait" and self.ready):
            self._reply(connection)
        elif word == "wait":
            self._waiting.append(connection)
        elif word == "hold":
            self._leases[connection] = rest
            self._reply(connection) if self.ready else self._waiting.append(connection)
        elif word == "stop":
            self.ended(_STOPPED)
        else:
            self._forget(connection)

    def _forget(self, connection: socket.socket) -> None:
        """The other end has closed: a lease ends, whether it was released or its holder was killed."""
        self.selector.unregister(connection)
        connection.close()
        if connection in self._waiting:
            self._waiting.remove(connection)
        if self._leases.pop(connection, None) is not None:
            self._idle_since = time.monotonic()

    def _reply(self, connection: socket.socket, failed: str = "") -> None:
        facts = {
            "name": self.order.name,
            "suite": self.order.suite,
            "ready": self.ready,
            "failed": failed,
            "pid": self.pid,
            "keeper": os.getpid(),
            "leases": sorted(self._leases.values()),
            "seconds": round(time.monotonic() - self._began, 3),
        }
        with contextlib.suppress(OSError):
            connection.sendall(json.dumps(facts).encode() + b"\n")

    # --- the end ---

    def _finish(self) -> None:
        """End the engine, remove the state folder, tell those who still wait for it or hold it."""
        self.end()
        why = _STOPPED if self._end == _STOPPED else f"{self._end}\n{self.said()}"
        with locked(self.folder.parent):
            if left := sweep(self.folder):
                print(left)  # to the log, which stays then
            if not self.ready:
                self._accept_all()
            self._listener.close()
        for connection in {*self._waiting, *self._leases}:  # one that waits for its lease is in both
            self._reply(connection, failed=why)

    def _accept_all(self) -> None:
        """Whoever has connected but was not heard yet waits for an engine that will not come."""
        self._listener.setblocking(False)
        with contextlib.suppress(BlockingIOError):
            while True:
                self._waiting.append(self._listener.accept()[0])


def serve(kind: Callable[[Order, socket.socket], Keeper]) -> None:
    """Be a keeper. ``argv``: the order as JSON, the descriptor of the listening socket."""
    order = Order(**json.loads(sys.argv[1]))
    listener = socket.socket(fileno=int(sys.argv[2]))
    listener.set_inheritable(False)
    if os.fork():  # the starter waits for this one; the other is nobody's child
        os._exit(0)
    os.chdir("/")
    kernel.name_process("dockernet-keep")
    signal.signal(signal.SIGTERM, lambda *_: os.kill(os.getpid(), signal.SIGKILL))
    kind(order, listener).keep()
