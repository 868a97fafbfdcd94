"""What an engine is to the rest of the course: an address, where it came from, and a lease on it.

A :class:`Lease` says "somebody uses this engine". For the learner's own engine it means nothing; a private one lives
as long as somebody holds one. It is an open connection to its keeper, so that the lease of a process
that was killed ends by itself.
"""

from __future__ import annotations

import contextlib
import socket
import threading
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Literal

import docker
import docker.tls

__all__ = ["DEFAULT_SUITE", "LAB_IMAGE", "Engine", "Lease", "PassedOver"]

LAB_IMAGE = "dockernet-lab:1"
DEFAULT_SUITE = "trixie"


_HARDLY = 0.05  # seconds


@dataclass(frozen=True)
class PassedOver:
    """A possible engine that was not taken, and the reason in words."""

    name: str
    reason: str


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
        from dockernet_course.engines.keeper.client import heard

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


@dataclass(frozen=True)
class Engine:
    """A Docker Engine that answered.

    ``address`` is what ``DOCKER_HOST`` would be, ``version`` the engine's release, ``why`` one clause that says why
    this one was taken, ``name`` a private engine's name, ``tls`` the certificates if it wants some.
    """

    kind: Literal["own", "capsule", "vm"]
    address: str
    version: str
    api_version: str
    why: str
    passed_over: tuple[PassedOver, ...] = ()
    name: str | None = None
    tls: docker.tls.TLSConfig | None = field(default=None, repr=False, compare=False)

    @property
    def private(self) -> bool:
        """Whether everything in it is the course's, so that nothing of the learner's can be hurt."""
        return self.kind != "own"

    @property
    def variables(self) -> dict[str, str]:
        """What the docker command needs in its environment to talk to this engine; the course finds it by them, too."""
        found = {"DOCKER_HOST": self.address}
        if self.tls is None:
            return found
        known = self.tls.ca_cert or (self.tls.cert or ("",))[0]
        verify = {"DOCKER_TLS_VERIFY": "1" if self.tls.verify else ""}  # empty is off, and takes what was set before
        return {**found, **verify, "DOCKER_TLS": "1", "DOCKER_CERT_PATH": str(Path(known).parent)}

    @property
    def patience(self) -> int:
        """Seconds to wait for a word of it: an emulated processor that twenty share is slow, and yet answers."""
        return 240 if self.kind == "vm" else 60

    def client(self) -> docker.DockerClient:
        """A new client for this engine; only ``lab`` and ``engines`` call it."""
        client = docker.DockerClient(
            base_url=self.address, version=self.api_version, tls=self.tls or False, timeout=self.patience
        )
        client.api.trust_env = False  # certificates and proxies of the environment are for the web
        return client

    def hold(self, holder: str) -> Lease:
        """Keep the engine alive for ``holder``, a short name for people (``kernel 1234``).

        Raises :class:`~dockernet_course.errors.EngineStopped` if a private engine has ended meanwhile.
        """
        if self.name is None:
            return Lease(holder)
        from dockernet_course.engines.find.private import hold

        return hold(self.name, holder)
