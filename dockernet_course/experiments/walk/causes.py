"""Why a packet went no further where no rule dropped it: the route or the setting of the kernel that did. Pure.

Read from the observation before the walk, at the place where the packet was seen last, and said only where nothing else
can have been: a packet that is not for the host itself, on a host that does not forward, comes no further (ip-sysctl in
the kernel's documentation). Where routing rules decide (ip-rule(8)), nothing is said of routes.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from dockernet_course.experiments.targets import HOST
from dockernet_course.experiments.walk.model import Hop, Packet, WalkVerdict
from dockernet_course.experiments.walk.plan import WalkPlan
from dockernet_course.observe import Namespace, Topology

__all__ = ["because"]

_TO = re.compile(r"(?:--to-destination |dnat (?:ip )?to )([\d.]+)")  # as iptables and nft print it


def because(plan: WalkPlan, packets: Sequence[Packet], found: WalkVerdict, world: Topology) -> str:
    """The fact, in words; empty where none proves it."""
    if found.outcome == "no neighbour":
        return _unheard(world.host, packets)
    asked = [packet for packet in packets if packet.role == "question" and not packet.by]
    if found.outcome == "not sent" and not plan.names and not asked:
        return _without_way(_space(world, plan, plan.places[plan.start].name), plan.source, plan.question.target)
    if not asked or found.outcome not in ("lost", "unreachable", "delivered"):
        return ""
    last = asked[0].hops[-1]
    if found.outcome == "delivered":
        return _without_way(_space(world, plan, last.at.space), last.at.space, _bare(last.source))
    if last.at.space == HOST and last.going == "in" and last.at.role in ("bridge", "uplink"):
        return _on_the_host(world.host, last, _target(asked[0]))
    return ""


def _target(packet: Packet) -> str:
    """Its target after the last hop: what a rule has put in its place, else what it was there."""
    rules = (found[1] for rule in packet.rules if (found := _TO.search(rule.text)))
    return next(rules, _bare(packet.hops[-1].target))


def _unheard(host: Namespace, packets: Sequence[Packet]) -> str:
    """Why the host does not say which MAC address an address of its own has: the filter is for ARP, too."""
    asked = (hop for each in packets if each.protocol == "arp" for hop in each.hops if host.holds(hop.target))
    came = (hop for hop in asked if (hop.at.space, hop.going, hop.at.role) == (HOST, "in", "bridge"))
    return next((_filtered(host, hop.at.interface, hop.source) for hop in came), "")


def _space(world: Topology, plan: WalkPlan, name: str) -> Namespace | None:
    inode = next((place.inode for place in plan.places if place.name == name), 0)
    return world.space(inode)


def _bare(end: str) -> str:
    """An address without its port."""
    return end.rpartition(":")[0] or end


def _without_way(space: Namespace | None, name: str, address: str) -> str:
    """That a namespace has no way to an address, or one that leads nowhere."""
    if space is None or space.rules or space.holds(address):
        return ""
    where = "the host" if space.host else name
    route = space.route_to(address)
    if route is None:
        return f"{where} has no route to {address}"
    return "" if route.kind == "unicast" else f"{where} has the route {route}"


def _on_the_host(host: Namespace, last: Hop, target: str) -> str:
    """Why the host passes a packet on to nobody."""
    device, source = last.at.interface, _bare(last.source)
    if host.holds(target):
        return ""
    rows = {row.device: row for row in host.netconf if row.family == 4}
    if host.forwards() is False:
        return "net.ipv4.ip_forward is 0 on the host"
    if device in rows and not rows[device].forwarding:
        return f"net.ipv4.conf.{device}.forwarding is 0 on the host"
    return _filtered(host, device, source) or _without_way(host, HOST, target)


def _filtered(host: Namespace, device: str, source: str) -> str:
    """That the reverse path filter drops what comes from there (RFC 3704): an answer would leave elsewhere."""
    back = host.route_to(source)
    if host.rules or back is None or host.rp_filter(device) != 1 or back.device == device:
        return ""
    return f"rp_filter is 1 at {device}, and an answer to {source} would leave by {back.device}"
