"""From a project to one that can be rehearsed: its networks with stand-ins for the images, as a Compose file. Pure.

Only what is about the network is taken over. No image, volume, file, secret or right of the project is in it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from ipaddress import ip_address
from pathlib import Path
from typing import Any

from dockernet_course.engines import LAB_IMAGE
from dockernet_course.rehearsal.addressing import bad_addresses, family, free_subnets, nets, other_addresses, overlaps
from dockernet_course.rehearsal.model import ComposeNetwork, ComposePort, ComposeProject, ComposeService, Membership
from dockernet_course.rehearsal.ports import listens_at

__all__ = ["StandIns", "clashing_ports", "stand_ins"]

_OPTIONS = "com.docker.network."
_OF_THE_HOST = ("com.docker.network.bridge.name", "com.docker.network.bridge.host_binding_ipv4")
_NAME = re.compile(r"[a-zA-Z0-9][a-zA-Z0-9_.-]+")  # moby, daemon/names
_PROGRAM = Path(__file__).with_name("stand_in.py").read_text("utf-8")
_IDLE = ["sleep", "2147483647"]
_MODES = ("", "host", "none", "bridge", "default")


@dataclass
class StandIns:
    """The file that is brought up, and what was done otherwise than the project says: (keys in the file, words)."""

    file: dict[str, Any] = field(default_factory=dict)
    changed: list[tuple[tuple[str | int, ...], str]] = field(default_factory=list)

    def note(self, words: str, *keys: str | int) -> None:
        """Something cannot be rebuilt."""
        self.changed.append((keys, words))


def stand_ins(project: ComposeProject) -> StandIns:
    """Stand-ins for all services, in all networks."""
    made = StandIns({"name": project.name})
    made.file["networks"] = {each.key: spec for each, spec in _networks(project, made)}
    addresses = _addresses(project, made)
    dropped = clashing_ports(project)
    made.file["services"] = {
        service.name: _service(project, service, made, dropped, addresses) for service in project.services
    }
    made.file = _escaped(made.file)
    return made


# --- networks ---


def _networks(project: ComposeProject, made: StandIns) -> Iterator[tuple[ComposeNetwork, dict[str, Any]]]:
    """Each network with a subnet: the file's own if it can be, else one that no other has."""
    clash = {each.network for each in overlaps(project)}
    four, six = free_subnets(net for network in project.networks for net in nets(network))
    for network in project.networks:
        kept = [] if network.key in clash else [dict(pool) for pool in network.pools if pool.get("subnet")]
        good = len(nets(network)) == len(network.subnets)
        _told_of(network, made, clash=network.key in clash, good=good)
        kept = kept if good else []
        versions = {family(pool["subnet"]) for pool in kept}
        pools = kept + ([{"subnet": next(four)}] if 4 not in versions else [])
        pools += [{"subnet": next(six)}] if network.ipv6 and 6 not in versions else []
        yield (
            network,
            {
                "name": network.name,
                "driver": "bridge",
                "internal": network.internal,
                "enable_ipv6": network.ipv6 or 6 in versions,
                "driver_opts": {key: value for key, value in network.options.items() if _option(key)},
                "ipam": {"config": pools},
            },
        )


def _told_of(network: ComposeNetwork, made: StandIns, *, clash: bool, good: bool) -> None:
    keys = ("networks", network.key)
    if network.external:
        made.note(f"the network {network.name} is made elsewhere (external): an empty one stands in", *keys)
    if network.driver != "bridge":
        made.note(f"the network {network.key} is rebuilt as a bridge, not with driver {network.driver}", *keys)
    if clash or not good:
        made.note(f"the network {network.key} gets another subnet", *keys, "ipam")
    for option in network.options:
        if not _option(option):
            made.note(f"the network {network.key}: its option {option}", *keys, "driver_opts", option)


def _option(name: str) -> bool:
    return name.startswith(_OPTIONS) and name not in _OF_THE_HOST


# --- services ---

Addresses = dict[tuple[str, str], list[str]]
Clashes = dict[tuple[str, int], str]


def _addresses(project: ComposeProject, made: StandIns) -> Addresses:
    """For service and network: the addresses that it is given there."""
    bad = {(each.service, each.network, each.address) for each in bad_addresses(project)}
    given: Addresses = {}
    for network in project.networks:
        kept: dict[str, list[str]] = {}
        clash = network.external or network.key in {each.network for each in overlaps(project)}
        for service in project.members(network.key):
            member = service.within(network.key)
            for address in member.addresses if member else ():
                if clash or (service.name, network.key, address) in bad:
                    made.note(f"the address {address} in {network.key}", *_keys(service), "networks", network.key)
                else:
                    kept.setdefault(service.name, []).append(address)
        others = other_addresses(network, kept, [each.name for each in project.members(network.key)])
        for name in {**kept, **others}:
            given[name, network.key] = [*kept.get(name, []), *others.get(name, [])]
    return given


