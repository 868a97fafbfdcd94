"""Third step, decorate: Docker's names on the kernel's facts. Pure.

Version-proof reading: a container's networks only from ``NetworkSettings.Networks`` (the top-level fields are gone
from API 1.52 on), every field of it optional, ``null`` and absent alike; a joiner has ``Networks: {}``.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from ipaddress import ip_address, ip_network
from typing import Any

from dockernet_course.lab import COMPOSE_PROJECT, COMPOSE_SERVICE, PREDEFINED
from dockernet_course.observe.discover import LABEL, Json, Seen, name_of
from dockernet_course.observe.kinds import of_driver
from dockernet_course.observe.model import (
    Asked,
    Bridge,
    Container,
    Endpoint,
    Namespace,
    Network,
    PortBinding,
    Topology,
)
from dockernet_course.observe.relate import Related

__all__ = ["carrier", "decorate"]


def decorate(related: Related, seen: Seen) -> Topology:
    """The topology: Docker's containers, networks and endpoints put on the kernel's facts."""
    host = related.namespaces[0]
    networks = tuple(sorted((_network(n, host, seen) for n in seen.networks), key=_order))
    containers = tuple(sorted((_container(c, related, seen) for c in seen.containers), key=lambda c: c.name))
    gone = {c.id: c.name for c in containers}
    return Topology(
        engine=seen.engine,
        host=host,
        namespaces=_in_order(related.namespaces[1:], containers),
        containers=containers,
        networks=networks,
        bridges=tuple(_owned(bridge, networks) for bridge in related.bridges),
        wires=related.wires,
        vanished=tuple(gone.get(i, i[:12]) for i in seen.vanished),
        foreign=seen.foreign,
        masquerades=related.masquerades,
        parents=related.parents,
        listeners=related.listeners,
    )


def _in_order(namespaces: Iterable[Namespace], containers: tuple[Container, ...]) -> tuple[Namespace, ...]:
    """In the order of the containers' names."""
    inodes = [c.namespace for c in containers]
    return tuple(sorted((n for n in namespaces if n.inode in inodes), key=lambda n: inodes.index(n.inode)))


def _order(network: Network) -> tuple[int, str]:
    """The predefined ones first, then by name."""
    return (PREDEFINED.index(network.name) if network.name in PREDEFINED else len(PREDEFINED)), network.name


def _owned(bridge: Bridge, networks: tuple[Network, ...]) -> Bridge:
    return replace(bridge, network=next((n.name for n in networks if n.bridge == bridge.name), None))


def _network(api: Json, host: Namespace, seen: Seen) -> Network:
    options = {str(k): str(v) for k, v in (api.get("Options") or {}).items()}
    pools = [pool for pool in (api.get("IPAM") or {}).get("Config") or () if pool.get("Subnet")]
    kind = of_driver(api.get("Driver") or "")
    bridge, parent = _seen(kind.bridge(api), host), _seen(kind.parent(api), host)
    gateways = (pool.get("Gateway") or _seen_gateway(pool["Subnet"], bridge, host) for pool in pools)
    predefined = api["Name"] in PREDEFINED
    mine = not predefined and (seen.whole or (api.get("Labels") or {}).get(LABEL) == seen.lab)
    return Network(
        name=api["Name"],
        id=api["Id"],
        driver=api.get("Driver") or "",
        scope=api.get("Scope") or "",
        subnets=tuple(pool["Subnet"] for pool in pools),
        gateways=tuple(filter(None, gateways)),
        internal=bool(api.get("Internal")),
        ipv6=bool(api.get("EnableIPv6")),
        bridge=bridge,
        options=tuple(sorted(options.items())),
        mine=mine,
        parent=parent,
        project=_label(api, COMPOSE_PROJECT),
    )


def _seen(name: str, host: Namespace) -> str | None:
    """The host's interface of that name, if it is really there."""
    return name if host.interface(name) else None


def _seen_gateway(subnet: str, bridge: str | None, host: Namespace) -> str:
    """The bridge's own address in the subnet: a fresh 20.10 does not tell the default bridge's gateway."""
    interface = host.interface(bridge) if bridge else None
    addresses = [a.ip for a in interface.addresses] if interface else []
    return next((ip for ip in addresses if ip_address(ip) in ip_network(subnet, strict=False)), "")


