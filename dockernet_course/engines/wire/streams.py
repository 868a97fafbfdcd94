"""Descriptors at the ends of channels: read when there is room, written as fast as they take it. Never waits."""

from __future__ import annotations

import contextlib
import os
import selectors
import socket
from collections.abc import Callable

from dockernet_course.engines.wire.mux import MAX, Bytes, Channel, nothing

__all__ = ["Reader", "Splice", "Writer"]


class Reader:
    """Reads a non-blocking descriptor while ``room()`` is positive; at its end (or an error) ``ended()``.

    ``finish()``: the end is also where nothing more can be read just now.
    """

    def __init__(
        self,
        selector: selectors.BaseSelector,
        descriptor: int,
        room: Callable[[], int],
        got: Callable[[Bytes], object],
        ended: Callable[[], object],
    ) -> None:
        self._selector, self._descriptor = selector, descriptor
        self._room, self._got, self._ended = room, got, ended
        self._watched = self._over = self._last = False
        self.resume()

    def resume(self) -> None:
        """There may be room again."""
        if self._last:
            self.finish()
        elif not self._watched and not self._over and self._room() > 0:
            self._selector.register(self._descriptor, selectors.EVENT_READ, self._event)
            self._watched = True

    def pause(self) -> None:
        """Read nothing until ``resume``."""
        if self._watched:
            self._selector.unregister(self._descriptor)
            self._watched = False

    def close(self) -> None:
        """Read nothing any more; the descriptor stays open."""
        self.pause()
        self._over = True

    def finish(self) -> None:
        """Take what is there, then end."""
        self._last = True
        while not self._over and self._room() > 0:
            self._event()

    def _event(self) -> None:
        room = 0 if self._over else self._room()
        if room <= 0:
            return self.pause()
        try:
            data = os.read(self._descriptor, min(room, MAX))
        except BlockingIOError:
            if not self._last:
                return None
            data = b""
        except OSError:  # reset, or a terminal that nobody has open any more
            data = b""
        if data:
            self._got(data)
        else:
            self.close()
            self._ended()
        return None


class Writer:
    """Writes to a non-blocking descriptor; ``wrote(n)`` tells of progress, ``finished()`` that all is out.

    When the descriptor takes nothing any more, ``failed()`` is called once, and the rest is thrown away.
    """

    def __init__(
        self,
        selector: selectors.BaseSelector,
        descriptor: int,
        wrote: Callable[[int], object],
        failed: Callable[[], object] = nothing,
        finished: Callable[[], object] = nothing,
    ) -> None:
        self._selector, self._descriptor = selector, descriptor
        self._wrote, self._failed, self._finished = wrote, failed, finished
        self._pending = bytearray()
        self._watched = -1  # a second descriptor: the first may be watched for reading
        self._broken = self._last = False

    def write(self, data: Bytes) -> None:
        """Write now what it takes, the rest as soon as it takes more."""
        if self._broken:
            self._wrote(len(data))
        elif self._pending:
            self._pending += data
        else:
            size = self._try(data)
            if size < len(data) and not self._broken:
                self._pending += data[size:]
                self._watched = os.dup(self._descriptor)
                self._selector.register(self._watched, selectors.EVENT_WRITE, self._event)
            self._wrote(len(data) if self._broken else size)

    def finish(self) -> None:
        """Nothing more follows."""
        if not self._last:
            self._last = True
            if not self._pending:
                self._finished()

    def close(self) -> None:
        """Throw away what is pending; the descriptor stays open."""
        self._broken = True
        self._pending.clear()
        self._unwatch()

    def _event(self) -> None:
        if self._watched < 0:
            return
        size = self._try(self._pending)
        size = len(self._pending) if self._broken else size
        del self._pending[:size]
        if not self._pending:
            self._unwatch()
        self._wrote(size)
        if self._last and not self._pending:
            self._finished()

    def _try(self, data: Bytes) -> int:
        try:
            return os.write(self._descriptor, data)
        except BlockingIOError:
            return 0
        except OSError:
            self._broken = True
            self._failed()
            return 0

    def _unwatch(self) -> None:
        if self._watched >= 0:
            self._selector.unregister(self._watched)
            os.close(self._watched)
            self._watched = -1


class Splice:
    """A socket at the end of a channel: what comes at one goes out at the other, each direction ends by itself.

    ``sent`` and ``received`` see what goes to the channel and what comes from it; ``closed`` is called at the end, when
    the socket has been closed.
    """

    def __init__(
        self,
        selector: selectors.BaseSelector,
        channel: Channel,
        connection: socket.socket,
        *,
        sent: Callable[[Bytes], object] = nothing,
        received: Callable[[Bytes], object] = nothing,
        closed: Callable[[], object] = nothing,
    ) -> None:
        connection.setblocking(False)
        self._channel, self._connection, self._closed = channel, connection, closed
        self._sent, self._received = sent, received
        self._reading = self._writing = True
        self._broken = self._over = False
        self._writer = Writer(selector, connection.fileno(), channel.took, self._write_failed, self._written)
        self._reader = Reader(selector, connection.fileno(), lambda: channel.room, self._send, self._read)
        channel.on_data, channel.on_end = self._receive, self._writer.finish
        channel.on_room, channel.on_abort = self._reader.resume, self._aborted

    def _send(self, data: Bytes) -> None:
        self._sent(data)
        self._channel.send(data)

    def _receive(self, data: Bytes) -> None:
        self._received(data)
        self._writer.write(data)

    def _read(self) -> None:
        self._channel.abort() if self._broken else self._channel.end()
        self._reading = False
        self._settle()

    def _write_failed(self) -> None:
        """The program at the socket listens no more. It may have said something before: that is read to its end."""
        self._broken, self._writing = True, False
        if not self._reading:
            self._channel.abort()
        self._settle()

    def _written(self) -> None:
        if self._writing:
            with contextlib.suppress(OSError):
                self._connection.shutdown(socket.SHUT_WR)
            self._writing = False
        self._settle()

    def _aborted(self) -> None:
        """The other end is gone: what it said before is still written."""
        self._reader.close()
        self._reading = False
        self._writer.finish()
        self._settle()

    def _settle(self) -> None:
        if not self._reading and not self._writing:
            self._close()

    def _close(self) -> None:
        if not self._over:
            self._over = True
            self._reader.close()
            self._writer.close()
            self._connection.close()
            self._closed()
