"""The frames of a ``docker run`` made up from plain data: what the kernel shows after each of its steps."""

from __future__ import annotations

from dataclasses import replace

from dockernet_course.observe.model import Interface, Namespace, Topology, VethPair
from tests.gallery.examples import HOST, NO_CARRIER, World

__all__ = ["film_frames"]

INNER, OFF = "veth67b1440", ("BROADCAST", "MULTICAST")


def film_frames() -> list[tuple[str, Topology]]:
    """A veth pair comes to be, one end is attached, the other moves, gets its name, an address and a route."""
    world = World()
    world.uplink("eth0", "203.0.113.10/24", "203.0.113.1")
    before = world.topology()
    world.run("web", "bridge")
    end = world.topology()
    outer = end.host.interfaces[-1]
    inner = next(i for i in end.namespaces[0].interfaces if i.name == "eth0")
    loose = replace(inner, name=INNER, flags=OFF, addresses=())
    pair = _both_on_host(before, replace(outer, flags=OFF, master=None), loose)
    attached = _both_on_host(before, outer, loose)
    moved = _inside(end, loose)
    named = _inside(end, replace(loose, name="eth0"))
    addressed = _inside(end, replace(inner, flags=OFF))
    return [
        ("Before: a bridge without a port", before),
        (f"{outer.name} and {INNER} are created: a veth pair", pair),
        (f"{outer.name} is attached to docker0 and set up", attached),
        (f"{INNER} leaves the host and arrives in web", moved),
        (f"{INNER} is renamed eth0", named),
        (f"eth0 gets the address {inner.addresses[0]}", addressed),
        ("eth0 is set up: both ends are up, so there is a carrier", _inside(end, inner)),
        ("The default route is set", end),
    ]


def _both_on_host(before: Topology, outer: Interface, inner: Interface) -> Topology:
    ports = (outer.name,) if outer.master else ()
    return replace(
        before,
        host=replace(before.host, interfaces=(*before.host.interfaces, outer, inner)),
        bridges=tuple(replace(bridge, ports=ports) for bridge in before.bridges),
        wires=(VethPair((HOST, outer.name), (HOST, inner.name)),),
    )


def _inside(end: Topology, inner: Interface) -> Topology:
    """The end of the film, but for the container's interface and the route."""
    space: Namespace = end.namespaces[0]
    links = tuple(inner if i.name == "eth0" else i for i in space.interfaces)
    wires = tuple(replace(wire, b=(space.inode, inner.name)) for wire in end.wires)
    host = end.host if inner.up else replace(end.host, interfaces=tuple(map(_without_carrier, end.host.interfaces)))
    return replace(end, host=host, namespaces=(replace(space, interfaces=links, routes=()),), wires=wires)


def _without_carrier(interface: Interface) -> Interface:
    """A bridge none of whose ports has a carrier."""
    return replace(interface, flags=NO_CARRIER) if interface.kind == "bridge" else interface
