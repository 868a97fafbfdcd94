"""Many conversations over one byte stream: between the keeper and the virtual machine. Standard library only.

The stream is a socket on the host's side and a character device (a virtio-serial port) in the guest. Both ends run
this module in a ``selectors`` loop whose ``key.data`` is called without arguments; nothing here waits.

A frame is eight bytes, ``kind << 24 | length`` and the channel's number, and at most ``MAX`` bytes. Only the host opens
channels; both ends may send, end their direction (half-close), and abort. A sender stops after ``WINDOW`` bytes not yet
taken: a slow reader costs no more memory, and delays nobody. As HTTP/2 (RFC 9113 §4.1, §5.2) and SSH (RFC 4254 §5) do.

The host begins with a **reset**: a guest that was restored from a snapshot may be in the middle of a frame of a former
life, and so may what it had sent. The guest's rest of a frame is filled with zeros, which are skipped where a frame
would begin; the host skips everything up to the answer, which it recognises by its 16 random bytes.
"""

from __future__ import annotations

import os
import selectors
import struct
import time
from collections.abc import Callable

__all__ = ["MAX", "WINDOW", "Bytes", "Channel", "Switch", "nothing"]

Bytes = bytes | bytearray

MAX = 32 * 1024 - 8
"""The most bytes in a frame: with its head, what a virtio-serial port takes at once."""
WINDOW = 256 * 1024
"""The most bytes of one channel and direction that are on their way."""

_HEAD = struct.Struct("!II")
_RESET, _READY, _OPEN, _DATA, _CREDIT, _END, _ABORT = range(1, 8)
_NONCE = 16
_PIECE = 4096  # what a virtio-serial port gives for one buffer; readv takes several for one system call
_CONGESTED = 4 * MAX
_LOST = bytes(64) + _HEAD.pack(_RESET << 24 | _NONCE, 0)


def nothing(*_: object) -> None:
    """What is to be done when nobody has said."""


class Channel:
    """One conversation. Its owner sets what is to be done when something comes, and sends within ``room``."""

    def __init__(self, switch: Switch, number: int) -> None:
        self._switch, self.number = switch, number
        self.credit, self._taken = WINDOW, 0
        self.sent_end = self.got_end = False
        self.on_data: Callable[[Bytes], object] = nothing
        self.on_end: Callable[[], object] = nothing
        self.on_abort: Callable[[], object] = nothing
        self.on_room: Callable[[], object] = nothing

    @property
    def room(self) -> int:
        """How many bytes may be sent now; when it was 0 or less, ``on_room`` tells of more."""
        return 0 if self._switch.congested else self.credit

    def send(self, *parts: Bytes) -> None:
        """Send what the parts make together; a few bytes more than there is room for are no harm."""
        size = sum(map(len, parts))
        self.credit -= size
        if size <= MAX:
            return self._switch.put(_DATA, self, *parts)
        data = b"".join(parts)
        for at in range(0, size, MAX):
            self._switch.put(_DATA, self, data[at : at + MAX])
        return None

    def took(self, size: int) -> None:
        """Bytes that came have been passed on: as many may follow."""
        self._taken += size
        if self._taken >= WINDOW // 2:
            self._switch.put(_CREDIT, self, _HEAD.pack(self._taken, 0))
            self._taken = 0

    def end(self) -> None:
        """Nothing more will be sent; what comes still comes."""
        if not self.sent_end:
            self._switch.put(_END, self)
            self.sent_end = True
            self._switch.forget(self)

    def abort(self) -> None:
        """Both directions are over, at once."""
        self._switch.put(_ABORT, self)
        self.sent_end = self.got_end = True
        self._switch.forget(self)


