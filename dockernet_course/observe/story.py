"""What an event means to somebody who learns: one slug and one sentence, or nothing. Pure.

Decided from the interface before and after the event, so the order in which an engine does things does not matter.
"""

from __future__ import annotations

from dataclasses import dataclass

from dockernet_course.observe.fold import World, place
from dockernet_course.observe.kinds import of_link
from dockernet_course.observe.model import Interface, Namespace, Topology
from dockernet_course.observe.recording import Event

__all__ = ["Meaning", "meaning", "merges", "retitle"]


@dataclass(frozen=True)
class Meaning:
    """``what`` happened as a slug, ``title`` as a sentence, ``where`` as the name of a place.

    ``about`` is the interface, (inode, index), and ``peer`` the other end of its pair, where that is known.
    """

    what: str
    title: str
    where: str
    about: tuple[int, int]
    peer: tuple[int, int] | None


def meaning(event: Event, old: Topology, new: Topology, here: World) -> Meaning | None:
    """The meaning of an event that led from ``old`` to ``new``; None for noise.

    Carriers come and go by themselves, a moment after "up" or "down", in no fixed order: no step of their own.
    """
    if event.of is not None:
        return None
    inode = place(event.nsid, here)
    was, now = _of(old.space(inode), event.index), _of(new.space(inode), event.index)
    peer = _peer(new, inode, now) or _peer(old, inode, was)
    told = _link(event, was, now, peer, new, here) or _address(event, was, now) or _route(event, here)
    subject = now or was
    if told is None or (subject and subject.kind == "loopback"):
        return None
    return Meaning(*told, whereabouts(inode, here), (inode, event.index), peer and (peer[0], peer[1].index))


def whereabouts(inode: int, here: World) -> str:
    """What to call a namespace: "the host", or the containers in it."""
    if inode == here.after.host.inode:
        return "the host"
    names = [c.name for seen in (here.after, here.before) for c in seen.sharing(inode)]
    return " and ".join(dict.fromkeys(names)) or "a namespace"


def merges(last: Meaning, new: Meaning) -> bool:
    """Whether ``new`` belongs into the frame of ``last``: the other end of a pair comes or goes with the first.

    An end that is made in another namespace (engines from 28 on make the container's there) has a frame of its own.
    """
    pair = new.about == last.peer or (new.peer is not None and new.peer == last.about)
    together = new.what == "gone" or (new.what == "created" and new.about[0] == last.about[0])
    return pair and new.what == last.what and together


def retitle(last: Meaning, new: Meaning) -> str:
    """The title of a frame that tells of both ends of a pair, and of where each was, if not in one place."""
    apart = last.where != new.where
    names = " and ".join(end.title.split()[0] + (f" ({end.where})" if apart else "") for end in (last, new))
    if new.what == "created":
        return f"{names} are created: a veth pair, joined like the two ends of a cable"
    return f"{names} are deleted: a veth pair goes together"


def _of(space: Namespace | None, index: int) -> Interface | None:
    return next((i for i in space.interfaces if i.index == index), None) if space else None


def _peer(seen: Topology, inode: int, interface: Interface | None) -> tuple[int, Interface] | None:
    """The other end of a pair: its namespace and itself."""
    for wire in seen.wires:
        for near, far in ((wire.a, wire.b), (wire.b, wire.a)):
            space = seen.space(far[0])
            if interface and space and near == (inode, interface.name) and (found := space.interface(far[1])):
                return far[0], found
    return None


def _link(
    event: Event,
    old: Interface | None,
    new: Interface | None,
    peer: tuple[int, Interface] | None,
    seen: Topology,
    here: World,
) -> tuple[str, str] | None:
    if event.link is None:
        return None
    if event.gone:
        return _gone(event, old, here)
    if new is None:
        return None
    return _appeared(event, new, seen, here) if old is None else _changed(old, new, peer)


def _gone(event: Event, old: Interface | None, here: World) -> tuple[str, str] | None:
    if old is None or event.link is None:
        return None
    if event.link.new_netnsid is not None:
        return "moved", f"{old.name} leaves {whereabouts(place(event.nsid, here), here)}"
    return "gone", f"{old.name} is deleted"


def _appeared(event: Event, new: Interface, seen: Topology, here: World) -> tuple[str, str]:
    if (new.index, new.name) in here.away:
        where = whereabouts(place(event.nsid, here), here)
        return "arrived", f"{new.name} arrives {'on' if where == 'the host' else 'in'} {where}"
    return "created", f"{new.name} is created{_as_what(event, new, seen, here)}"


def _as_what(event: Event, new: Interface, seen: Topology, here: World) -> str:
    """What has come: a bridge; what is made on a parent; or the host end of a pair whose other end is elsewhere."""
    if new.kind == "bridge":
        return ", a bridge"
    kind, far = of_link(new.kind), seen.beyond((place(event.nsid, here), new.name))
    if kind.pair:  # the kernel names the other end's place before that end is seen
        apart = event.nsid is None and new.peer_netnsid is not None
        far = (place(new.peer_netnsid, here), "") if apart else None
    return kind.created.format(name=far[1], there=whereabouts(far[0], here)) if far else ""


def _changed(old: Interface, new: Interface, peer: tuple[int, Interface] | None) -> tuple[str, str] | None:
    if old.name != new.name:
        return "renamed", f"{old.name} is renamed {new.name}"
    if old.master != new.master and new.master:
        return "attached", f"{new.name} is attached to {new.master}: it becomes a port of the bridge"
    if old.master != new.master:
        return "detached", f"{new.name} is detached from {old.master}"
    if old.mac != new.mac:
        return "mac", f"{new.name} gets its MAC address, {new.mac}"
    if old.up != new.up:
        return _set_up_or_down(new, peer)
    return None


def _set_up_or_down(new: Interface, peer: tuple[int, Interface] | None) -> tuple[str, str]:
    if not new.up:
        return "down", f"{new.name} goes down"
    if peer is None:
        return "up", f"{new.name} comes up"
    if peer[1].up:
        return "up", f"{new.name} comes up: now both ends of the pair are up, so they have a carrier"
    return "up", f"{new.name} comes up; no carrier yet, because the other end is down"


def _address(event: Event, old: Interface | None, new: Interface | None) -> tuple[str, str] | None:
    """An address that comes or goes; the kernel tells of it again when an interface is renamed."""
    address = event.address
    if address is None or address.scope == "link" or old is None or new is None or old.addresses == new.addresses:
        return None
    known = {(a.ip, a.prefix) for a in old.addresses}
    if event.gone:
        return "unaddressed", f"{old.name} loses the address {address}"
    return (
        ("addressed", f"{new.name} gets the address {address}") if (address.ip, address.prefix) not in known else None
    )


def _route(event: Event, here: World) -> tuple[str, str] | None:
    """A default route; the routes to connected networks come with their addresses."""
    route = event.route
    if route is None or route.destination != "default":
        return None
    family = "IPv6 " if route.family == 6 else ""
    if event.gone:
        return "unrouted", f"The {family}default route via {route.gateway} is removed"
    return "routed", f"The {family}default route is set: all else goes via {route.gateway}{_owner(route.gateway, here)}"


def _owner(ip: str | None, here: World) -> str:
    """Which interface of the host has that address, in words."""
    names = [i.name for i in here.after.host.interfaces if ip in {a.ip for a in i.addresses}]
    return f", the address of {names[0]}" if names else ""
