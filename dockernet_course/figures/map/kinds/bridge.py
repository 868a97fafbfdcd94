"""Driver bridge: a wire to the other end of the veth pair, a port of a bar that is the Linux bridge."""

from __future__ import annotations

from collections.abc import Sequence

from dockernet_course.figures.drawing.grammar import count, listed
from dockernet_course.figures.map.kinds.kind import Far, MapKind, elsewhere, end
from dockernet_course.figures.map.scene import Bar, End, Slot
from dockernet_course.observe import Interface, Namespace, Topology

__all__ = ["BRIDGE"]


def _far(topology: Topology, namespace: Namespace, interface: Interface) -> Far:
    there = topology.beyond((namespace.inode, interface.name))
    if there is None:
        return None, "other end not seen"
    if there[0] != topology.host.inode:
        return None, f"to {elsewhere(topology, there)}"
    peer = topology.host.interface(there[1])
    return end(peer, "host") if peer else None, ""


def _leads(_: Slot, far: End) -> str:
    where = f"a port of {far.bar}" if far.bar else "not attached to any bridge"
    return f"its wire ends at {far.label} on the host, {where}{', down' if far.down else ''}"


def _row(_: Slot, far: End) -> str:
    port = f", a port of {far.bar}" if far.bar else ", a port of no bridge"
    return f"wired to {far.label}{port}{', down' if far.down else ''}"


def _beside(bar: Bar) -> Sequence[str]:
    return bar.addresses


def _carries(bar: Bar, slots: Sequence[Slot]) -> str:
    ports = [slot.far.name for slot in slots if slot.far and slot.far.shown]
    address = f"has the address {listed(bar.addresses)}" if bar.addresses else "has no address"
    return f"{address} and {count(len(ports), 'port')}: {listed(ports)}" if ports else f"{address} and no port"


BRIDGE = MapKind(far=_far, leads=_leads, row=_row, bar="bridge", network="network", beside=_beside, carries=_carries)
