"""Fold the kernel's events over an observation: what the network looked like after each of them. Pure.

Folded are interfaces, addresses, routes, bridges, wires and parents; neighbours are not.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from dockernet_course.observe import relate
from dockernet_course.observe.decorate import carrier
from dockernet_course.observe.discover import Space
from dockernet_course.observe.kinds import of_link
from dockernet_course.observe.model import Bridge, Container, Interface, Namespace, Topology
from dockernet_course.observe.netlink import Link
from dockernet_course.observe.recording import Event

__all__ = ["World", "advance", "fold", "name_them", "place", "world"]


@dataclass(frozen=True)
class World:
    """What the events do not say: which number means which namespace, and what Docker calls what came out.

    ``nsids`` maps each namespace's inode to the numbers that it uses, at this moment of the film; ``later`` holds the
    host's numbers at its end. ``spoken`` are the (inode, index) of the interfaces that some event is about, ``away``
    the (index, name) of those that have left a namespace so far.
    """

    before: Topology
    after: Topology
    nsids: Mapping[int, Mapping[int, int]]
    later: Mapping[int, int]
    spoken: frozenset[tuple[int, int]] = frozenset()
    away: frozenset[tuple[int, str]] = frozenset()


def world(before: Topology, after: Topology, spaces: Iterable[Space], events: Iterable[Event]) -> World:
    """Gather it; ``spaces`` are those of both observations, the later ones last.

    A number can be given again: it means what it meant before until the kernel takes it back.
    """
    nsids: dict[int, dict[int, int]] = {}
    later: dict[int, int] = {}
    for space in spaces:
        known = nsids.setdefault(space.inode, {})
        known.update({number: inode for number, inode in space.nsids.items() if number not in known})
        later = dict(space.nsids) if space.inode == after.host.inode else later
    here = World(before, after, nsids, later)
    end = replace(here, nsids={after.host.inode: later})
    spoken = ((place(event.nsid, moment), event.index) for event in events for moment in (here, end))
    return replace(here, spoken=frozenset(spoken))


def advance(here: World, event: Event) -> World:
    """The world after the event."""
    if event.gone and event.of is not None:
        host = here.after.host.inode
        numbers = {n: inode for n, inode in here.nsids[host].items() if n != event.of}
        if event.of in here.later:
            numbers[event.of] = here.later[event.of]
        return replace(here, nsids={**here.nsids, host: numbers})
    if event.gone and event.link and event.link.new_index is not None:
        return replace(here, away=here.away | {(event.link.new_index, event.link.name)})
    return here


def place(nsid: int | None, here: World) -> int:
    """The inode of the namespace that the host knows as ``nsid``; a made-up negative one when nobody saw it."""
    host = here.after.host.inode
    return host if nsid is None else here.nsids.get(host, {}).get(nsid, -1 - nsid)


def fold(seen: Topology, event: Event, here: World) -> Topology:
    """The topology after the event."""
    if event.of is not None:
        lost = place(event.of, here) if event.gone else None
        return replace(seen, namespaces=tuple(space for space in seen.namespaces if space.inode != lost))
    inode = place(event.nsid, here)
    known = seen.space(inode)
    if known is None and event.gone:
        return seen
    if event.gone and event.link and event.link.new_netnsid is not None:
        seen = _follow(seen, inode, event.link, here)
    seen = _put(seen, _apply(seen.space(inode) or _newcomer(inode, here), event))
    return _relate(seen, event.link, here)


def _put(seen: Topology, space: Namespace) -> Topology:
    if space.host:
        return replace(seen, host=space)
    return replace(seen, namespaces=(*(n for n in seen.namespaces if n.inode != space.inode), space))


def _follow(seen: Topology, source: int, link: Link, here: World) -> Topology:
    """One end of a pair moves: the other end knows where to, though the kernel tells it only later."""
    near = (source, link.name)
    far = next((w.b if w.a == near else w.a for w in seen.wires if near in (w.a, w.b)), None)
    space = seen.space(far[0]) if far else None
    if far is None or space is None or link.new_netnsid is None:
        return seen
    target = _nsids(source, here).get(link.new_netnsid, -1 - link.new_netnsid)
    numbers = (number for number, inode in _nsids(far[0], here).items() if inode == target)
    number = None if far[0] == target else link.new_netnsid if far[0] == source else next(numbers, None)
    moved = (
        replace(i, peer_index=link.new_index, peer_netnsid=number) if i.name == far[1] else i for i in space.interfaces
    )
    return _put(seen, replace(space, interfaces=tuple(moved)))


def _nsids(inode: int, here: World) -> Mapping[int, int]:
    """The numbers that a namespace uses; one that nobody looked into knows the host first."""
    return here.nsids.get(inode) or {0: here.after.host.inode}


def _newcomer(inode: int, here: World) -> Namespace:
    """A namespace of which we hear for the first time, with what it must have had already: its ``lo``."""
    later = here.after.space(inode)
    interfaces = later.interfaces if later else ()
    known = (i for i in interfaces if i.kind == "loopback" or (inode, i.index) not in here.spoken)
    return Namespace(inode, False, tuple(known))


def _apply(space: Namespace, event: Event) -> Namespace:
    if event.link:
        return _without(space, event.index) if event.gone else _with_link(space, event.link)
    if event.address:
        return _with_address(space, event)
    return _with_route(space, event)


def _without(space: Namespace, index: int) -> Namespace:
    """The interface is gone, and what went through it."""
    name = _name(space, index)
    return replace(
        space,
        interfaces=tuple(i for i in space.interfaces if i.index != index),
        routes=tuple(r for r in space.routes if r.device != name),
    )


def _with_link(space: Namespace, link: Link) -> Namespace:
    """The interface as the event describes it; what is down has no IPv4 routes (the kernel does not say so)."""
    old = next((i for i in space.interfaces if i.index == link.index), None)
    (new,) = relate.interfaces([link], {link.index: old.addresses if old else ()})
    if old and of_link(new.kind).pair and new.peer_index is None:  # said while its pair is being deleted
        new = replace(new, peer_index=old.peer_index, peer_netnsid=old.peer_netnsid)
    master = _name(space, link.master_index) if link.master_index is not None else None
    new = replace(new, master=master)
    others = (_paired(i, link) for i in space.interfaces if i.index != link.index)
    routes = tuple(replace(r, device=new.name) if old and r.device == old.name else r for r in space.routes)
    if not new.up:
        routes = tuple(r for r in routes if r.device != new.name or r.family == 6)
    return replace(space, interfaces=tuple(sorted((*others, new), key=lambda i: i.index)), routes=routes)


def _paired(other: Interface, link: Link) -> Interface:
    """The end of a pair that was created first learns of the second."""
    ends = of_link(link.kind).pair and other.kind == link.kind
    if ends and other.index == link.peer_index and link.peer_netnsid is None:
        return replace(other, peer_index=link.index, peer_netnsid=None)
    return other


def _with_address(space: Namespace, event: Event) -> Namespace:
    def change(i: Interface) -> Interface:
        if i.index != event.index or event.address is None:
            return i
        others = tuple(a for a in i.addresses if (a.ip, a.prefix) != (event.address.ip, event.address.prefix))
        return replace(i, addresses=others if event.gone else (*others, event.address))

    return replace(space, interfaces=tuple(map(change, space.interfaces)))


def _with_route(space: Namespace, event: Event) -> Namespace:
    name = _name(space, event.index)
    if event.route is None or (name is None and event.route.kind == "unicast"):
        return space
    route = replace(event.route, device=name or "")
    others = tuple(r for r in space.routes if r != route)
    return replace(space, routes=others if event.gone else (*others, route))


def _name(space: Namespace, index: int) -> str | None:
    return next((i.name for i in space.interfaces if i.index == index), None)


def _relate(seen: Topology, link: Link | None, here: World) -> Topology:
    """Wires, parents and bridges follow from the interfaces."""
    spaces = (seen.host, *seen.namespaces)
    nsids = {space.inode: _nsids(space.inode, here) for space in spaces}
    nsids[seen.host.inode] = _unnamed(spaces) | dict(nsids[seen.host.inode])
    known = {bridge.name: bridge for bridge in (*here.after.bridges, *seen.bridges)}
    if link and link.kind == "bridge" and link.bridge_id:
        owner = known.get(link.name)
        known[link.name] = Bridge(link.name, link.bridge_id, link.stp, (), owner.network if owner else None)
    ports = {b: tuple(i.name for i in seen.host.interfaces if i.master == b) for b in known}
    bridges = tuple(
        replace(known[i.name], ports=ports[i.name])
        for i in seen.host.interfaces
        if i.kind == "bridge" and i.name in known
    )
    wires, parents = relate.wires(spaces, nsids), relate.parents(spaces, nsids)
    return replace(seen, wires=wires, bridges=bridges, parents=parents)


def _unnamed(spaces: Iterable[Namespace]) -> dict[int, int]:
    """The host's numbers for namespaces that nobody looked into, which ``place`` made up."""
    return {-1 - space.inode: space.inode for space in spaces if space.inode < 0}


