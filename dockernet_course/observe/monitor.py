"""An event in the words of ``ip -ts -d monitor all-nsid``, in short: without queueing, group and sizes. Pure."""

from __future__ import annotations

from dockernet_course.observe.kinds import of_link
from dockernet_course.observe.model import Address, Namespace, Route
from dockernet_course.observe.netlink import Link
from dockernet_course.observe.recording import Event

__all__ = ["words"]


def words(event: Event, space: Namespace) -> str:
    """What the monitor prints; ``space`` is the event's namespace when it happened, which knows its interfaces' names.

    (iproute2 itself goes on using an interface's first name for addresses and routes in other namespaces.)
    """
    origin = "[nsid current]" if event.nsid is None else f"[nsid {event.nsid}]"
    deleted = "Deleted " if event.gone else ""
    name = next((i.name for i in space.interfaces if i.index == event.index), f"if{event.index}")
    if event.link:
        return f"{origin}{deleted}{_link(event.link, space)}"
    if event.address:
        return f"{origin}{deleted}{event.index}: {name}    {_address(event.address, name)}"
    if event.route:
        return f"{origin}{deleted}{_route(event.route, name)}"
    return f"{origin}{deleted}nsid {event.of}"


def _link(link: Link, space: Namespace) -> str:
    names = {i.index: i.name for i in space.interfaces}
    flags = [*link.flags]
    peer = ""
    if link.peer_index is not None and link.peer_netnsid is None:
        peer = f"@{names.get(link.peer_index, 'NONE')}"
        down = next((not i.up for i in space.interfaces if i.index == link.peer_index), False)
        flags += ["M-DOWN"] if down else []
    elif link.peer_index is not None:
        peer = f"@if{link.peer_index}"
    elif of_link(link.kind).pair:
        peer = "@NONE"
    master = f" master {names.get(link.master_index, link.master_index)}" if link.master_index is not None else ""
    first = f"{link.index}: {link.name}{peer}: <{','.join(flags)}> mtu {link.mtu}{master} state {link.state}"
    moved = f" new-netnsid {link.new_netnsid} new-ifindex {link.new_index}" if link.new_netnsid is not None else ""
    far = f" link-netnsid {link.peer_netnsid}" if link.peer_netnsid is not None else ""
    return f"{first}\n    link/{'loopback' if link.kind == 'loopback' else 'ether'} {link.mac}{far}{moved}"


def _address(address: Address, name: str) -> str:
    family = "inet" if address.family == 4 else "inet6"
    label = f" {name}" if address.family == 4 else ""
    return f"{family} {address} scope {address.scope}{label}"


def _route(route: Route, name: str) -> str:
    gateway = f" via {route.gateway}" if route.gateway else ""
    scope = f" scope {route.scope}" if route.scope != "global" else ""
    source = f" src {route.source}" if route.source else ""
    return f"{route.destination}{gateway} dev {name}{scope}{source}"
