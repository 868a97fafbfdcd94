"""At which address a question is put, read from one observation. Pure.

Everybody asks at the address that they would use: a container the host at its gateway, the host itself at 127.0.0.1.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from ipaddress import ip_address, ip_network

from dockernet_course.experiments.ask import Place, Question
from dockernet_course.experiments.model import KINDS, Family, Protocol, Way
from dockernet_course.observe import Address, Container, Namespace, PortBinding, Topology, held_by

__all__ = [
    "HOST",
    "OUTSIDE",
    "SERVICE_PORT",
    "Party",
    "addresses",
    "binding",
    "canonical",
    "is_address",
    "is_loopback",
    "party",
    "question",
    "service_port",
    "space",
    "uplink",
    "whose",
    "with_port",
]

HOST, OUTSIDE = "host", "outside"
SERVICE_PORT = 80
_LOOPBACK: dict[Family, str] = {4: "127.0.0.1", 6: "::1"}
_USUAL: dict[Protocol, int] = {"tcp": SERVICE_PORT, "udp": 53}
_BOTH: tuple[Family, ...] = (4, 6)


@dataclass(frozen=True)
class Party:
    """Who asks or is asked: what the text calls it, and the container's id; the host and the outside have none."""

    name: str
    id: str = ""


def party(place: Place) -> Party:
    """The place as one who asks or is asked, under the text's name."""
    return Party(place.name, getattr(place, "id", ""))


def is_loopback(text: str) -> bool:
    """Whether it is an address at which everybody finds itself (RFC 1122 §3.2.1.3, RFC 4291 §2.5.3)."""
    return is_address(text) and ip_address(text).is_loopback


def with_port(text: str) -> tuple[str, int | None]:
    """A name or an address, and the port behind it: "web:5432", "[fd00::2]:5432" (RFC 3986 §3.2.2); or None."""
    name, colon, digits = text.rpartition(":")
    bracketed = name.startswith("[") and name.endswith("]")
    if colon and digits.isdecimal() and (bracketed or ":" not in name):
        return name.strip("[]"), int(digits)
    return text, None


def is_address(text: str) -> bool:
    """Whether it is an IP address, and not a name."""
    try:
        ip_address(text)
    except ValueError:
        return False
    return True


def canonical(address: str) -> str:
    """As the kernel's tools write it: of IPv6 in RFC 5952's short form."""
    return str(ip_address(address))


def question(
    topology: Topology,
    source: Party,
    target: Party,
    way: Way,
    port: int | None = None,
    family: Family | None = None,
    at: str = "",
    protocol: Protocol = "tcp",
) -> Question | None:
    """What to ask; None when there is nothing to ask: oneself, no address, no published port, a source that is off.

    Oneself can be asked by way of a published port.

    ``port`` is the target's own; without one, that of its service. ``family``: by which; without one IPv4, and IPv6
    where there is no other. ``at`` is the address to ask, without one the nearest. By UDP only ports are asked.
    """
    if (source == target and way != "published") or (source.id and not topology.container(source.id).namespace):
        return None
    if protocol == "udp" and way not in ("port", "published"):
        return None
    if way == "name":
        return Question("ping", topology.container(target.id).name, family=family)
    if way == "published":
        return _published(topology, source, topology.container(target.id), port, family, protocol)
    found = (_address(topology, source, target, each) for each in ([family] if family else _BOTH))
    at = at or next(filter(None, found), "")
    if not at:
        return None
    if way == "address":
        return Question("ping", at)
    return Question(KINDS[protocol], at, port or service_port(topology, target, protocol))


def service_port(topology: Topology, target: Party, protocol: Protocol = "tcp") -> int:
    """The port at which the target's own server listens; of several the lowest, and 80 (by UDP 53) if it does there.

    So it is, too, if none does. One that hears only itself counts as none: others would not find it.
    """
    held = held_by(topology, topology.container(target.id)) if target.id else ()
    found = {each.port for each in held if each.protocol == protocol and not each.to_itself}
    usual = _USUAL[protocol]
    return usual if not found or usual in found else min(found)


def whose(topology: Topology, found: Iterable[str]) -> tuple[str, ...]:
    """The names of the containers that have one of these addresses."""
    spaces = {n.inode for n in topology.namespaces if not {a.ip for a in addresses(n, every=True)}.isdisjoint(found)}
    return tuple(c.name for c in topology.containers if c.namespace in spaces)


def _published(
    topology: Topology, source: Party, target: Container, port: int | None, family: Family | None, protocol: Protocol
) -> Question | None:
    found = binding(target, port, family, protocol)
    at = _host_from(topology, source, family or 4)
    if not found or at is None:
        return None
    return Question(KINDS[protocol], at, found.host_port)


def binding(
    target: Container, port: int | None = None, family: Family | None = None, protocol: Protocol = "tcp"
) -> PortBinding | None:
    """The published port that leads to ``port``; without one, and of several, to the service's.

    With a ``family`` that of an address of it; else of IPv4, if there are both.
    """
    there = [p for p in target.ports if p.host_port and p.protocol == protocol and port in (None, p.port)]
    fits = [p for p in there if family is None or (":" in p.host_ip) == (family == 6)]
    return min(fits, key=lambda p: (p.port != _USUAL[protocol], ":" in p.host_ip), default=None)


def _address(topology: Topology, source: Party, target: Party, family: Family) -> str | None:
    """The target's address in a network where the source has one, too, else its first."""
    there = space(topology, target)
    if there is None or there.host:
        return _host_from(topology, source, family) if there else None
    near = addresses(space(topology, source), family)
    held = addresses(there, family)
    return next((a.ip for a in held if any(_meet(a, b) for b in near)), held[0].ip if held else None)


def _host_from(topology: Topology, source: Party, family: Family) -> str | None:
    """At which address the source finds the engine's host, or None."""
    here = space(topology, source)
    if here is None:
        return uplink(topology.host, family)
    if here.host:
        return _LOOPBACK[family]
    route = here.way_out(family)
    gateway = route.gateway if route and not (route.gateway or "").startswith("fe80:") else None  # needs a zone
    return gateway or next(_bridges(topology, source, family), None)


def uplink(host: Namespace, family: Family) -> str | None:
    """The host's address towards the outside."""
    route = host.way_out(family)
    out = host.interface(route.device) if route else None
    held = out.address(family) if out else None
    return held.ip if held else None


def _bridges(topology: Topology, source: Party, family: Family) -> Iterator[str]:
    """The host's addresses on the bridges of the source's networks; last, the default bridge's."""
    ends = topology.container(source.id).endpoints
    for network in (*(end.network for end in ends), "bridge"):
        bridge = next((b for b in topology.bridges if b.network == network), None)
        interface = topology.host.interface(bridge.name) if bridge else None
        held = interface.address(family) if interface else None
        if held:
            yield held.ip


def space(topology: Topology, party: Party) -> Namespace | None:
    """The network namespace in which somebody is: the host's or a container's; None if off, or outside."""
    if party.id:
        return topology.namespace(party.id)
    return topology.host if party.name == HOST else None


def addresses(namespace: Namespace | None, family: Family = 4, *, every: bool = False) -> tuple[Address, ...]:
    """The addresses of a namespace that others can use, of a family; or ``every`` one, of both."""
    everything = (a for i in (namespace.interfaces if namespace else ()) for a in i.addresses)
    return tuple(a for a in everything if (every or a.family == family) and a.scope == "global")


def _meet(one: Address, other: Address) -> bool:
    """Whether the two are in one subnet."""
    return ip_address(one.ip) in ip_network(str(other), strict=False)