def _service(
    project: ComposeProject, service: ComposeService, made: StandIns, dropped: Clashes, given: Addresses
) -> dict[str, Any]:
    _left_out(service, made)
    ports = listens_at(service)
    spec: dict[str, Any] = {
        "image": LAB_IMAGE,
        "command": ["python3", "-c", _PROGRAM, *ports] if ports else _IDLE,
        "container_name": _container_name(project, service, made),
    }
    mode = _mode(project, service, made)
    if mode:
        spec["network_mode"] = mode
    else:
        spec["networks"] = {each.network: _member(service, each, given) for each in service.networks}
    if not service.shares:  # there they are the other one's, and Docker refuses them
        spec["hostname"] = service.hostname
        spec["extra_hosts"] = [f"{name}={address}" for name, address in service.extra_hosts]
        spec["expose"] = list(service.expose)
    if mode in ("", "bridge", "default"):
        spec["ports"] = [_port(service, n, made, dropped) for n in range(len(service.ports))]
        spec["links"] = [f"{other}:{alias}" for other, alias in service.links if project.service(other)]
    return {key: value for key, value in spec.items() if value}


def _container_name(project: ComposeProject, service: ComposeService, made: StandIns) -> str:
    first = next(each for each in project.services if each.container_name == service.container_name)
    if service.container_name and (first != service or not _NAME.fullmatch(service.container_name)):
        made.note(f"{service.name}: the container's name {service.container_name}", *_keys(service), "container_name")
        return ""
    return service.container_name


def _mode(project: ComposeProject, service: ComposeService, made: StandIns) -> str:
    if service.mode in _MODES or project.service(service.shares):
        return service.mode
    made.note(f"network_mode {service.mode} leads out of this file: none stands in", *_keys(service), "network_mode")
    return "none"


def _member(service: ComposeService, each: Membership, given: Addresses) -> dict[str, Any]:
    addresses = {f"ipv{family(a)}_address": a for a in given.get((service.name, each.network), ())}
    return {**({"aliases": list(each.aliases)} if each.aliases else {}), **addresses}


def _port(service: ComposeService, number: int, made: StandIns, dropped: Clashes) -> dict[str, Any]:
    port = service.ports[number]
    spec: dict[str, Any] = {"target": port.port, "protocol": port.protocol}
    at = (*_keys(service), "ports")
    if (service.name, number) in dropped:
        made.note(f"{port} is published, but on a port that Docker chooses: {port.published} is taken", *at)
    elif port.published:
        spec["published"] = port.published
    if port.host_ip and (port.everywhere or _loopback(port)):
        spec["host_ip"] = port.host_ip
    elif port.host_ip:
        made.note(f"{port} is published on all addresses: the rehearsal's host has no {port.host_ip}", *at)
    return spec


def _loopback(port: ComposePort) -> bool:
    try:
        return ip_address(port.host_ip).is_loopback
    except ValueError:
        return False


def clashing_ports(project: ComposeProject) -> dict[tuple[str, int], str]:
    """Published ports (service, number in its list) that another one has taken already, and whose that is.

    Who is in the host's network namespace has taken those at which it listens.
    """
    in_host = (each for each in project.services if each.mode == "host")
    taken = [(_at_host(port), each.name) for each in in_host for port in listens_at(each)]
    found = {}
    for service in project.services:
        if service.mode not in ("", "bridge", "default") or project.closed(service):
            continue
        for number, port in enumerate(service.ports):
            other = next((name for each, name in taken if port.meets(each)), None)
            if other is not None:
                found[service.name, number] = other
            taken.append((port, service.name))
    return found


def _at_host(port: str) -> ComposePort:
    number, _, protocol = port.partition("/")
    return ComposePort(int(number), protocol, number)


# --- what is not taken over ---

_KEPT_AWAY = {
    "build": "what it builds",
    "volumes": "volumes",
    "volumes_from": "volumes of another container",
    "secrets": "secrets",
    "configs": "configs",
    "devices": "devices",
    "privileged": "privileged",
    "cap_add": "capabilities",
    "sysctls": "sysctls",
    "dns": "name servers",
    "dns_search": "search domains",
    "external_links": "links to containers outside of this file",
    "pid": "another's processes",
    "env_file": "the variables of a file, which is not read",
}


def _left_out(service: ComposeService, made: StandIns) -> None:
    for key, words in _KEPT_AWAY.items():
        if service.raw.get(key):
            made.note(f"{service.name}: {words}", *_keys(service), key)
    replicas = service.raw.get("scale") or (service.raw.get("deploy") or {}).get("replicas") or 1
    if replicas != 1:
        made.note(f"{service.name}: one container, not {replicas}", *_keys(service), "deploy")


def _keys(service: ComposeService) -> tuple[str, str]:
    return "services", service.name


def _escaped(value: Any) -> Any:
    """A dollar sign in a Compose file begins a variable; here all of them have been put in already."""
    if isinstance(value, str):
        return value.replace("$", "$$")
    if isinstance(value, dict):
        return {key: _escaped(one) for key, one in value.items()}
    return [_escaped(one) for one in value] if isinstance(value, list) else value
