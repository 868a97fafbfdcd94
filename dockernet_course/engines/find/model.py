"""What an engine is to the rest of the course: an address, and where it came from."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    import docker
    import docker.tls

__all__ = ["Engine", "PassedOver"]


@dataclass(frozen=True)
class PassedOver:
    """A possible engine that was not taken, and the reason in words."""

    name: str
    reason: str


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
        import docker  # a tenth of a second, which whoever starts no engine need not wait

        client = docker.DockerClient(
            base_url=self.address, version=self.api_version, tls=self.tls or False, timeout=self.patience
        )
        client.api.trust_env = False  # certificates and proxies of the environment are for the web
        return client
