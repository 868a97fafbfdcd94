"""Which interface is too small for a packet that may not be taken apart, as a fact of the observation. Pure.

A router says so ("fragmentation needed", RFC 1191; "packet too big", RFC 8201); a veth pair and a bridge drop what is
larger than the MTU of the next interface, and say nothing (the kernel's ``is_skb_forwardable``).
"""

from __future__ import annotations

from collections.abc import Iterator

from dockernet_course.experiments.targets import HOST
from dockernet_course.experiments.walk.model import Hop, Packet
from dockernet_course.observe import Interface, Namespace, Topology

__all__ = ["HEADERS", "narrow", "narrow_here"]

HEADERS = {4: 28, 6: 48}
"""Bytes of the headers of IP and of an echo, by family (RFC 791 and 792, RFC 8200 and 4443)."""


def narrow(world: Topology, space: Namespace | None, packet: Packet, target: str) -> str:
    """The interface that was next, if its MTU is smaller than the packet; ``space`` is where that was seen last."""
    last = packet.hops[-1]
    steps = _next(world, space, last, target) if space else ()
    return next((_words(where, each, packet.size) for where, each in steps if each.mtu < packet.size), "")


def narrow_here(space: Namespace | None, name: str, target: str, size: int) -> str:
    """The same for what was not even sent: the interface to which the route leads."""
    route = space.route_to(target) if space and not space.rules else None
    out = space.interface(route.device) if space and route else None
    return _words(name, out, size) if out and out.mtu < size else ""


def _next(world: Topology, space: Namespace, last: Hop, target: str) -> Iterator[tuple[str, Interface]]:
    if last.going == "out":
        beyond = world.beyond((space.inode, last.at.interface))
        home = world.space(beyond[0]) if beyond else None
        yield from _named(world, home, beyond[1] if beyond else "")
    elif last.at.role == "veth":
        yield from _port(world, target)
    elif not space.rules:
        route = space.route_to(target)
        yield from _named(world, space, route.device if route else "")


def _port(world: Topology, target: str) -> Iterator[tuple[str, Interface]]:
    """The host end of the pair of whoever has the address."""
    for home in world.namespaces:
        for interface in home.interfaces:
            beyond = world.beyond((home.inode, interface.name))
            if beyond and any(address.ip == target for address in interface.addresses):
                yield from _named(world, world.space(beyond[0]), beyond[1])


def _named(world: Topology, home: Namespace | None, interface: str) -> Iterator[tuple[str, Interface]]:
    found = home.interface(interface) if home else None
    if home and found:
        names = [container.name for container in world.sharing(home.inode)] if not home.host else [HOST]
        yield (names or ["somebody"])[0], found


def _words(where: str, interface: Interface, size: int) -> str:
    """The fact."""
    name = "the host" if where == HOST else where
    return f"{interface.name} of {name} has an MTU of {interface.mtu}, and the packet has {size} bytes"