def name_them(seen: Topology, here: World, *, last: bool = False) -> Topology:
    """Docker's names on a folded topology: a container is there from the moment its namespace is heard of."""
    inodes = {space.inode for space in (seen.host, *seen.namespaces)}
    if last:
        return _end(seen, here, inodes)
    old = {c.id: c for c in here.before.containers}
    new = {c.id: c for c in here.after.containers if c.id in old or c.namespace in inodes - {seen.host.inode}}
    heard = {i: c for i, c in new.items() if c.namespace in inodes or i not in old}
    containers = sorted((_settled(c, seen, inodes) for c in {**old, **heard}.values()), key=lambda c: c.name)
    known = {n.id for n in here.before.networks}
    names = {i.name for i in seen.host.interfaces}
    networks = tuple(n for n in here.after.networks if n.id in known or n.bridge in names)
    used = {c.namespace for c in containers}
    namespaces = tuple(n for n in seen.namespaces if n.inode in used)
    return replace(seen, containers=tuple(containers), networks=networks, namespaces=namespaces)


def _end(seen: Topology, here: World, inodes: set[int]) -> Topology:
    """The last frame: the names of the observation after, and the namespaces that never said a word."""
    used = {c.namespace for c in here.after.containers}
    silent = tuple(n for n in here.after.namespaces if n.inode not in inodes)
    namespaces = tuple(n for n in (*seen.namespaces, *silent) if n.inode in used)
    named = replace(seen, containers=here.after.containers, networks=here.after.networks, namespaces=namespaces)
    return replace(named, masquerades=here.after.masquerades)


def _settled(container: Container, seen: Topology, inodes: set[int]) -> Container:
    """The container as far as it has come: its endpoints only where an interface has the address already."""
    namespace = seen.space(container.namespace) if container.namespace is not None else None
    there = {a.ip for i in namespace.interfaces for a in i.addresses} if namespace else set()
    return replace(
        container,
        namespace=container.namespace if container.namespace in inodes else None,
        endpoints=tuple(
            replace(e, interface=carrier(e, namespace)) for e in container.endpoints if not e.ip or e.ip in there
        ),
    )
