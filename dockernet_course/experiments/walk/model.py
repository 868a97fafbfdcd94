"""What was seen of one walk, frozen: packets, each at every point that it passed, and how it ended. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Literal

from dockernet_course.experiments.ask import Question
from dockernet_course.experiments.walk.frames import CapturedFrame
from dockernet_course.lab import Output
from dockernet_course.observe import Topology

__all__ = ["HOWS", "Hop", "How", "Outcome", "Packet", "Point", "Rewrite", "Rule", "Trace", "WalkVerdict"]

How = Literal["address", "name", "port", "port by name", "published", "published at the host's address"]
HOWS: tuple[How, ...] = ("address", "name", "port", "port by name", "published", "published at the host's address")
Outcome = Literal[
    "answered",
    "answered by another",
    "accepted",
    "delivered",
    "dropped",
    "refused",
    "no neighbour",
    "unreachable",
    "not sent",
    "lost",
    "guarded",
]
Role = Literal["loopback", "own", "veth", "bridge", "uplink"]


@dataclass(frozen=True)
class Point:
    """An interface in somebody's network: ``space`` is "host", "outside", or the container's name.

    ``role``: the "loopback", a container's "own", a "veth" (the host end, which leads to ``of``), a "bridge" (of
    the network ``of``), or an "uplink". ``mac`` is its address there: what is for another one, it hears and drops.
    """

    space: str
    interface: str
    role: Role
    of: str = ""
    mac: str = field(default="", compare=False)

    def __str__(self) -> str:
        return f"{self.space}/{self.interface}"


@dataclass(frozen=True)
class Rule:
    """A rule that a packet met in ``space``: ``text`` is the tool's own, ``verdict`` where it sent the packet.

    ``counted``: by how much its counter rose while the packet was on its way, where that is the only evidence.
    """

    space: str
    table: str
    chain: str
    text: str
    verdict: str
    counted: int = 0

    @property
    def evidence(self) -> Literal["trace", "counters"]:
        """How it is known: by the kernel's "trace" of this very packet; or by the "counters", which a rule of
        iptables-legacy has alone, and which would count another's packet too.
        """  # noqa: D205
        return "counters" if self.counted else "trace"


@dataclass(frozen=True)
class Rewrite:
    """A changed "source" or "target". ``undone`` tells that an answer got its old address back, which no rule does.

    ``evidence``: "headers" (captured before and after), "trace" (the header that the rules saw), "conntrack" (the
    kernel's own note of the connection).
    """

    what: Literal["source", "target"]
    before: str
    after: str
    undone: bool = False
    rule: Rule | None = None
    evidence: tuple[str, ...] = ()


@dataclass(frozen=True)
class Hop:
    """A packet at a point; ``rewrites`` are what happened to it since the point before."""

    at: Point
    going: Literal["in", "out"]
    at_us: float
    source: str
    target: str
    mac_from: str
    mac_to: str
    ttl: int | None = None
    rewrites: tuple[Rewrite, ...] = ()

    @property
    def astray(self) -> bool:
        """Whether it comes in where it is for somebody else, by its MAC address: nobody there takes it."""
        for_all = not self.mac_to or int(self.mac_to[:2], 16) & 1  # the group bit of an address (IEEE 802)
        return self.going == "in" and bool(self.at.mac) and not for_all and self.mac_to != self.at.mac


@dataclass(frozen=True)
class Packet:
    """One packet. ``connection`` numbers what belongs together; ``again`` is the number of the packet it repeats.

    ``protocol``: "ndp" is neighbour discovery, IPv6's ARP, which is a part of ICMPv6. ``role``: "neighbour" (who has
    an address, and who says so), "name" (a question to DNS or its answer), "question" (towards the target), "answer".
    ``by`` is "docker-proxy" for its own, second connection. ``after``: what still happened to its addresses after the
    last hop, before a rule dropped it. ``size`` in bytes, from the IP header on.
    """

    number: int
    protocol: Literal["arp", "ndp", "icmp", "icmpv6", "tcp", "udp"]
    role: Literal["neighbour", "name", "question", "answer"]
    info: str
    hops: tuple[Hop, ...]
    rules: tuple[Rule, ...] = ()
    connection: int = 0
    again: int | None = None
    by: str = ""
    after: tuple[Rewrite, ...] = ()
    size: int = 0

    @property
    def rewrites(self) -> tuple[Rewrite, ...]:
        """What happened to its addresses on the way."""
        return (*(change for hop in self.hops for change in hop.rewrites), *self.after)


@dataclass(frozen=True)
class WalkVerdict:
    """How it ended: ``at`` is the last point at which the packet was seen, None if it never was.

    ``because``: the fact that proves why, where no rule did it: a setting of the kernel, a route, whose answer it was.
    """

    outcome: Outcome
    at: Point | None = None
    rule: Rule | None = None
    because: str = ""


@dataclass(frozen=True)
class Trace:
    """A walk's packets, and everything else that was seen of it.

    ``world`` is the network as it was just before, ``question`` what was asked.
    """

    engine: str
    source: str
    target: str
    how: How
    packets: tuple[Packet, ...]
    verdict: WalkVerdict
    output: Output
    world: Topology = field(compare=False)
    question: Question
    unseen: str = ""
    frames: tuple[CapturedFrame, ...] = field(default=(), compare=False)

    @property
    def by_proxy(self) -> bool:
        """Whether docker-proxy made a second connection to the target."""
        return any(packet.by == "docker-proxy" for packet in self)

    @property
    def ok(self) -> bool:
        """Whether the verdict is "answered"."""
        return self.verdict.outcome == "answered"

    def __iter__(self) -> Iterator[Packet]:
        return iter(self.packets)