def _container(api: Json, related: Related, seen: Seen) -> Container:
    space = next((s for s in seen.spaces if api["Id"] in s.containers), None)
    namespace = next((n for n in related.namespaces if space and n.inode == space.inode), None)
    inspected = seen.inspected.get(api["Id"])
    attached = _networks(api).items()
    told = _networks(inspected or {})
    return Container(
        name=name_of(api),
        id=api["Id"],
        image=api.get("Image") or "",
        state=api.get("State") or "",
        network_mode=(api.get("HostConfig") or {}).get("NetworkMode") or "",
        namespace=namespace.inode if namespace else None,
        pid=space.containers[api["Id"]] if space else None,
        endpoints=tuple(_endpoint(name, e or {}, told.get(name) or {}, namespace) for name, e in sorted(attached)),
        ports=tuple(sorted(map(_port, api.get("Ports") or ()), key=_by_number)),
        asked=_asked(inspected) if inspected else None,
        project=_label(api, COMPOSE_PROJECT),
        service=_label(api, COMPOSE_SERVICE),
    )


def _label(api: Json, name: str) -> str:
    return str((api.get("Labels") or {}).get(name) or "")


def _networks(api: Mapping[str, Any]) -> Mapping[str, Any]:
    return (api.get("NetworkSettings") or {}).get("Networks") or {}


def _by_number(port: PortBinding) -> tuple[int, str, str]:
    return port.port, port.protocol, port.host_ip


def _asked(inspected: Json) -> Asked:
    """What ``docker inspect`` has under HostConfig and Config."""
    host, config = inspected.get("HostConfig") or {}, inspected.get("Config") or {}
    publish = (
        PortBinding(int(number), protocol or "tcp", one.get("HostIp") or "", _wanted(one.get("HostPort") or ""))
        for port, wanted in (host.get("PortBindings") or {}).items()
        for number, _, protocol in [port.partition("/")]
        for one in wanted or [{}]
    )
    return Asked(
        publish=tuple(sorted(publish, key=_by_number)),
        publish_all=bool(host.get("PublishAllPorts")),
        extra_hosts=tuple(host.get("ExtraHosts") or ()),
        dns=tuple(host.get("Dns") or ()),
        dns_search=tuple(host.get("DnsSearch") or ()),
        dns_options=tuple(host.get("DnsOptions") or ()),
        hostname=config.get("Hostname") or "",
        links=tuple(host.get("Links") or ()),
        restart=(host.get("RestartPolicy") or {}).get("Name") or "",
        userns=host.get("UsernsMode") or "",
    )


def _wanted(port: str) -> int:
    """The port of the host that was asked for; 0 where Docker chooses: any, or one of a range ("9000-9010")."""
    return int(port) if port.isdecimal() else 0


def _endpoint(
    network: str, api: Mapping[str, Any], inspected: Mapping[str, Any], namespace: Namespace | None
) -> Endpoint:
    """The list has its addresses, but not the names that somebody gave it: those only an inspection tells."""
    endpoint = Endpoint(
        network=network,
        id=api.get("EndpointID") or "",
        ip=api.get("IPAddress") or "",
        prefix=api.get("IPPrefixLen") or 0,
        gateway=api.get("Gateway") or "",
        ipv6=api.get("GlobalIPv6Address") or "",
        ipv6_prefix=api.get("GlobalIPv6PrefixLen") or 0,
        ipv6_gateway=api.get("IPv6Gateway") or "",
        mac=api.get("MacAddress") or "",
        aliases=tuple(inspected.get("Aliases") or ()),
        dns_names=tuple(inspected.get("DNSNames") or ()),
    )
    return replace(endpoint, interface=carrier(endpoint, namespace))


def carrier(endpoint: Endpoint, namespace: Namespace | None) -> str | None:
    """The interface that really carries the endpoint: by its address, else by its MAC."""
    interfaces = namespace.interfaces if namespace else ()
    wanted = {endpoint.ip, endpoint.ipv6} - {""}
    by_address = (i.name for i in interfaces if wanted & {a.ip for a in i.addresses})
    by_mac = (i.name for i in interfaces if endpoint.mac and i.mac == endpoint.mac)
    return next(by_address, None) or next(by_mac, None)


def _port(api: Json) -> PortBinding:
    return PortBinding(api["PrivatePort"], api.get("Type") or "tcp", api.get("IP") or "", api.get("PublicPort") or None)
