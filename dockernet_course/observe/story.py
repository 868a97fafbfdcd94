"""What an event means to somebody who learns: one slug and one sentence, or nothing. Pure.

Decided from the interface before and after the event, so the order in which an engine does things does not matter.
"""

from __future__ import annotations

from dataclasses import dataclass

from dockernet_course.observe.fold import World, find, place
from dockernet_course.observe.model import Interface, Namespace, Topology
from dockernet_course.observe.recording import Event

__all__ = ["Meaning", "meaning", "merges", "retitle"]


@dataclass(frozen=True)
class Meaning:
    """``what`` happened as a slug, ``title`` as a sentence, ``where`` as the name of a place.

    ``about`` is the interface: (inode, index).
    """

    what: str
    title: str
    where: str
    about: tuple[int, int]


def meaning(event: Event, old: Topology, new: Topology, here: World) -> Meaning | None:
    """The meaning of an event that led from ``old`` to ``new``; None for noise."""
    if event.of is not None:
        return None
    inode = place(event.nsid, here)
    before, after = find(old, inode), find(new, inode)
    told = _link(event, before, after, here) or _address(event, before, after) or _route(event, before, after, here)
    if told is None:
        return None
    return Meaning(*told, whereabouts(inode, here), (inode, event.index))


def whereabouts(inode: int, here: World) -> str:
    """What to call a namespace: "the host", or the containers in it."""
    if inode == here.after.host.inode:
        return "the host"
    names = [c.name for seen in (here.after, here.before) for c in seen.sharing(inode)]
    return " and ".join(dict.fromkeys(names)) or "a namespace"


def merges(last: Meaning, new: Meaning, state: Topology) -> bool:
    """Whether ``new`` belongs into the frame of ``last``: its other end, or the carrier that follows from "up"."""
    if new.what == "carrier":
        return last.what in ("up", "carrier")
    return new.what == last.what and new.what in ("created", "gone") and _pair(last.about, new.about, state)


def retitle(title: str, last: Meaning, new: Meaning, state: Topology) -> str:
    """The title of a frame into which ``new`` has merged; ``last`` is what the frame was about."""
    interface = _of(find(state, new.about[0]), new.about[1])
    if interface is None or new.about == last.about:
        return title
    if new.what == "created":
        return title.replace(": ", f" with {interface.name}: ")
    if new.what == "carrier" and interface.carrier and interface.kind == "veth":
        return f"{title.partition(';')[0]}; now both ends of the pair have a carrier"
    return title


def _pair(one: tuple[int, int], other: tuple[int, int], state: Topology) -> bool:
    """Whether two interfaces of one namespace are the two ends of a veth pair."""
    space = find(state, one[0])
    ends = {i.index: i.peer_index for i in space.interfaces} if space else {}
    return one[0] == other[0] and (ends.get(one[1]) == other[1] or ends.get(other[1]) == one[1])


def _of(space: Namespace | None, index: int) -> Interface | None:
    return next((i for i in space.interfaces if i.index == index), None) if space else None


def _link(event: Event, before: Namespace | None, after: Namespace | None, here: World) -> tuple[str, str] | None:
    link = event.link
    if link is None:
        return None
    old, new = _of(before, event.index), _of(after, event.index)
    if event.gone:
        return _gone(event, old, here)
    if new is None:
        return None
    return _appeared(event, new, here) if old is None else _changed(old, new)


def _gone(event: Event, old: Interface | None, here: World) -> tuple[str, str] | None:
    if old is None or event.link is None:
        return None
    if event.link.new_netnsid is not None:
        source = whereabouts(place(event.nsid, here), here)
        return "moved", f"{old.name} leaves {source}: an interface lives in exactly one network namespace"
    return "gone", f"{old.name} is deleted"


def _appeared(event: Event, new: Interface, here: World) -> tuple[str, str] | None:
    if new.kind == "veth" and new.peer_netnsid is not None:
        return "arrived", f"{new.name} arrives in {whereabouts(place(event.nsid, here), here)}"
    if new.kind == "veth":
        return "created", f"{new.name} is created: a veth pair, joined like the two ends of a cable"
    return "created", f"{'The bridge ' if new.kind == 'bridge' else ''}{new.name} is created"


def _changed(old: Interface, new: Interface) -> tuple[str, str] | None:
    if old.name != new.name:
        return "renamed", f"{old.name} is renamed {new.name}"
    if old.master != new.master:
        return _plugged(old, new)
    if old.mac != new.mac:
        return "mac", f"{new.name} gets its MAC address, {new.mac}"
    if old.up != new.up:
        return _switched(new)
    if old.carrier != new.carrier or old.state != new.state:
        return "carrier", f"{new.name}: state {new.state}"
    return None


def _plugged(old: Interface, new: Interface) -> tuple[str, str]:
    if new.master:
        return "attached", f"{new.name} is plugged into {new.master}: it becomes a port of the bridge"
    return "detached", f"{new.name} is unplugged from {old.master}"


def _switched(new: Interface) -> tuple[str, str]:
    if not new.up:
        return "down", f"{new.name} is switched off"
    waits = "NO-CARRIER" in new.flags and new.kind == "veth" and "LOWER_UP" not in new.flags
    return "up", f"{new.name} is switched on{'; no carrier yet, because the other end is off' if waits else ''}"


def _address(event: Event, before: Namespace | None, after: Namespace | None) -> tuple[str, str] | None:
    address = event.address
    interface = _of(before, event.index) if event.gone else _of(after, event.index)
    if address is None or interface is None or address.scope == "link":
        return None
    if event.gone:
        return "unaddressed", f"{interface.name} loses the address {address}"
    return "addressed", f"{interface.name} gets the address {address}"


def _route(event: Event, before: Namespace | None, after: Namespace | None, here: World) -> tuple[str, str] | None:
    route = event.route
    space = before if event.gone else after
    if route is None or space is None or route.destination != "default":
        return None
    if event.gone:
        return "unrouted", f"The default route via {route.gateway} is removed"
    owner = _owner(route.gateway, here)
    return "routed", f"The default route is set: all else goes via {route.gateway}{owner}"


def _owner(ip: str | None, here: World) -> str:
    """Which interface of the host has that address, in words."""
    names = [i.name for i in here.after.host.interfaces if ip in {a.ip for a in i.addresses}]
    return f", the address of {names[0]}" if names else ""
