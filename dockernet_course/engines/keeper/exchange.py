"""Whether an answer is still owed on a connection to the engine, as far as one who only looks on can tell.

The keeper stops the guest when nothing has moved for a while. But nothing moves either while a container is waited
for, or while a program of ten seconds runs: then the answer to the last request is not complete, and time must go on.
"""

from __future__ import annotations

import math
import re

from dockernet_course.engines.wire.mux import Bytes

__all__ = ["Exchange"]

_LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)\r", re.IGNORECASE)
_CHUNKED = re.compile(rb"\r\ntransfer-encoding: *chunked\r", re.IGNORECASE)
# What is only watched; and an exec whose program rests until it is spoken to (``lab/api.py``): who waits for it after
# that asks the engine for other things meanwhile.
_WATCHING = re.compile(
    rb"GET (/v[\d.]+)?/(events|containers/[^/ ]+/(logs|stats))[? ]|POST (/v[\d.]+)?/exec/[^/ ]+/start\?rests=1 "
)
_LAST_CHUNK = b"0\r\n\r\n"
_LONGEST_HEAD = 8192


class Exchange:
    """One connection: requests and answers as they pass by."""

    def __init__(self) -> None:
        self._request = b""
        self._asking = False  # a request has gone, the head of its answer has not come
        self._head = b""
        self._left: float = 0  # bytes of the answer that are to come; infinite: until it says that this was all
        self._tail: bytes | None = None  # of an answer in chunks: its last bytes

    @property
    def owed(self) -> bool:
        """Whether the engine has still to answer; what is only watched (events, logs …), until it begins."""
        return self._asking or (self._left > 0 and not _WATCHING.match(self._request))

    def sent(self, data: Bytes) -> None:
        """Bytes went to the engine."""
        if not self._asking and self._left <= 0:
            self._request, self._asking, self._head = bytes(data[:256]), True, b""

    def received(self, data: Bytes) -> None:
        """Bytes came from the engine."""
        if self._asking:
            self._head += data
            self._look_at_head()
        else:
            self._count(data)

    def _look_at_head(self) -> None:
        head, end, body = self._head.partition(b"\r\n\r\n")
        if not end and len(head) < _LONGEST_HEAD:
            return
        if head[9:12] == b"100":  # "go on": the real one follows
            self._head = body
            return
        self._asking, self._tail = False, None
        length = _LENGTH.search(head + b"\r")
        if self._request.startswith(b"HEAD ") or head[9:12] in (b"204", b"304"):
            self._left = 0
        elif length:
            self._left = int(length[1])
        else:
            self._left = math.inf
            self._tail = b"" if _CHUNKED.search(head + b"\r") else None
        self._count(body)

    def _count(self, data: Bytes) -> None:
        self._left -= len(data)
        if self._tail is not None:
            self._tail = (self._tail + data[-5:])[-5:]
            if self._tail == _LAST_CHUNK:
                self._left = 0