class Switch:
    """One end of the stream.

    With ``on_open`` (called with the kind and the channel; an ``OSError`` refuses) it is the guest's end, without it
    the host's, which resets the guest and calls ``on_ready`` when that has answered. ``on_gone``: the stream has ended;
    all channels have been aborted. A new connection wants a new switch.
    """

    def __init__(
        self,
        selector: selectors.BaseSelector,
        descriptor: int,
        on_open: Callable[[str, Channel], object] | None = None,
        *,
        on_ready: Callable[[], object] = nothing,
        on_gone: Callable[[], object] = nothing,
    ) -> None:
        self._selector, self._descriptor = selector, descriptor
        self._on_open, self._on_ready, self._on_gone = on_open, on_ready, on_gone
        self.on_send: Callable[[], object] = nothing
        self.moved = time.monotonic()
        self.closed, self.ready = False, on_open is not None
        self._channels: dict[int, Channel] = {}
        self._last = 0
        self._inbox, self._outbox = bytearray(), bytearray()
        self._buffer = memoryview(bytearray(16 * _PIECE))
        self._pieces = [self._buffer[at : at + _PIECE] for at in range(0, len(self._buffer), _PIECE)]
        self._writing = self._waited_for = False
        self._mark, self._keep = b"", 0
        os.set_blocking(descriptor, False)
        selector.register(descriptor, selectors.EVENT_READ, self._event)
        if on_open is None:
            nonce = os.urandom(_NONCE)
            self._mark = _HEAD.pack(_READY << 24 | _NONCE, 0) + nonce
            self._outbox += bytes(MAX + _HEAD.size)
            self.put(_RESET, None, nonce)

    @property
    def channels(self) -> int:
        """How many channels are open."""
        return len(self._channels)

    @property
    def congested(self) -> bool:
        """Whether so much waits to be written that nobody should add to it; ``on_room`` tells when it is over."""
        self._waited_for |= len(self._outbox) > _CONGESTED
        return self.closed or len(self._outbox) > _CONGESTED

    def open(self, kind: str) -> Channel:
        """A new channel to the guest's service of that kind (the host's end only)."""
        self._last += 1
        channel = Channel(self, self._last)
        self._channels[channel.number] = channel
        self.put(_OPEN, channel, kind.encode())
        return channel

    def close(self) -> None:
        """Abort all channels and let go of the descriptor, which stays open. A second call does nothing."""
        if not self.closed:
            self.closed = True
            self._selector.unregister(self._descriptor)
            self._abort_all()

    def put(self, kind: int, channel: Channel | None, *parts: Bytes) -> None:
        """Send one frame, now if possible; one of a channel that is over goes nowhere, even if its number is used."""
        number = channel.number if channel is not None else 0
        if self.closed or self._channels.get(number) is not channel:
            return
        self._outbox += _HEAD.pack(kind << 24 | sum(map(len, parts)), number)
        for part in parts:
            self._outbox += part
        self.on_send()
        if not self._writing:
            self._write()

    def forget(self, channel: Channel) -> None:
        """Let go of a channel if both its directions are over."""
        if channel.sent_end and channel.got_end and self._channels.get(channel.number) is channel:
            del self._channels[channel.number]

    # --- the stream ---

    def _event(self) -> None:
        if self.closed:
            return
        if self._writing:
            self._write()
        try:
            size = os.readv(self._descriptor, self._pieces)
        except BlockingIOError:
            size = -1
        except OSError:
            size = 0
        if size == 0:
            self._end()
        elif size > 0:
            self.moved = time.monotonic()
            self._inbox += self._buffer[:size]
            while not self._parsed():
                pass
        if self._waited_for and not self.congested:
            self._waited_for = False
            for channel in list(self._channels.values()):
                channel.on_room()

    def _write(self) -> None:
        try:
            with memoryview(self._outbox) as waiting:
                size = os.write(self._descriptor, waiting)
        except BlockingIOError:
            size = 0
        except OSError:  # the stream has ended: reading will tell
            size = len(self._outbox)
        del self._outbox[:size]
        self.moved = time.monotonic() if size else self.moved
        if self._writing != bool(self._outbox):
            self._writing = not self._writing
            events = selectors.EVENT_READ | (selectors.EVENT_WRITE if self._writing else 0)
            self._selector.modify(self._descriptor, events, self._event)

    def _end(self) -> None:
        self.close()
        self._on_gone()

    # --- frames ---

    def _parsed(self) -> bool:
        """Handle the frames that have come; False: there is more to look at, after something that was none."""
        if self._mark and not self._found_mark():
            return True
        box, at = self._inbox, 0
        while len(box) - at >= _HEAD.size and not self.closed:
            if box[at] == 0:
                at = len(box) - len(box[at:].lstrip(b"\0"))
                continue
            word, number = _HEAD.unpack_from(box, at)
            kind, size = word >> 24, word & 0xFFFFFF
            if kind > _ABORT or size > MAX:
                del box[:at]
                self._lost()
                return self.closed
            after = at + _HEAD.size + size
            if after > len(box):
                break
            self._handle(kind, number, box[at + _HEAD.size : after])
            at = after
        del box[:at]
        return True

    def _found_mark(self) -> bool:
        """Skip what comes before the mark that is waited for, and all of the mark that is not to be kept."""
        at = self._inbox.find(self._mark)
        if at < 0:
            del self._inbox[: -len(self._mark)]
            return False
        del self._inbox[: at + len(self._mark) - self._keep]
        self._mark = b""
        if not self.ready:
            self.ready = True
            self._on_ready()
        return True

    def _lost(self) -> None:
        """No frame begins here. The guest waits for a reset; the host has nothing to wait for."""
        if self._on_open is None:
            self._end()
        else:
            self._abort_all()
            self._mark, self._keep = _LOST, _HEAD.size

    def _handle(self, kind: int, number: int, payload: bytearray) -> None:
        channel = self._channels.get(number)
        if kind == _RESET and self._on_open is not None:
            self._abort_all()
            self._outbox.clear()
            self.put(_READY, None, payload)
        elif kind == _OPEN and self._on_open is not None and channel is None and number:
            self._opened(number, payload.decode(errors="replace"), self._on_open)
        elif channel is None:
            return  # it was aborted here while this was on its way
        elif kind == _DATA:
            channel.on_data(payload)
        elif kind == _CREDIT and len(payload) == _HEAD.size:
            channel.credit += _HEAD.unpack(payload)[0]
            channel.on_room()
        elif kind == _END and not channel.got_end:
            channel.got_end = True
            self.forget(channel)
            channel.on_end()
        elif kind == _ABORT:
            self._aborted(channel)

    def _opened(self, number: int, kind: str, on_open: Callable[[str, Channel], object]) -> None:
        channel = self._channels[number] = Channel(self, number)
        try:
            on_open(kind, channel)
        except OSError:
            channel.abort()

    def _aborted(self, channel: Channel) -> None:
        self._channels.pop(channel.number, None)
        channel.sent_end = channel.got_end = True
        channel.on_abort()

    def _abort_all(self) -> None:
        for channel in list(self._channels.values()):
            self._aborted(channel)
