"""Who asks whom in a walk, and what: the question that goes from one end to the other. Pure."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from dockernet_course.engines import outside
from dockernet_course.experiments import targets
from dockernet_course.experiments.ask import Question
from dockernet_course.experiments.model import Family, Kind, Protocol
from dockernet_course.experiments.targets import OUTSIDE, Party
from dockernet_course.experiments.walk.model import How
from dockernet_course.observe import Namespace, PortBinding, Topology

__all__ = ["OUTSIDE", "SERVERS", "Ends", "question"]

_LOCALHOST: dict[Family, str] = {4: "127.0.0.1", 6: "::1"}
SERVERS: dict[Family, str] = {4: outside.SERVER, 6: "www6.example"}


@dataclass(frozen=True)
class Ends:
    """The two ends of a walk in one observation, and how the target is asked.

    By which ``family``: without one, as ``targets.question`` decides, or getaddrinfo(3) for a name; ``at`` which
    address, if not at the nearest.
    """

    topology: Topology
    source: Party
    target: Party
    how: How
    port: int | None = None
    family: Family | None = None
    at: str = ""
    protocol: Protocol = "tcp"

    @property
    def service(self) -> int:
        """The target's own port that is asked."""
        return self.port or targets.service_port(self.topology, self.target, self.protocol)

    @property
    def kind(self) -> Kind:
        """Which question is put to a port."""
        return "connect" if self.protocol == "tcp" else "datagram"

    def binding(self, target: Party) -> PortBinding | None:
        """The target's published port that is asked."""
        return targets.binding(self.topology.container(target.id), self.port, self.family, self.protocol)

    @property
    def here(self) -> Namespace | None:
        """The source's network namespace, None where it has none that is observed."""
        return targets.space(self.topology, self.source)

    @property
    def there(self) -> Namespace | None:
        """The target's network namespace, None where it has none that is observed."""
        return targets.space(self.topology, self.target)

    @property
    def from_outside(self) -> bool:
        """Whether the outside asks."""
        return _is_outside(self.source)

    @property
    def to_outside(self) -> bool:
        """Whether the outside is asked."""
        return _is_outside(self.target)

    @property
    def abroad(self) -> bool:
        """Whether one end is outside."""
        return self.from_outside or self.to_outside

    @property
    def names(self) -> bool:
        """Whether a name is looked up first."""
        return self.how in ("name", "port by name")

    @property
    def within(self) -> bool:
        """Whether both are in one network namespace; the host that asks itself has an address to ask."""
        containers = self.source.id or self.target.id
        return self.here is not None and self.here is self.there and bool(containers or not self.here.host)

    @property
    def by_loopback(self) -> bool:
        """Whether the question goes to 127.0.0.1 and stays in the one network namespace of both."""
        return self.how in ("address", "port") and self.within


def _is_outside(party: Party) -> bool:
    return party.name == OUTSIDE and not party.id


def question(ends: Ends) -> Question | None:
    """What is asked, None where there is no such way; the first case that is so counts."""
    return next((ask for is_so, ask in _CASES if is_so(ends)), _across)(ends)


def _across(ends: Ends) -> Question | None:
    if ends.how == "published at the host's address":
        return _at_uplink(ends)
    if ends.how == "port by name":
        return Question("connect", ends.topology.container(ends.target.id).name, ends.service, family=ends.family)
    whom = (ends.topology, ends.source, ends.target)
    return targets.question(*whom, ends.how, ends.port, ends.family, ends.at, ends.protocol)


def _never(_: Ends) -> None:
    return None


def _to_outside(ends: Ends) -> Question | None:
    name = SERVERS[ends.family or 4]
    address = outside.NAMES[name][0]
    return {
        "address": Question("ping", address),
        "name": Question("ping", name, family=ends.family),
        "port": Question(ends.kind, address, ends.service),
        "port by name": Question("connect", name, ends.service, family=ends.family),
    }.get(ends.how)


def _at_uplink(ends: Ends) -> Question | None:
    target = ends.target
    at = targets.uplink(ends.topology.host, ends.family or 4)
    binding = ends.binding(target) if target.id else None
    return Question(ends.kind, at, binding.host_port) if at and binding else None


def _at_loopback(ends: Ends) -> Question:
    at = ends.at or _LOCALHOST[ends.family or 4]
    return Question("ping", at) if ends.how == "address" else Question(ends.kind, at, ends.service)


# The first that is so counts; the host has no name, and publishes nothing.
_CASES: tuple[tuple[Callable[[Ends], bool], Callable[[Ends], Question | None]], ...] = (
    (lambda ends: ends.protocol == "udp" and ends.how in ("name", "address", "port by name"), _never),
    (lambda ends: ends.to_outside, _to_outside),
    (lambda ends: ends.from_outside and "name" in ends.how, _never),  # it knows no container's
    (lambda ends: not ends.target.id and ends.how in ("name", "port by name", "published"), _never),
    (lambda ends: ends.by_loopback, _at_loopback),
)
