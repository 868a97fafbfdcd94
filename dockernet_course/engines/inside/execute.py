"""A program on the engine's host, at the end of a channel: with pipes or with a terminal. Runs in the guest.

The channel begins with one line of JSON: ``argv``, ``env`` (all of it), ``tty``, ``rows``, ``columns``, ``cwd``. What
follows are messages in both directions, ``kind << 24 | length`` and a payload: to the program ``I`` (input; an empty
one ends it) and ``W`` (rows and columns), from it ``O`` (output), ``E`` (errors) and at last ``X`` (the exit status, or
minus the signal that ended it). When the channel ends before, the program gets a hang-up, as if its terminal had been
closed.

The engine's host is what a process shows: the namespaces it is in, and its root directory.
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import selectors
import signal
import struct
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from dockernet_course.engines.inside import kernel
from dockernet_course.engines.wire.mux import MAX, Bytes, Channel
from dockernet_course.engines.wire.streams import Reader, Writer

__all__ = ["HEAD", "SIZE", "STATUS", "Execution", "message", "messages"]

HEAD = struct.Struct("!I")
SIZE = struct.Struct("!HH")
STATUS = struct.Struct("!i")
_LONGEST_REQUEST = 1 << 20
_TIOCSCTTY, _TIOCGPGRP, _TIOCSWINSZ, _TIOCGSID = 0x540E, 0x540F, 0x5414, 0x5429
_TIOCSPTLCK, _TIOCGPTPEER = 0x40045431, 0x5441  # of Linux on x86 and ARM
_NAMESPACES = ("user", "ipc", "uts", "cgroup", "net", "pid", "mnt")


def head(kind: str, size: int) -> bytes:
    """What begins a message of the kind (a letter)."""
    return HEAD.pack(ord(kind) << 24 | size)


def message(kind: str, payload: Bytes = b"") -> bytes:
    """One message, whole."""
    return head(kind, len(payload)) + payload


def messages(box: bytearray) -> Iterator[tuple[str, bytes]]:
    """Take the messages that are complete out of what has come, each with its kind."""
    while len(box) >= HEAD.size:
        (word,) = HEAD.unpack_from(box)
        end = HEAD.size + (word & 0xFFFFFF)
        if end > len(box):
            return
        payload = bytes(box[HEAD.size : end])
        del box[:end]
        yield chr(word >> 24), payload


class Execution:
    """One program. ``host`` is the pid of a process on the engine's host (0: here), ``children`` who is waited for."""

    def __init__(
        self,
        selector: selectors.BaseSelector,
        channel: Channel,
        host: int,
        children: dict[int, Callable[[int], None]],
        closed: Callable[[Execution], object],
    ) -> None:
        self._selector, self._channel, self._host, self._children = selector, channel, host, children
        self._closed = closed
        self._inbox = bytearray()
        self._pid, self._terminal = 0, -1
        self._descriptors: list[int] = []
        self._readers: list[Reader] = []
        self._open_readers = 0
        self._input: Writer | None = None
        self._status: int | None = None
        self._over = False
        channel.on_data, channel.on_room = self._receive, self._resume
        channel.on_end = channel.on_abort = self._gone

    @property
    def busy(self) -> bool:
        """Whether something is at work: a program, or in a terminal something else than the shell at its prompt."""
        if self._terminal < 0:
            return self._pid > 0
        with contextlib.suppress(OSError):
            return _number(self._terminal, _TIOCGPGRP) != _number(self._terminal, _TIOCGSID)
        return False

    # --- to the program ---

    def _receive(self, data: Bytes) -> None:
        if self._over:
            return
        self._inbox += data
        if not self._pid and not self._begun():
            return
        for kind, payload in messages(self._inbox):
            self._channel.took(HEAD.size)
            self._told(kind, payload)

    def _begun(self) -> bool:
        """Start the program if the line that asks for it is complete."""
        line, end, rest = self._inbox.partition(b"\n")
        if not end:
            if len(line) > _LONGEST_REQUEST:
                self._fail("no request", 127)
            return False
        self._inbox = rest
        self._channel.took(len(line) + 1)
        try:
            request = json.loads(line)
            self._start(request, [os.fsencode(word) for word in request["argv"]])
        except (ValueError, KeyError, TypeError) as error:
            self._fail(f"no request: {error}", 127)
        except OSError as error:
            self._fail(str(error), 126)
        return self._pid > 0

    def _told(self, kind: str, payload: bytes) -> None:
        if kind == "W" and self._terminal >= 0 and len(payload) == SIZE.size:
            _resize(self._terminal, *SIZE.unpack(payload))
        if kind != "I" or self._input is None:
            self._channel.took(len(payload))
        elif payload:
            self._input.write(payload)
        else:
            self._input.finish()

    def _start(self, request: dict[str, Any], argv: list[bytes]) -> None:
        if request.get("tty"):
            self._terminal, theirs = _terminal(self._host)
            _resize(self._terminal, request.get("rows") or 24, request.get("columns") or 80)
            child, ours = [theirs] * 3, [self._terminal] * 2
            self._descriptors = [self._terminal]
        else:
            pipes = [os.pipe() for _ in range(3)]
            child = [pipes[0][0], pipes[1][1], pipes[2][1]]
            self._descriptors = ours = [pipes[0][1], pipes[1][0], pipes[2][0]]
        self._pid = _fork(self._host, argv, request, child)
        self._children[self._pid] = self._exited
        for descriptor in set(child):
            os.close(descriptor)
        for descriptor in self._descriptors:
            os.set_blocking(descriptor, False)
        finished = self._end_of_input if self._terminal < 0 else lambda: None
        self._input = Writer(self._selector, ours[0], self._channel.took, finished=finished)
        self._open_readers = len(ours) - 1
        self._readers = [self._reader(descriptor, kind) for descriptor, kind in zip(ours[1:], "OE", strict=False)]

    # --- from the program ---

    def _reader(self, descriptor: int, kind: str) -> Reader:
        def got(data: Bytes) -> None:
            self._channel.send(head(kind, len(data)), data)

        def room() -> int:
            return min(self._channel.room, MAX) - HEAD.size  # a message in one frame

        return Reader(self._selector, descriptor, room, got, self._silent)

    def _resume(self) -> None:
        for reader in self._readers:
            reader.resume()

    def _silent(self) -> None:
        self._open_readers -= 1
        self._tell_status()

    def _exited(self, status: int) -> None:
        self._status = os.waitstatus_to_exitcode(status)
        if self._terminal < 0:  # what it started may live on, with our pipe; a terminal is hung up
            for reader in self._readers:
                reader.finish()
        self._tell_status()

    def _tell_status(self) -> None:
        if self._status is not None and not self._open_readers and not self._over:
            self._channel.send(message("X", STATUS.pack(self._status)))
            self._channel.end()
            self._close()

    # --- the end ---

    def _end_of_input(self) -> None:
        os.close(self._descriptors.pop(0))

    def _fail(self, why: str, status: int) -> None:
        self._channel.send(message("E", f"dockernet: {why}\n".encode()) + message("X", STATUS.pack(status)))
        self._channel.end()
        self._close()

    def _gone(self) -> None:
        """Whoever asked for the program listens no more."""
        if self._pid and self._status is None:
            with contextlib.suppress(OSError):
                os.killpg(self._pid, signal.SIGHUP)
        if not self._over:
            self._channel.abort()
            self._close()

    def _close(self) -> None:
        self._over = True
        for reader in self._readers:
            reader.close()
        if self._input is not None:
            self._input.close()
        for descriptor in self._descriptors:
            os.close(descriptor)
        self._descriptors, self._terminal = [], -1
        self._closed(self)


