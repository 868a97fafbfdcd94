"""What only the machine itself can tell: which way its kernel has for a packet, and whom a container asks for names."""

from __future__ import annotations

import re

from dockernet_course.experiments.model import Verdict
from dockernet_course.experiments.reason import Reason, always
from dockernet_course.experiments.situation import Situation
from dockernet_course.experiments.targets import HOST, is_address, whose
from dockernet_course.experiments.walk import Walk
from dockernet_course.experiments.walk.written import bare
from dockernet_course.experiments.why.evidence import of_output
from dockernet_course.experiments.why.model import Evidence
from dockernet_course.lab import View

__all__ = ["astray", "name_server", "route_of_the_kernel"]

_DOCKERS = "127.0.0.11"
_SERVERS = re.compile(r"^nameserver\s+(\S+)", re.MULTILINE)


def route_of_the_kernel(lab: View, walk: Walk) -> Evidence | None:
    """That the host's kernel has no route for the packet that was seen last there; None where it has one.

    The kernel is asked itself (``ip route get``, ip-route(8)), so tables and rules that no observation has count, too.
    """
    hops = [packet.hops[-1] for packet in walk if packet.role in ("question", "answer") and not packet.by]
    last = next((hop for hop in reversed(hops) if hop.at.space == HOST and hop.going == "in"), None)
    if last is None or walk.verdict.outcome not in ("lost", "unreachable"):
        return None
    asked = f"ip route get {bare(last.target)} from {bare(last.source)} iif {last.at.interface}"
    said = lab.host(asked)
    lines = tuple(line.rstrip() for line in said.text.splitlines() if line.strip())
    return None if said.ok else Evidence(asked, lines[:3])


def astray(lab: View, walk: Walk) -> tuple[str, Evidence] | None:
    """That the host sends the packet where its target is not: to a bridge of containers, or away from them."""
    target, host = walk.question.target, walk.world.host
    hop = next((p.hops[-1] for p in walk if p.role == "question" and not p.by), None)
    target = bare(hop.target) if hop else target
    if not is_address(target):
        return None
    route = host.route_to(target)
    theirs = bool(whose(walk.world, [target]))
    bridges = {bridge.name for bridge in walk.world.bridges}
    if route is None or host.rules or (route.device in bridges) == theirs:
        return None
    shown = of_output(lab.host(f"ip route get {target}"), f"ip route get {target}")
    whom = "a container is there, and not on that interface" if theirs else "no container has that address"
    return f"The host sends what is for {target} to {route.device}, and {whom}: its route is {route}.", shown


def name_server(lab: View, s: Situation) -> Reason | None:
    """That the source does not ask Docker's DNS, though it has one; None where it does."""
    container = s.source.container
    if s.verdict is not Verdict.NAME_NOT_FOUND or not s.named or not (container and container.pid):
        return None
    found = _SERVERS.findall(lab.observer.run(["cat", f"/proc/{container.pid}/root/etc/resolv.conf"]).text)
    if not found or _DOCKERS in found:
        return None
    asked = ", ".join(found)
    text = (
        f"{{source}} asks {asked} for names, as its /etc/resolv.conf says, and not Docker's DNS, which is {_DOCKERS}."
    )
    return Reason("name server", always, text)
