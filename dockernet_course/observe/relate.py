"""Second step, relate: from raw messages to namespaces, wires and bridges. Pure; knows the kernel, not Docker."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

from dockernet_course.observe import netlink
from dockernet_course.observe.discover import Space
from dockernet_course.observe.kernel import Address, Bridge, Interface, Namespace, ParentLink, VethPair
from dockernet_course.observe.kinds import of_link
from dockernet_course.observe.masquerade import Masquerade, masquerades
from dockernet_course.observe.netlink import Link

__all__ = ["Related", "bridges", "interfaces", "parents", "relate", "wires"]


Nsids = Mapping[int, Mapping[int, int]]
_Place = tuple[int, Interface]


@dataclass(frozen=True)
class Related:
    """The kernel's facts of one moment: ``namespaces`` begins with the host's."""

    namespaces: tuple[Namespace, ...]
    wires: tuple[VethPair, ...]
    bridges: tuple[Bridge, ...]
    masquerades: tuple[Masquerade, ...] = ()
    parents: tuple[ParentLink, ...] = ()


def relate(spaces: tuple[Space, ...]) -> Related:
    """Decode every namespace and find what is connected with what."""
    links = {space.inode: tuple(netlink.link(m) for m in space.links) for space in spaces}
    namespaces = tuple(_namespace(space, links[space.inode], host=space is spaces[0]) for space in spaces)
    nsids = {space.inode: space.nsids for space in spaces}
    rules = masquerades(spaces[0].rules, spaces[0].legacy)
    bars = bridges(links[spaces[0].inode])
    return Related(namespaces, wires(namespaces, nsids), bars, rules, parents(namespaces, nsids))


def _namespace(space: Space, links: tuple[Link, ...], *, host: bool) -> Namespace:
    names = {link.index: link.name for link in links}
    addresses: dict[int, list[Address]] = {}
    for index, address in map(netlink.address, space.addresses):
        addresses.setdefault(index, []).append(address)
    routes = [seen for seen in map(netlink.route, space.routes) if seen]
    neighbours = [seen for seen in map(netlink.neighbour, space.neighbours) if seen]
    return Namespace(
        inode=space.inode,
        host=host,
        interfaces=interfaces(links, addresses),
        routes=tuple(replace(route, device=names.get(index, "")) for index, route in routes),
        neighbours=tuple(replace(n, device=names.get(index, "")) for index, n in neighbours),
    )


def interfaces(links: Iterable[Link], addresses: Mapping[int, Iterable[Address]]) -> tuple[Interface, ...]:
    """The interfaces of one namespace, by index; a master outside of it stays unnamed."""
    links = sorted(links, key=lambda link: link.index)
    names = {link.index: link.name for link in links}
    return tuple(
        Interface(
            name=link.name,
            index=link.index,
            kind=link.kind,
            mac=link.mac,
            mtu=link.mtu,
            state=link.state,
            flags=link.flags,
            addresses=tuple(addresses.get(link.index, ())),
            peer_index=link.peer_index,
            peer_netnsid=link.peer_netnsid,
            master=names.get(link.master_index) if link.master_index is not None else None,
            detail=link.detail,
        )
        for link in links
    )


def wires(namespaces: Iterable[Namespace], nsids: Nsids) -> tuple[VethPair, ...]:
    """The veth pairs of which both ends were seen and name each other; the host's namespace must come first."""
    found: dict[frozenset[tuple[int, int]], VethPair] = {}
    for (here, near), (there, far) in _leads(namespaces, nsids):
        if of_link(near.kind).pair and far.kind == near.kind and far.peer_index == near.index:
            pair = frozenset({(here, near.index), (there, far.index)})
            found.setdefault(pair, VethPair((here, near.name), (there, far.name)))
    return tuple(found.values())


def parents(namespaces: Iterable[Namespace], nsids: Nsids) -> tuple[ParentLink, ...]:
    """The interfaces that are made on another one, where that was seen, too."""
    return tuple(
        ParentLink((here, near.name), (there, far.name))
        for (here, near), (there, far) in _leads(namespaces, nsids)
        if of_link(near.kind).leads_to == "parent"
    )


def _leads(namespaces: Iterable[Namespace], nsids: Nsids) -> Iterator[tuple[_Place, _Place]]:
    """Where IFLA_LINK leads, an index in the namespace that IFLA_LINK_NETNSID is the number of (none: in its own)."""
    known = {(space.inode, i.index): i for space in namespaces for i in space.interfaces}
    for (inode, _), near in known.items():
        there = inode if near.peer_netnsid is None else nsids.get(inode, {}).get(near.peer_netnsid)
        if there is not None and (far := known.get((there, near.peer_index or 0))):
            yield (inode, near), (there, far)


def bridges(links: Iterable[Link]) -> tuple[Bridge, ...]:
    """The Linux bridges of one namespace with their ports, no Docker network named yet."""
    links = tuple(links)
    return tuple(
        Bridge(b.name, b.bridge_id, b.stp, tuple(port.name for port in links if port.master_index == b.index))
        for b in links
        if b.kind == "bridge"
    )
