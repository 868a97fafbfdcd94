"""From frames to packets: the same one at each point where it was captured. Pure.

What was seen is put in the order of the kernel's stamps. A packet that comes to a point a second time is another one:
sent again. (The kernel gives a TCP segment that it sends again a new identification, except for SYN, ACK and RST.)
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from dockernet_course.experiments.targets import HOST
from dockernet_course.experiments.walk.frames import CapturedFrame, Header, read

__all__ = ["Sight", "Sightings", "grouped"]


@dataclass(frozen=True)
class Sight:
    """A frame that was captured at one interface, and what its headers say."""

    frame: CapturedFrame
    header: Header

    @property
    def where(self) -> tuple[str, str, bool]:
        """The point at which it was captured: namespace, interface, whether it went out."""
        return self.frame.space, self.frame.interface, self.frame.outgoing


@dataclass
class Sightings:
    """All sights of one packet; ``again`` is the one that it repeats.

    ``passed_on`` tells that a program read another one and sent its content on: Docker's DNS does.
    """

    sights: list[Sight] = field(default_factory=list)
    connection: int = 0
    again: Sightings | None = None
    passed_on: bool = False

    @property
    def first(self) -> Header:
        """Its header where it was seen first."""
        return self.sights[0].header


def grouped(frames: Iterable[CapturedFrame], *, exact: bool = False) -> list[Sightings]:
    """The packets, in the order in which they were first seen, with their connections and repetitions.

    ``exact``: see ``Header.identity``.
    """
    groups: list[Sightings] = []
    open_: dict[tuple[object, ...], Sightings] = {}
    for frame in frames:
        header = read(frame.content)
        if header is None or _announces(header):
            continue
        known_by = header.identity(exact=exact)
        sight, group = Sight(frame, header), open_.get(known_by)
        passed_on = group is not None and _read_by_a_program(group.sights[-1], sight)
        if group is None or passed_on or any(sight.where == known.where for known in group.sights):
            group = open_[known_by] = Sightings(passed_on=passed_on)
            groups.append(group)
        group.sights.append(sight)
    _connect(groups)
    _find_repetitions(groups)
    return groups


def _announces(header: Header) -> bool:
    """Whether nobody asks for a neighbour with it.

    An engine announces an address of its own by ARP, a kernel by neighbour discovery, after it has tried whether
    somebody has it (RFC 4862); and it tries now and then whether a neighbour that it knows is still there.
    """
    if header.protocol == "arp":
        return header.source == header.target
    tries = header.source == "::" or (header.info.startswith("who has") and not header.mac_to.startswith("33:33:"))
    return header.protocol == "ndp" and (tries or header.target.startswith("ff02:"))


def _read_by_a_program(last: Sight, now: Sight) -> bool:
    """Whether it ended where it was seen last: at a loopback, or in a container, which routes nothing."""
    (space, interface, sent), (here, _, sends) = last.where, now.where
    return space == here and not sent and sends and (space != HOST or interface == "lo")


def _connect(groups: Sequence[Sightings]) -> None:
    """Number what belongs together: packets that somewhere had the same two ends, in either direction."""
    numbers: dict[frozenset[str], int] = {}
    for group in groups:
        ends = [frozenset((s.header.protocol, *s.header.ends)) for s in group.sights]
        known = next((numbers[end] for end in ends if end in numbers), len(set(numbers.values())) + 1)
        group.connection = known
        numbers.update(dict.fromkeys(ends, known))


def _find_repetitions(groups: Sequence[Sightings]) -> None:
    """What has the same content and the same two ends as an earlier one, in the same direction."""
    told: dict[tuple[object, ...], Sightings] = {}
    for group in groups:
        header = group.first
        content = header.key[:-1] if header.protocol == "tcp" else header.key
        bare_ack = header.flags == "A" and header.info == "TCP ACK"  # says the same twice, and repeats nothing
        key = (group.connection, header.ends, content)
        if key in told and not bare_ack and header.protocol not in ("icmp", "icmpv6"):
            group.again = told[key]
        told.setdefault(key, group)
