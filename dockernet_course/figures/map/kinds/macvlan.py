"""Driver macvlan: a wire that ends on a bar which is itself the parent interface, without a port."""

from __future__ import annotations

from collections.abc import Sequence

from dockernet_course.figures.drawing.grammar import count
from dockernet_course.figures.map.kinds.kind import Far, MapKind, elsewhere
from dockernet_course.figures.map.scene import Bar, End, Slot
from dockernet_course.observe import Interface, Namespace, Topology

__all__ = ["MACVLAN"]


def _far(topology: Topology, namespace: Namespace, interface: Interface) -> Far:
    there = topology.beyond((namespace.inode, interface.name))
    if there is None:
        return None, f"{interface.kind}: parent not seen"
    if there[0] != topology.host.inode:
        return None, f"{interface.kind} of {elsewhere(topology, there)}"
    parent = topology.host.interface(there[1])
    return (End(parent.name, "host", down=not parent.up, bar=parent.name), "") if parent else (None, "")


def _leads(slot: Slot, far: End) -> str:
    what = ", ".join(filter(None, (slot.kind, slot.detail)))
    return f"its parent is {far.name} on the host ({what}){', which is down' if far.down else ''}"


def _row(slot: Slot, far: End) -> str:
    return f"{slot.kind} {slot.detail}".strip() + f", parent {far.name}{' (down)' if far.down else ''}"


def _beside(_: Bar) -> Sequence[str]:
    return ("parent interface",)


def _carries(bar: Bar, slots: Sequence[Slot]) -> str:
    return f"carries {count(len(slots), f'{bar.kind} interface') if slots else 'no interface'}"


MACVLAN = MapKind(
    far=_far,
    leads=_leads,
    row=_row,
    bar="parent interface",
    network="macvlan network",
    beside=_beside,
    carries=_carries,
)
