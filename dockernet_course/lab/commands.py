"""Commands in a container by one exec that stays open: a program there (``in_observer/server.py``) starts them all."""

from __future__ import annotations

import contextlib
import os
import socket
import struct
import time
from collections.abc import Callable, Iterator, Sequence
from itertools import count
from queue import Empty, SimpleQueue
from threading import Lock, Thread

from dockernet_course.errors import DockernetError, WaitTimeout
from dockernet_course.lab.api import Executed, written
from dockernet_course.lab.api_errors import AGAIN, LATE

__all__ = ["Commands"]

_HEAD = struct.Struct("!IBI")
_ENDED = 0
_LOOKS = 1.0  # seconds of silence, after which it is looked whether the container is still there


class Commands:
    """The commands that run by one exec. Any thread of this process may run some."""

    def __init__(self, stream: socket.socket, patience: float, require: Callable[[], None]) -> None:
        """``stream`` is the exec's hijacked connection; ``patience``: seconds of silence before an answer is missed.

        ``require`` raises where the container is no more: engines do not always close the connection then (20.10).
        """
        self._stream, self._patience, self._require, self._owner = stream, patience, require, os.getpid()
        self._numbers, self._sending, self._open = count(1), Lock(), True
        self._answers: dict[int, SimpleQueue[tuple[int, bytes]]] = {}
        Thread(target=self._read, name="lab-commands", daemon=True).start()

    @property
    def usable(self) -> bool:
        """Whether the server is there, as far as is known, and is this process's (a fork has no reading thread)."""
        return self._open and os.getpid() == self._owner

    def run(self, argv: Sequence[str], doing: str, timeout: float | None = None) -> Executed | None:
        """Run one until it ends, as ``Api.exec`` does; None if the server ended before.

        Raises WaitTimeout, OSError, and what ``require`` raises.
        """
        number, answers = next(self._numbers), SimpleQueue[tuple[int, bytes]]()
        self._answers[number] = answers
        words = [word.encode(errors="replace") for word in argv]
        asked = struct.pack("!I", number) + b"".join(struct.pack("!I", len(word)) + word for word in words)
        pieces: list[tuple[int, bytes]] = []
        try:
            if not self._open:
                return None
            with self._sending:
                self._stream.sendall(struct.pack("!I", len(asked)) + asked)
            while True:
                kind, content = self._next(answers, timeout or self._patience, doing)
                if kind == _ENDED:
                    return Executed(tuple(pieces), int(content)) if content else None
                pieces.append((kind, content))
        finally:
            del self._answers[number]

    def _next(self, answers: SimpleQueue[tuple[int, bytes]], patience: float, doing: str) -> tuple[int, bytes]:
        """The next piece, for which is waited as long as the container is there."""
        end = time.monotonic() + patience
        while (left := end - time.monotonic()) > 0:
            with contextlib.suppress(Empty):
                return answers.get(timeout=min(_LOOKS, left))
            try:
                self._require()
            except DockernetError:
                self.close()
                raise
        raise WaitTimeout(f"{LATE}: {doing}", cure=AGAIN)

    def close(self) -> None:
        """End the connection, and with it the server."""
        with contextlib.suppress(OSError):  # it has ended already
            self._stream.shutdown(socket.SHUT_RDWR)

    def _read(self) -> None:
        """Hand each frame to whom it is for, until there are no more; then tell all who wait."""
        with self._stream, contextlib.suppress(OSError, EOFError):
            plain = _taker(written(self._stream))
            while True:
                number, kind, length = _HEAD.unpack(plain(_HEAD.size))
                content = plain(length)
                if answers := self._answers.get(number):  # else nobody waits any more
                    answers.put((kind, content))
        self._open = False
        for waiting in list(self._answers.values()):
            waiting.put((_ENDED, b""))


def _taker(pieces: Iterator[bytes]) -> Callable[[int], bytes]:
    """A function that takes so many bytes from the pieces, however they are cut. It raises EOFError at their end."""
    held = bytearray()

    def take(size: int) -> bytes:
        while len(held) < size:
            piece = next(pieces, b"")
            if not piece:
                raise EOFError
            held.extend(piece)
        taken = bytes(held[:size])
        del held[:size]
        return taken

    return take
