"""Fold the kernel's events over an observation: what the network looked like after each of them. Pure.

Folded are interfaces, addresses, routes, bridges and wires; neighbours are not.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from dockernet_course.observe import relate
from dockernet_course.observe.decorate import carrier
from dockernet_course.observe.discover import Space
from dockernet_course.observe.model import Bridge, Container, Interface, Namespace, Topology
from dockernet_course.observe.netlink import Link
from dockernet_course.observe.recording import Event

__all__ = ["World", "find", "fold", "name_them", "place", "world"]


@dataclass(frozen=True)
class World:
    """What the events do not say: which number means which namespace, and what Docker calls what came out.

    ``nsids`` maps each namespace's inode to the numbers that it uses. ``spoken`` are the (inode, index) of the
    interfaces that some event is about.
    """

    before: Topology
    after: Topology
    nsids: Mapping[int, Mapping[int, int]]
    spoken: frozenset[tuple[int, int]]


def world(before: Topology, after: Topology, spaces: Iterable[Space], events: Iterable[Event]) -> World:
    """Gather it; ``spaces`` are those of both observations, the later ones last."""
    nsids: dict[int, dict[int, int]] = {}
    for space in spaces:
        nsids.setdefault(space.inode, {}).update(space.nsids)
    here = World(before, after, nsids, frozenset())
    return replace(here, spoken=frozenset((place(event.nsid, here), event.index) for event in events))


def place(nsid: int | None, here: World) -> int:
    """The inode of the namespace that the host knows as ``nsid``; a made-up negative one when nobody saw it."""
    host = here.after.host.inode
    return host if nsid is None else here.nsids[host].get(nsid, -1 - nsid)


def find(seen: Topology, inode: int) -> Namespace | None:
    """The namespace with that inode."""
    return next((space for space in (seen.host, *seen.namespaces) if space.inode == inode), None)


def fold(seen: Topology, event: Event, here: World) -> Topology:
    """The topology after the event."""
    if event.of is not None:
        lost = place(event.of, here) if event.gone else None
        return replace(seen, namespaces=tuple(space for space in seen.namespaces if space.inode != lost))
    inode = place(event.nsid, here)
    known = find(seen, inode)
    if known is None and event.gone:
        return seen
    space = _apply(known or _newcomer(inode, here), event)
    if space.host:
        seen = replace(seen, host=space)
    else:
        seen = replace(seen, namespaces=(*(other for other in seen.namespaces if other.inode != inode), space))
    return _relate(seen, event.link, here)


def _newcomer(inode: int, here: World) -> Namespace:
    """A namespace of which we hear for the first time, with what it must have had already: its ``lo``."""
    later = find(here.after, inode)
    interfaces = later.interfaces if later else ()
    return Namespace(inode, False, tuple(i for i in interfaces if (inode, i.index) not in here.spoken))


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
    """The interface as the event describes it; what is switched off has no IPv4 routes (the kernel does not say so)."""
    old = next((i for i in space.interfaces if i.index == link.index), None)
    (new,) = relate.interfaces([link], {link.index: old.addresses if old else ()})
    master = _name(space, link.master_index) if link.master_index is not None else None
    new = replace(new, master=master)
    others = tuple(i for i in space.interfaces if i.index != link.index)
    routes = tuple(replace(r, device=new.name) if old and r.device == old.name else r for r in space.routes)
    if not new.up:
        routes = tuple(r for r in routes if r.device != new.name or r.family == 6)
    return replace(space, interfaces=tuple(sorted((*others, new), key=lambda i: i.index)), routes=routes)


def _with_address(space: Namespace, event: Event) -> Namespace:
    def change(i: Interface) -> Interface:
        if i.index != event.index or event.address is None:
            return i
        others = tuple(a for a in i.addresses if (a.ip, a.prefix) != (event.address.ip, event.address.prefix))
        return replace(i, addresses=others if event.gone else (*others, event.address))

    return replace(space, interfaces=tuple(map(change, space.interfaces)))


def _with_route(space: Namespace, event: Event) -> Namespace:
    name = _name(space, event.index)
    if event.route is None or name is None:
        return space
    route = replace(event.route, device=name)
    others = tuple(r for r in space.routes if r != route)
    return replace(space, routes=others if event.gone else (*others, route))


def _name(space: Namespace, index: int) -> str | None:
    return next((i.name for i in space.interfaces if i.index == index), None)


def _relate(seen: Topology, link: Link | None, here: World) -> Topology:
    """Wires and bridges follow from the interfaces."""
    spaces = (seen.host, *seen.namespaces)
    nsids = {space.inode: here.nsids.get(space.inode) or {0: seen.host.inode} for space in spaces}
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
    return replace(seen, wires=relate.wires(spaces, nsids), bridges=bridges)


def name_them(seen: Topology, here: World, *, last: bool = False) -> Topology:
    """Docker's names on a folded topology: a container is there from the moment its namespace is heard of."""
    inodes = {space.inode for space in (seen.host, *seen.namespaces)}
    later = {c.id for c in here.after.containers}
    gone = () if last else tuple(c for c in here.before.containers if c.id not in later)
    old = {c.id for c in here.before.containers}
    now = tuple(c for c in here.after.containers if last or c.id in old or c.namespace in inodes - {seen.host.inode})
    containers = sorted((_settled(c, seen, inodes) for c in (*now, *gone)), key=lambda c: c.name)
    known = {n.id for n in here.before.networks}
    names = {i.name for i in seen.host.interfaces}
    networks = tuple(n for n in here.after.networks if last or n.id in known or n.bridge in names)
    used = {c.namespace for c in containers}
    return replace(
        seen,
        containers=tuple(containers),
        networks=networks,
        namespaces=tuple(n for n in seen.namespaces if n.inode in used),
    )


def _settled(container: Container, seen: Topology, inodes: set[int]) -> Container:
    """The container as far as it has come: its endpoints only where an interface carries them already."""
    namespace = find(seen, container.namespace) if container.namespace is not None else None
    endpoints = tuple(replace(e, interface=carrier(e, namespace)) for e in container.endpoints)
    return replace(
        container,
        namespace=container.namespace if container.namespace in inodes else None,
        endpoints=tuple(e for e in endpoints if e.interface or not e.ip),
    )
