"""Second step, relate: from raw messages to namespaces, wires and bridges. Pure; knows the kernel, not Docker."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache

from dockernet_course.observe import netlink
from dockernet_course.observe.discover import Space
from dockernet_course.observe.kernel import Address, Bridge, Interface, Listener, Namespace, ParentLink, VethPair
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
    listeners: tuple[Listener, ...] = ()


def relate(spaces: tuple[Space, ...]) -> Related:
    """Decode every namespace and find what is connected with what."""
    namespaces = tuple(
        _namespace(
            space.inode,
            space is spaces[0],
            *(space.links, space.addresses, space.routes, space.neighbours, space.routing, space.netconf),
        )
        for space in spaces
    )
    nsids = {space.inode: space.nsids for space in spaces}
    rules = masquerades(spaces[0].rules, spaces[0].legacy)
    bars = bridges(map(netlink.link, spaces[0].links))
    pairs, above = wires(namespaces, nsids), parents(namespaces, nsids)
    return Related(namespaces, pairs, bars, rules, above, tuple(listeners(spaces, namespaces)))


Dumped = tuple[bytes, ...]


@lru_cache(maxsize=512)
def _namespace(
    inode: int,
    host: bool,
    linked: Dumped,
    addressed: Dumped,
    routed: Dumped,
    neighbours: Dumped,
    routing: Dumped,
    netconf: Dumped,
) -> Namespace:
    """One namespace; most are as they were at the last look."""
    links = tuple(map(netlink.link, linked))
    names = {link.index: link.name for link in links}
    named = {-1: "all", -2: "default", **names}
    addresses: dict[int, list[Address]] = {}
    for index, address in map(netlink.address, addressed):
        addresses.setdefault(index, []).append(address)
    routes = (seen for message in routed for seen in netlink.routes(message))
    near = (seen for seen in map(netlink.neighbour, neighbours) if seen)
    settings = (seen for seen in map(netlink.netconf, netconf) if seen[0] in named)
    return Namespace(
        inode=inode,
        host=host,
        interfaces=interfaces(links, addresses),
        routes=tuple(route(device=names.get(index, "")) for index, route in routes),
        neighbours=tuple(replace(n, device=names.get(index, "")) for index, n in near),
        rules=tuple(rule for rule in map(netlink.routing_rule, routing) if rule),
        netconf=tuple(row(named[index]) for index, row in settings),
    )


def listeners(spaces: tuple[Space, ...], namespaces: Iterable[Namespace]) -> Iterator[Listener]:
    """The sockets that wait in each namespace, and whose they are."""
    names = {namespace.inode: {i.index: i.name for i in namespace.interfaces} for namespace in namespaces}
    holders: dict[str, list[list[str]]] = {}
    for words in (line.split(maxsplit=3) for space in spaces for line in space.held):
        holders.setdefault(words[0], []).append(words[1:])
    for space in spaces:
        for ident, protocol, address, port, only, index in map(str.split, space.sockets):
            whose = holders.get(ident, [])
            owners = frozenset(owner for _, names, *_ in whose for owner in names.split(",") if owner != "-")
            pid, _, process = (*whose[0], "")[:3] if whose else ("0", "", "")
            limit, device = 6 if only == "6" else None, names[space.inode].get(int(index), "")
            yield Listener(space.inode, protocol, address, int(port), limit, device, process, int(pid), owners)


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
            port_state=link.port_state,
            isolated=link.isolated,
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
