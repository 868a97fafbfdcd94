"""A program on the engine's host, from a terminal (or a pipe) of this machine. Standard library only.

Runs as a program of its own (see ``apart``): connects to the keeper's second socket and speaks what ``execute`` says.
Its exit status is the program's, 128 and the signal's number if one ended it, 255 if the engine went away.
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import selectors
import signal
import socket
import struct
import sys
import termios
import tty
from collections.abc import Iterator
from typing import Any

from dockernet_course.engines.inside.execute import SIZE, STATUS, message, messages

__all__ = ["main"]

_LOST = 255
_ENOUGH = 64 * 1024  # bytes of input that may wait to be taken


def main() -> None:
    """``argv``: the path of the socket, the request as JSON without what this terminal is like."""
    path, request = sys.argv[1], json.loads(sys.argv[2])
    terminal = os.isatty(0) and os.isatty(1)
    if terminal:
        request["rows"], request["columns"] = _size()
    try:
        with socket.socket(socket.AF_UNIX) as connection:
            connection.connect(path)
            with _raw() if terminal else contextlib.nullcontext():
                status = _Client(connection, {**request, "tty": terminal}).run()
    except OSError as error:
        status = _lost(f": {error.strerror}")
    sys.exit(status if status >= 0 else 128 - status)


class _Client:
    def __init__(self, connection: socket.socket, request: dict[str, Any]) -> None:
        self._connection, self._tty = connection, request["tty"]
        self._selector = selectors.PollSelector()  # epoll takes no files
        self._inbox = bytearray()
        self._outbox = bytearray(json.dumps(request).encode() + b"\n")
        self._listening = False
        self._status: int | None = None
        self._ended = False
        connection.setblocking(False)
        self._selector.register(connection, selectors.EVENT_READ | selectors.EVENT_WRITE, self._exchange)
        if self._tty:
            self._watch_size()
        self._listen()

    def run(self) -> int:
        """The exit status, or minus the signal."""
        while self._status is None:
            for key, _ in self._selector.select():
                key.data()
        return self._status

    # --- this side ---

    def _watch_size(self) -> None:
        reading, writing = os.pipe()
        os.set_blocking(writing, False)
        signal.signal(signal.SIGWINCH, lambda *_: None)
        signal.set_wakeup_fd(writing)

        def resized() -> None:
            os.read(reading, 4096)
            self._put(message("W", SIZE.pack(*_size())))

        self._selector.register(reading, selectors.EVENT_READ, resized)

    def _listen(self) -> None:
        wanted = not self._ended and len(self._outbox) < _ENOUGH
        if wanted and not self._listening:
            self._selector.register(0, selectors.EVENT_READ, self._hear)
        elif self._listening and not wanted:
            self._selector.unregister(0)
        self._listening = wanted

    def _hear(self) -> None:
        try:
            data = os.read(0, 32768)
        except OSError:  # the terminal is gone
            data = b""
        self._ended = not data
        self._put(message("I", data))
        self._listen()

    # --- the keeper's side ---

    def _put(self, data: bytes) -> None:
        self._outbox += data
        self._selector.modify(self._connection, selectors.EVENT_READ | selectors.EVENT_WRITE, self._exchange)

    def _exchange(self) -> None:
        with contextlib.suppress(BlockingIOError, BrokenPipeError):
            if self._outbox:
                del self._outbox[: self._connection.send(self._outbox)]
        if not self._outbox:
            self._selector.modify(self._connection, selectors.EVENT_READ, self._exchange)
        self._listen()
        with contextlib.suppress(BlockingIOError):
            data = self._connection.recv(65536)
            self._inbox += data
            for kind, payload in messages(self._inbox):
                self._told(kind, payload)
            if not data and self._status is None:
                self._status = _lost("")

    def _told(self, kind: str, payload: bytes) -> None:
        if kind == "X":
            self._status = STATUS.unpack(payload)[0]
        else:
            _write_all(2 if kind == "E" else 1, payload)


def _write_all(descriptor: int, data: bytes) -> None:
    while data:
        data = data[os.write(descriptor, data) :]


def _size() -> tuple[int, int]:
    rows, columns = struct.unpack("HHHH", fcntl.ioctl(0, termios.TIOCGWINSZ, bytes(8)))[:2]
    return rows, columns


def _lost(why: str) -> int:
    sys.stderr.write(f"The engine went away{why}. Start it again with 'dockernet engine start'.\r\n")
    return _LOST


@contextlib.contextmanager
def _raw() -> Iterator[None]:
    """Every key goes to the program; whatever ends us, the terminal is as it was."""

    def end(number: int, _: object) -> None:
        sys.exit(128 + number)

    before = termios.tcgetattr(0)
    for number in (signal.SIGTERM, signal.SIGHUP, signal.SIGINT):
        signal.signal(number, end)
    try:
        tty.setraw(0, termios.TCSADRAIN)  # what was typed ahead stays
        yield
    finally:
        with contextlib.suppress(termios.error):
            termios.tcsetattr(0, termios.TCSADRAIN, before)