def _terminal(host: int) -> tuple[int, int]:
    """A new terminal, of those of the engine's host: our end, and the program's."""
    try:
        ours = os.open(f"/proc/{host or 'self'}/root/dev/pts/ptmx", os.O_RDWR | os.O_NOCTTY)
    except OSError:
        ours = os.open("/dev/ptmx", os.O_RDWR | os.O_NOCTTY)
    fcntl.ioctl(ours, _TIOCSPTLCK, struct.pack("i", 0))
    return ours, fcntl.ioctl(ours, _TIOCGPTPEER, os.O_RDWR | os.O_NOCTTY)


def _resize(terminal: int, rows: int, columns: int) -> None:
    fcntl.ioctl(terminal, _TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))


def _number(terminal: int, request: int) -> int:
    return int(struct.unpack("i", fcntl.ioctl(terminal, request, bytes(4)))[0])


def _fork(host: int, argv: list[bytes], request: dict[str, Any], descriptors: Sequence[int]) -> int:
    pid = os.fork()
    if pid:
        return pid
    status = 126
    try:
        _become(host, request, descriptors)
        try:
            os.execvpe(argv[0], argv, request.get("env") or {})  # noqa: S606
        except FileNotFoundError:
            status = 127
            raise
    except BaseException as error:  # whatever it is, it must not go up into the service's code
        why = error.strerror if isinstance(error, OSError) else error
        os.write(2, f"dockernet: {b' '.join(argv[:1]).decode(errors='replace')}: {why}\n".encode())
    finally:
        os._exit(status)


def _become(host: int, request: dict[str, Any], descriptors: Sequence[int]) -> None:
    signal.set_wakeup_fd(-1)
    for name in (signal.SIGCHLD, signal.SIGPIPE, signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGXFSZ):
        signal.signal(name, signal.SIG_DFL)
    for number, descriptor in enumerate([os.dup(descriptor) for descriptor in descriptors]):
        os.dup2(descriptor, number)
    os.setsid()
    if host:
        _enter(host)
    os.closerange(3, os.sysconf("SC_OPEN_MAX"))
    if request.get("tty"):
        fcntl.ioctl(0, _TIOCSCTTY, 0)
    os.chdir(request.get("cwd") or "/")


def _enter(host: int) -> None:
    """Go where a process is: its namespaces as far as they are not ours, and its root directory."""
    folder = f"/proc/{host}"
    other = [name for name in _NAMESPACES if _namespace(folder, name) != _namespace("/proc/self", name)]
    opened = [os.open(f"{folder}/ns/{name}", os.O_RDONLY) for name in other]
    root = os.open(f"{folder}/root", os.O_PATH)
    for name, descriptor in zip(other, opened, strict=True):
        kernel.enter(descriptor, 0, f"{name} namespace")
    os.fchdir(root)
    os.chroot(".")
    if "pid" in other:  # only a child is in it
        _continue_in_child()


def _namespace(folder: str, name: str) -> str:
    return os.readlink(f"{folder}/ns/{name}")  # noqa: PTH115 (pathlib is not worth its start-up time here)


def _continue_in_child() -> None:
    pid = os.fork()
    if pid:
        os.closerange(0, os.sysconf("SC_OPEN_MAX"))
        code = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
        os._exit(code if code >= 0 else 128 - code)
    kernel.die_with_parent(signal.SIGHUP)
    os.setsid()
