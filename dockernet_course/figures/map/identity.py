"""Who is who in several observations: which box a namespace belongs to, and which slot a veth pair becomes."""

from __future__ import annotations

from collections.abc import Sequence
from copy import copy

from dockernet_course.observe import Interface, Topology

__all__ = ["Identities"]


def _owners(topology: Topology) -> dict[int, str]:
    """Namespace → the container that it was made for."""
    by_name = sorted(topology.containers, key=lambda c: c.name, reverse=True)
    known = sorted(
        by_name, key=lambda c: not c.owner
    )  # the last one counts: who has not joined another, the first by name
    return {container.namespace: container.id for container in known if container.namespace is not None}


class Identities:
    """Names that hold over all the given observations; what a later one knows is true of the earlier ones too.

    In the film of a ``docker run`` the namespace is there before its container is, and both ends of the veth pair
    are in the host's namespace before one of them moves: the box and the slot are those of the end of the film.
    A slot's name is the one that its interface does not have while it is on the host.

    A namespace's number is not such a name: the kernel gives it to another one when it is free again. So an
    observation that knows the owner is believed first (``of``).
    """

    def __init__(self, topologies: Sequence[Topology]) -> None:
        self._owners: dict[int, str] = {}
        self._slots: dict[str, str] = {}
        self._boxes: dict[str, str] = {}
        self._plugged: set[str] = set()
        self._named: dict[tuple[int, int], str] = {}
        self._on_host = {i.name for topology in topologies for i in topology.host.interfaces}
        on_the_way = {(i.index, i.name) for topology in topologies for i in topology.host.interfaces}
        for topology in topologies:
            self._owners |= _owners(topology)
            found = {(n.inode, i.index): i.name for n in topology.namespaces for i in n.interfaces}
            self._named |= {at: name for at, name in found.items() if (at[1], name) not in on_the_way}
        for topology in topologies:
            self._learn_slots(topology)

    def of(self, topology: Topology) -> Identities:
        """The same, as it is in one of the observations."""
        its = copy(self)
        its._owners = self._owners | _owners(topology)
        return its

    def _learn_slots(self, topology: Topology) -> None:
        host, its = topology.host.inode, self.of(topology)
        self._plugged |= {i.name for i in topology.host.interfaces if i.master}
        for wire in topology.wires:
            for near, far in ((wire.a, wire.b), (wire.b, wire.a)):
                if far[0] == host and near[0] != host:
                    self._boxes[far[1]] = its.box(near[0])
                    if far[1] not in self._slots or near[1] not in self._on_host:
                        self._slots[far[1]] = f"{its.box(near[0])}/{near[1]}"

    def box(self, inode: int) -> str:
        """The key of the box that draws the namespace: its owner's id, or the namespace's own number."""
        return self._owners.get(inode, f"net:[{inode}]")

    def stays(self, name: str) -> bool:
        """Whether this interface of the host is, in some observation, the host end of a pair, or a port."""
        return name in self._slots or name in self._plugged

    def box_of_pair(self, host_end: str) -> str:
        """The key of the box to which the pair with this end on the host leads, or will lead."""
        return self._boxes.get(host_end, f"pair:{host_end}")

    def name(self, inode: int, interface: Interface) -> str:
        """What an interface is called that stays in the namespace; on its way there the engine calls it otherwise."""
        return self._named.get((inode, interface.index), interface.name)

    def slot(self, host_end: str | None, box: str, name: str) -> str:
        """The key of a slot: after the pair's end on the host where there is one, else after its own name."""
        return self._slots.get(host_end or "", f"{box}/{name}")
