"""QEMU's own protocol, as far as the course needs it: one command after another, answers in order, events between.

Lines of JSON both ways over one connection (docs/interop/qmp-spec.rst of QEMU). :meth:`Qmp.run` waits for its
answer; :meth:`Qmp.send` does not: in a ``selectors`` loop, :meth:`Qmp.receive` is called when there is something.
"""

from __future__ import annotations

import json
import select
import socket
import time
from collections import deque
from collections.abc import Callable
from typing import Any

from dockernet_course.errors import EngineError, EngineStopped

__all__ = ["Message", "Qmp", "split"]

Message = dict[str, Any]


def split(data: bytes) -> tuple[list[Message], bytes]:
    """The complete messages of what was read, and the rest that is still a part of one."""
    *lines, rest = data.split(b"\n")
    return [json.loads(line) for line in lines if line.strip()], rest


class Qmp:
    """QEMU's monitor at the other end of a connected socket (blocking; it need not be)."""

    def __init__(self, connection: socket.socket) -> None:
        self._connection = connection
        self._rest = b""
        self._waiting: deque[tuple[str, Callable[[Any], None] | None]] = deque()
        self._events: list[Message] = []
        self._greeting: Message | None = None

    def fileno(self) -> int:
        """The descriptor of the connection, so that ``selectors`` and ``select`` take this object."""
        return self._connection.fileno()

    def close(self) -> None:
        """Let go; QEMU goes on."""
        self._connection.close()

    def greet(self, seconds: float = 10.0) -> str:
        """Wait until QEMU is there, and begin; its version in its own words, ``7.2.22 (Debian …)``."""
        deadline = time.monotonic() + seconds
        while self._greeting is None:
            self._wait(deadline, "greeting")
        self.run("qmp_capabilities", seconds)
        version = self._greeting["version"]
        number = ".".join(str(version["qemu"][part]) for part in ("major", "minor", "micro"))
        return f"{number} {version['package']}".strip()

    def run(self, command: str, seconds: float = 10.0, *, descriptor: int | None = None, **arguments: Any) -> Any:
        """Run a command (handing over a descriptor if it wants one) and wait for what it gives.

        Names of arguments have hyphens for QEMU where they have underscores here. Raises :class:`EngineError` with
        QEMU's own words if it refuses or says nothing in time, :class:`EngineStopped` if it is gone.
        """
        answers: list[Any] = []
        self.send(command, answers.append, descriptor=descriptor, **arguments)
        deadline = time.monotonic() + seconds
        while not answers:
            self._wait(deadline, command)
        return answers[0]

    def send(
        self,
        command: str,
        then: Callable[[Any], None] | None = None,
        *,
        descriptor: int | None = None,
        **arguments: Any,
    ) -> None:
        """Send a command; ``then`` is called with what it gives, by a later :meth:`receive`."""
        message = {"execute": command, "arguments": {key.replace("_", "-"): value for key, value in arguments.items()}}
        data = json.dumps(message).encode() + b"\n"
        self._waiting.append((command, then))
        try:
            if descriptor is None:
                self._connection.sendall(data)
            else:
                socket.send_fds(self._connection, [data], [descriptor])
        except OSError as error:
            raise _gone(command) from error

    def receive(self) -> list[Message]:
        """Read what is there; the events since the last call, each with its name in "event". Waits for the first.

        Raises :class:`EngineStopped` if QEMU is gone, :class:`EngineError` if it refuses a command.
        """
        if self._events and not select.select([self._connection], [], [], 0)[0]:
            events, self._events = self._events, []
            return events
        try:
            data = self._connection.recv(65536)
        except BlockingIOError:
            data = b"\n"
        except OSError:
            data = b""
        if not data:
            raise _gone(self._waiting[0][0] if self._waiting else "")
        messages, self._rest = split(self._rest + data)
        for message in messages:
            self._take(message)
        events, self._events = self._events, []
        return events

    def _take(self, message: Message) -> None:
        if "QMP" in message:
            self._greeting = message["QMP"]
        elif "event" in message:
            self._events.append(message)
        elif self._waiting:
            command, then = self._waiting.popleft()
            if "error" in message:
                raise EngineError(f"QEMU refuses {command!r}.", state=message["error"].get("desc", ""))
            if then is not None:
                then(message.get("return"))

    def _wait(self, deadline: float, what: str) -> None:
        """Read once, or raise when the time is over. Events are kept for :meth:`receive`."""
        if not select.select([self._connection], [], [], max(0.0, deadline - time.monotonic()))[0]:
            raise EngineError(f"QEMU does not answer to {what!r}.", cure="Is this machine very busy? Try again.")
        kept = self._events
        self._events = []
        self._events = kept + self.receive()


def _gone(command: str) -> EngineStopped:
    return EngineStopped("QEMU has ended.", state=f"it was to answer to {command!r}" if command else "")
