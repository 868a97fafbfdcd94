"""What the guest offers the keeper: the engine's socket, programs on its host, and a few orders. Standard library only.

The kinds of channels are ``docker`` (what comes goes to the engine's socket and back), ``exec`` (see ``execute``) and
``control``: one line of JSON asks, one line answers; ``"ok": false`` comes with an ``"error"``.

- ``{"do": "ping"}`` → ``uptime`` in seconds, ``engine`` (whether it answers), ``busy`` (programs at work);
- ``{"do": "clock", "seconds": …}`` sets the clock: a restored machine lives in the past;
- ``{"do": "seed", "hex": …}`` adds randomness and uses it: two restored machines would draw the same numbers;
- ``{"do": "identity", "id": …}`` gives the host another machine id.
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import select
import selectors
import signal
import socket
import struct
import time
from collections.abc import Callable
from typing import Any

from dockernet_course.engines.inside.execute import Execution
from dockernet_course.engines.wire.mux import Bytes, Channel, Switch
from dockernet_course.engines.wire.streams import Splice

__all__ = ["serve"]

_RNDADDENTROPY, _RNDRESEEDCRNG = 0x40085203, 0x5207
_LOOK = 0.02  # seconds between two looks whether the host's end is there again

Answer = Callable[[dict[str, Any]], None]


def serve(
    descriptor: int,
    *,
    docker: str = "/run/docker.sock",
    host: Callable[[], int] = lambda: 0,
    ready: Callable[[], bool] = lambda: True,
    children: dict[int, Callable[[int], None]] | None = None,
    until: Callable[[], bool] = lambda: False,
) -> None:
    """Serve the stream until ``until()``; the host's end may go and come.

    ``host()`` is the pid of a process on the engine's host (0: this is it); ``docker`` is looked up there. Collects all
    children that end, and calls the one that waits for it (it is taken out) with the wait status. Main thread only.
    """
    services = _Services(docker, host, ready, children if children is not None else {})
    services.run(descriptor, until)


class _Services:
    def __init__(
        self,
        docker: str,
        host: Callable[[], int],
        ready: Callable[[], bool],
        children: dict[int, Callable[[int], None]],
    ) -> None:
        self._docker, self._host, self._ready, self._children = docker, host, ready, children
        self._selector = selectors.DefaultSelector()
        self._programs: set[Execution] = set()
        self._connected = False

    def run(self, descriptor: int, until: Callable[[], bool]) -> None:
        self._wake_when_children_end()
        while not until():
            if not self._connected and not _hung_up(descriptor):
                self._connected = True
                Switch(self._selector, descriptor, self._open, on_gone=self._gone)
            for key, _ in self._selector.select(None if self._connected else _LOOK):
                key.data()

    def _gone(self) -> None:
        self._connected = False

    def _open(self, kind: str, channel: Channel) -> None:
        if kind == "docker":
            Splice(self._selector, channel, self._connection())
        elif kind == "exec":
            self._programs.add(Execution(self._selector, channel, self._host(), self._children, self._programs.discard))
        elif kind == "control":
            _Control(self, channel)
        else:
            channel.abort()

    def _connection(self) -> socket.socket:
        pid = self._host()
        connection = socket.socket(socket.AF_UNIX)
        try:
            connection.connect(f"/proc/{pid}/root{self._docker}" if pid else self._docker)
        except OSError:
            connection.close()
            raise
        return connection

    # --- children ---

    def _wake_when_children_end(self) -> None:
        reading, writing = os.pipe()
        os.set_blocking(reading, False)
        os.set_blocking(writing, False)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        signal.set_wakeup_fd(writing, warn_on_full_buffer=False)
        self._selector.register(reading, selectors.EVENT_READ, lambda: self._collect(reading))
        os.write(writing, b"x")  # some may have ended before

    def _collect(self, woken: int) -> None:
        os.read(woken, 4096)
        with contextlib.suppress(ChildProcessError):
            while (ended := os.waitpid(-1, os.WNOHANG))[0]:
                self._children.pop(ended[0], _unknown)(ended[1])

    # --- orders ---

    def obey(self, order: dict[str, Any], answer: Answer) -> None:
        """Do what the order says; its answer may come later."""
        match order.get("do"):
            case "ping":
                return self._ping(answer)
            case "clock":
                time.clock_settime(time.CLOCK_REALTIME, float(order["seconds"]))
            case "seed":
                _seed(bytes.fromhex(order["hex"]))
            case "identity":
                pid = self._host()
                with open(f"/proc/{pid or 'self'}/root/etc/machine-id", "w") as file:  # noqa: PTH123
                    file.write(f"{order['id']}\n")
            case other:
                return answer({"ok": False, "error": f"unknown order: {other}"})
        return answer({"ok": True})

    def _ping(self, answer: Answer) -> None:
        def pong(*, engine: bool) -> None:
            busy = sum(program.busy for program in self._programs)
            uptime = time.clock_gettime(time.CLOCK_BOOTTIME)
            answer({"ok": True, "uptime": uptime, "engine": engine and self._ready(), "busy": busy})

        def heard() -> None:
            self._selector.unregister(connection)
            said = b""
            with connection, contextlib.suppress(OSError):
                said = connection.recv(64)
            pong(engine=said.split(b" ")[1:2] == [b"200"])

        try:
            connection = self._connection()
            connection.sendall(b"GET /_ping HTTP/1.0\r\nHost: docker\r\n\r\n")
        except OSError:
            return pong(engine=False)
        self._selector.register(connection, selectors.EVENT_READ, heard)
        return None


class _Control:
    """A channel of orders. Whoever wants to tell the answers apart waits for one before the next order."""

    def __init__(self, services: _Services, channel: Channel) -> None:
        self._services, self._channel = services, channel
        self._inbox = bytearray()
        channel.on_data, channel.on_end = self._receive, channel.end

    def _receive(self, data: Bytes) -> None:
        self._channel.took(len(data))
        *lines, self._inbox = (self._inbox + data).split(b"\n")
        for line in lines:
            try:
                self._services.obey(json.loads(line), self._answer)
            except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
                self._answer({"ok": False, "error": f"{type(error).__name__}: {error}"})

    def _answer(self, answer: dict[str, Any]) -> None:
        self._channel.send(json.dumps(answer).encode() + b"\n")


def _unknown(_: int) -> None:
    """A child of somebody who is gone."""


def _seed(random: bytes) -> None:
    with open("/dev/urandom", "wb") as device:  # noqa: PTH123
        fcntl.ioctl(device, _RNDADDENTROPY, struct.pack("ii", 8 * len(random), len(random)) + random)
        fcntl.ioctl(device, _RNDRESEEDCRNG)


def _hung_up(descriptor: int) -> bool:
    poll = select.poll()
    poll.register(descriptor, select.POLLIN)
    return any(event & (select.POLLHUP | select.POLLERR | select.POLLNVAL) for _, event in poll.poll(0))
