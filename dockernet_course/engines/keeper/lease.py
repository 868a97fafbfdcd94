"""A lease says "somebody uses this engine". Standard library only.

A private engine lives as long as somebody holds one; on the learner's own it means nothing. It is an open connection to
the engine's keeper, so that the lease of a process that was killed ends by itself.
"""

from __future__ import annotations

import contextlib
import socket
import threading
from dataclasses import dataclass, field
from types import TracebackType

from dockernet_course.engines.keeper.client import heard

__all__ = ["Lease"]

_HARDLY = 0.05  # seconds


@dataclass
class Lease:
    """Keeps an engine alive until it is released, or until the process that holds it is gone."""

    holder: str
    connection: socket.socket | None = field(default=None, repr=False)
    _heard: str = field(default="", repr=False)
    _in_vain: bool = field(default=False, repr=False, compare=False)
    _hearing: threading.Lock = field(default_factory=threading.Lock, repr=False, compare=False)

    def why_ended(self, seconds: float = 3.0) -> str:
        """Why the engine ended, with its last words, as its keeper says it; empty if that was killed, or has not ended.

        Waits that long for the keeper, which sees to the engine's end first; once, and hardly any more after it was in
        vain. Each question that is under way when the engine ends asks this, one after the other.
        """
        with self._hearing:
            if self.connection is not None and not self._heard:
                self.connection.settimeout(min(seconds, _HARDLY) if self._in_vain else seconds)
                self._heard = (heard(self.connection) or {}).get("failed", "")
                self._in_vain = not self._heard
        return self._heard

    def release(self) -> None:
        """Let go; a second call does nothing."""
        connection, self.connection = self.connection, None
        if connection is not None:
            # A forked child may have a copy of the descriptor: shutting down ends the connection for all copies.
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
            connection.close()

    def keep_over_exec(self) -> None:
        """Let the program that this process becomes (``os.exec…``) hold it, as long as that runs."""
        if self.connection is not None:
            self.connection.set_inheritable(True)

    def __enter__(self) -> Lease:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.release()
