"""What two on one wire have both, and only one may have: a MAC address, an IP address. Pure.

A bridge sends a frame to the port at which its MAC address was seen last, and whoever answers an ARP question first is
who gets the packets (bridge(8), arp(7)). So where two have the same, now the one is reached and now the other.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from dockernet_course.observe.model import Interface, Topology

__all__ = ["Clash", "clashes"]

End = tuple[int, str]


@dataclass(frozen=True)
class Clash:
    """Interfaces in one Ethernet segment (``ends``: namespace inode, name) with the same ``value``.

    ``kind``: "MAC" or "address".
    """

    kind: str
    value: str
    ends: tuple[End, ...]


def clashes(seen: Topology) -> tuple[Clash, ...]:
    """All that were seen: among those on one bridge, the bridge included, and among those with one parent."""
    found = (clash for segment in _segments(seen) for clash in _within(segment))
    return tuple(dict.fromkeys(found))


def _segments(seen: Topology) -> Iterator[dict[End, Interface]]:
    """The interfaces that hear each other's frames directly."""
    host = seen.host.inode
    for bridge in seen.bridges:
        ends = [(host, bridge.name), *(end for port in bridge.ports if (end := seen.beyond((host, port))))]
        yield _existing(seen, ends)
    for parent in dict.fromkeys(link.parent for link in seen.parents):
        yield _existing(seen, [parent, *(link.child for link in seen.parents if link.parent == parent)])


def _existing(seen: Topology, ends: list[End]) -> dict[End, Interface]:
    spaces = {space.inode: space for space in (seen.host, *seen.namespaces)}
    known = ((end, spaces[end[0]].interface(end[1])) for end in ends if end[0] in spaces)
    return {end: interface for end, interface in known if interface}


def _within(segment: dict[End, Interface]) -> Iterator[Clash]:
    macs = [(interface.mac, end) for end, interface in segment.items()]
    held = [(a.ip, end) for end, interface in segment.items() for a in interface.addresses if a.scope == "global"]
    for kind, pairs in (("MAC", macs), ("address", held)):
        for value in dict.fromkeys(value for value, _ in pairs):
            ends = tuple(end for each, end in pairs if each == value)
            if len(ends) > 1:
                yield Clash(kind, value, ends)
