"""What is on the host's edge: published ports, the interfaces that lead out, and the address rewriting there."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from dockernet_course.figures.map.scene import PublishedPort, Uplink, natural
from dockernet_course.observe import Container, Interface, Network, PortBinding, Topology

__all__ = ["nat", "published", "uplinks"]

EVERYWHERE = ("", "0.0.0.0", "::")  # noqa: S104 — only compared with


def published(topology: Topology) -> tuple[PublishedPort, ...]:
    """The published ports, by port number; one of all IPv4 and of all IPv6 addresses with the same number is one."""
    found: dict[str, tuple[int, PublishedPort]] = {}
    for container in sorted(topology.containers, key=lambda c: natural(c.name)):
        for port in container.ports:
            if port.host_port is not None and container.mine:
                shown = _one(container, port, port.host_port)
                found.setdefault(shown.key, (port.host_port, shown))
    return tuple(shown for _, shown in sorted(found.values(), key=lambda item: (item[0], item[1].key)))


def _one(container: Container, port: PortBinding, host_port: int) -> PublishedPort:
    ip = f"[{port.host_ip}]" if ":" in port.host_ip else port.host_ip
    suffix = "" if port.protocol == "tcp" else f"/{port.protocol}"
    host = f"{'' if _everywhere(container, port) else ip}:{host_port}{suffix}"
    return PublishedPort(f"{container.id}/{host}", host, f"{container.name}:{port.port}")


def _everywhere(container: Container, port: PortBinding) -> bool:
    """Whether it is a port of all addresses of both families: the other one's has the same number."""
    same = {p.host_ip for p in container.ports if replace(p, host_ip="") == replace(port, host_ip="")}
    return port.host_ip in EVERYWHERE and ("" in same or {*EVERYWHERE[1:]} <= same)


def uplinks(topology: Topology, plugged: Iterable[str]) -> tuple[Uplink, ...]:
    """The host's interfaces that are neither bridges nor ends of a drawn pair; the way out first."""
    host = topology.host
    out = {route.device for route in host.routes if route.destination == "default"}
    loose = {end[1] for wire in topology.wires for end in (wire.a, wire.b) if end[0] == host.inode}
    found = [i for i in host.interfaces if _leads_out(i) and i.name not in {*plugged, *loose}]
    links = (Uplink(i.name, tuple(str(a) for a in i.addresses if a.scope == "global"), i.name in out) for i in found)
    return tuple(sorted(links, key=lambda link: (not link.default, natural(link.key))))


def _leads_out(interface: Interface) -> bool:
    addressed = any(a.scope == "global" for a in interface.addresses)
    return interface.kind not in {"loopback", "bridge"} and interface.master is None and addressed


def nat(topology: Topology) -> tuple[str, ...]:
    """The bridges of networks whose packets leave the host under its address: a rule of its firewall was seen."""
    ways = [(route.family, route.device) for route in topology.host.routes if route.destination == "default"]
    return tuple(n.bridge for n in topology.networks if n.bridge and not n.internal and _leaves(n, topology, ways))


def _leaves(network: Network, topology: Topology, ways: Sequence[tuple[int, str]]) -> bool:
    """Whether what comes from one of its subnets is masqueraded on the way out of that family."""
    return any(
        rule.takes(subnet, device)
        for subnet in network.subnets
        for family, device in ways
        if family == (6 if ":" in subnet else 4)
        for rule in topology.masquerades
    )
