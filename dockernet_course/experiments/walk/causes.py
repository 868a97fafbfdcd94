"""Why a packet went no further where no rule dropped it: the route or the setting of the kernel that did. Pure.

Read from the observation before the walk, at the place where the packet was seen last, and said only where nothing else
can have been: a packet that is not for the host itself, on a host that does not forward, comes no further (ip-sysctl in
the kernel's documentation). IPv6 has one setting for all interfaces, and no filter of the way back. Where routing rules
decide (ip-rule(8)), nothing is said of routes.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from dockernet_course.experiments.targets import HOST
from dockernet_course.experiments.walk import sizes
from dockernet_course.experiments.walk.model import Hop, Packet, WalkVerdict
from dockernet_course.experiments.walk.plan import WalkPlan
from dockernet_course.experiments.walk.written import bare
from dockernet_course.observe import Namespace, Topology

__all__ = ["because", "on_the_host", "space_of"]

_TO = re.compile(
    r"(?:--to-destination |dnat (?:ip6? )?to )([\d.]+|\[[^]]+\]|[0-9a-f:]+)"
)  # as iptables and nft print it


def because(plan: WalkPlan, packets: Sequence[Packet], found: WalkVerdict, world: Topology) -> str:
    """The fact, in words; empty where none proves it."""
    if found.outcome == "no neighbour":
        return _unheard(world, plan, packets)
    asked = [packet for packet in packets if packet.role == "question" and not packet.by]
    if found.outcome == "not sent" and not plan.names and not asked:
        return _not_sent(plan, world)
    if not asked or found.outcome not in ("lost", "unreachable", "delivered"):
        return ""
    last = asked[0].hops[-1]
    if (
        found.outcome in ("lost", "unreachable")
        and plan.question.size
        and (narrow := _too_large(plan, world, asked[0]))
    ):
        return narrow
    if found.outcome == "delivered":
        return _without_way(space_of(world, plan, last.at.space), last.at.space, bare(last.source))
    if last.at.space == HOST and last.going == "in" and last.at.role in ("bridge", "uplink"):
        return on_the_host(world.host, last, _target(asked[0]))
    return ""


def _not_sent(plan: WalkPlan, world: Topology) -> str:
    space, target = space_of(world, plan, plan.places[plan.start].name), plan.question.target
    if plan.question.size:
        size = plan.question.size + sizes.HEADERS[6 if ":" in target else 4]
        if narrow := sizes.narrow_here(space, plan.source, target, size):
            return narrow
    return _without_way(space, plan.source, target)


def _too_large(plan: WalkPlan, world: Topology, packet: Packet) -> str:
    return sizes.narrow(world, space_of(world, plan, packet.hops[-1].at.space), packet, _target(packet))


def _target(packet: Packet) -> str:
    """Its target after the last hop: what a rule has put in its place, else what it was there."""
    rules = (found[1].strip("[]") for rule in packet.rules if (found := _TO.search(rule.text)))
    return next(rules, bare(packet.hops[-1].target))


def _unheard(world: Topology, plan: WalkPlan, packets: Sequence[Packet]) -> str:
    """Why who has an address does not say so."""
    asked = [hop for each in packets if each.info.startswith("who has") for hop in each.hops]
    spaces = ((name, space_of(world, plan, name)) for name in (HOST, *(place.name for place in plan.places)))
    trials = (_on_trial(name, space, hop.target) for name, space in spaces if space for hop in asked)
    return next(filter(None, trials), "") or _filters(world.host, asked)


def _on_trial(name: str, space: Namespace, address: str) -> str:
    """That its own kernel does not use the address yet, or not at all: somebody else has it (RFC 4862 §5.4)."""
    where = "the host" if name == HOST else name
    held = (a for interface in space.interfaces for a in interface.addresses if a.ip == address and a.dad)
    return next((f"{where} has the address {a.ip} marked as {a.dad}, and does not answer for it" for a in held), "")


def _filters(host: Namespace, asked: Sequence[Hop]) -> str:
    """Why the host does not say which MAC address an address of its own has: the filter is for ARP, too."""
    came = (hop for hop in asked if (hop.at.space, hop.going, hop.at.role) == (HOST, "in", "bridge"))
    its = (hop for hop in came if host.holds(hop.target) and ":" not in hop.target)
    return next((_filtered(host, hop.at.interface, hop.source) for hop in its), "")


def space_of(world: Topology, plan: WalkPlan, name: str) -> Namespace | None:
    """The network namespace of the plan's place of that name."""
    inode = next((place.inode for place in plan.places if place.name == name), 0)
    return world.space(inode)


def _without_way(space: Namespace | None, name: str, address: str) -> str:
    """That a namespace has no way to an address, or one that leads nowhere."""
    if space is None or space.rules or space.holds(address):
        return ""
    where = "the host" if space.host else name
    route = space.route_to(address)
    if route is None:
        lacks = "no IPv6 address and " if ":" in address and not _has_ipv6(space) else ""
        return f"{where} has {lacks}no route to {address}"
    return "" if route.kind == "unicast" else f"{where} has the route {route}"


def _has_ipv6(space: Namespace) -> bool:
    return any(interface.address(6) for interface in space.interfaces if interface.kind != "loopback")


def on_the_host(host: Namespace, last: Hop, target: str) -> str:
    """Why the host passes a packet on to nobody."""
    if host.holds(target):
        return ""
    six = ":" in target
    if host.forwards(6 if six else 4) is False:
        return f"{'net.ipv6.conf.all.forwarding' if six else 'net.ipv4.ip_forward'} is 0 on the host"
    return ("" if six else _stopped(host, last)) or _without_way(host, HOST, target)


def _stopped(host: Namespace, last: Hop) -> str:
    """What IPv4 has besides: each interface's own setting, and the filter."""
    device = last.at.interface
    rows = {row.device: row for row in host.netconf if row.family == 4}
    if device in rows and not rows[device].forwarding:
        return f"net.ipv4.conf.{device}.forwarding is 0 on the host"
    return _filtered(host, device, bare(last.source))


def _filtered(host: Namespace, device: str, source: str) -> str:
    """That the reverse path filter drops what comes from there (RFC 3704): an answer would leave elsewhere."""
    back = host.route_to(source)
    if host.rules or back is None or host.rp_filter(device) != 1 or back.device == device:
        return ""
    return f"rp_filter is 1 at {device}, and an answer to {source} would leave by {back.device}"
