"""What in a Compose file is not as its words suggest: each finding is a fact of the file, with its line. Pure.

A finding says what is seen, and what Docker does with it. What a program in an image does, the file does not tell.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from dockernet_course.rehearsal.addressing import bad_addresses, overlaps
from dockernet_course.rehearsal.mentions import Mention, mentions
from dockernet_course.rehearsal.model import ComposePort, ComposeProject, ComposeService
from dockernet_course.rehearsal.ports import by_table, is_store
from dockernet_course.rehearsal.source import ComposeText
from dockernet_course.rehearsal.stand_ins import clashing_ports

__all__ = ["KINDS", "ComposeFinding", "findings"]

_NO_NAMES = "bridge"  # the default bridge: Docker's name server does not answer there (Docker docs, Bridge network)


@dataclass(frozen=True)
class ComposeFinding:
    """``kind`` in a word or two, the ``line`` of the file that it comes from, what is seen, and the services."""

    kind: str
    line: int
    text: str
    services: tuple[str, ...] = ()

    def __str__(self) -> str:
        return f"line {self.line}: {self.text}"


Find = Callable[[ComposeProject, ComposeText], Iterator[ComposeFinding]]


def findings(project: ComposeProject, text: ComposeText) -> tuple[ComposeFinding, ...]:
    """All of a file, by line."""
    found = [each for find in KINDS.values() for each in find(project, text)]
    return tuple(sorted(dict.fromkeys(found), key=lambda each: (each.line, each.kind, each.text)))


def published(project: ComposeProject, text: ComposeText) -> Iterator[ComposeFinding]:
    """On all addresses of the host, while those of the file that use it are in a network with it."""
    named = mentions(project)
    for service in project.services:
        if service.mode or _why_not_published(project, service):
            continue
        for number, port in enumerate(service.ports):
            near = _near(project, service, port, named)
            if port.everywhere and port.published and near:
                shown = "; ".join(f"{', '.join(names)} (network {network})" for network, names in near.items())
                yield ComposeFinding(
                    "published on all addresses",
                    _port_line(text, service, number),
                    f"{service.name} publishes {port} on all addresses of the host, as {port.published}. "
                    f"In a network with it: {shown}; there no published port is needed. "
                    f'If nobody else needs it: no ports, or "127.0.0.1:{port.published}:{port}".',
                    (service.name, *(name for names in near.values() for name in names)),
                )


def _near(
    project: ComposeProject, service: ComposeService, port: ComposePort, named: tuple[Mention, ...]
) -> dict[str, list[str]]:
    """Network by network, who is in it with the service and names that port of it; of a store, all who are in it."""
    own = by_table(service)
    usual = f"{port.port}/{port.protocol}" in own or (not own and len(service.ports) == 1)
    names_it = {
        m.source.name for m in named if m.target == service and (m.port == port.port or (m.port is None and usual))
    }
    whole = is_store(service) and not names_it
    found: dict[str, list[str]] = {}
    for other in project.services:
        common = project.common(other, service)
        if project.owner(other) != service and common and (other.name in names_it or whole):
            found.setdefault(common[0], []).append(other.name)
    return found


def no_common_network(project: ComposeProject, text: ComposeText) -> Iterator[ComposeFinding]:
    """One names another in its environment, and no network has both."""
    for each in mentions(project):
        here, there = project.owner(each.source), project.owner(each.target)
        if here == there or project.common(each.source, each.target):
            continue
        linked = each.target.name in dict(here.links)
        if here.mode == there.mode == _NO_NAMES and linked:
            continue
        yield ComposeFinding(
            "no common network",
            text.line("services", each.source.name, "environment", each.variable),
            f"{each.source.name} names {each.name} in {each.variable}, and {_apart(here, there)}.",
            (each.source.name, each.target.name),
        )


def _apart(here: ComposeService, there: ComposeService) -> str:
    if here.mode == there.mode == _NO_NAMES:
        return "both are in the default bridge, where Docker gives names to links only"
    outside = [f"{one.name} has network_mode {one.mode}" for one in (here, there) if one.mode]
    beside = [f"{one.name} is in {_listed(one)}" for one in (here, there) if not one.mode]
    return f"the two have no network in common: {', '.join([*outside, *beside])}"


def _listed(service: ComposeService) -> str:
    return " and ".join(each.network for each in service.networks) or "none"


def aliases(project: ComposeProject, text: ComposeText) -> Iterator[ComposeFinding]:
    """One name for two in a network: Docker answers with the addresses of both."""
    for network in project.networks:
        known: dict[str, str] = {each.name: each.name for each in project.members(network.key)}
        for service in project.members(network.key):
            member = service.within(network.key)
            for alias in dict.fromkeys(member.aliases if member else ()):
                other = known.setdefault(alias, service.name)
                if other != service.name:
                    yield ComposeFinding(
                        "one name for two",
                        text.line("services", service.name, "networks", network.key, "aliases", alias),
                        f"In the network {network.key}, {alias} is a name of {other} and of {service.name}: "
                        "the name leads to either.",
                        (other, service.name),
                    )


def ignored_ports(project: ComposeProject, text: ComposeText) -> Iterator[ComposeFinding]:
    """Published ports where nothing is published."""
    for service in project.services:
        if not service.ports or not (why := _why_not_published(project, service)):
            continue
        shown = ", ".join(map(str, service.ports))
        yield ComposeFinding(
            "ports are not published",
            text.line("services", service.name, "ports"),
            f"{service.name} asks to publish {shown}, and {why}.",
            (service.name,),
        )


def _why_not_published(project: ComposeProject, service: ComposeService) -> str:
    if service.mode == "host":
        return "with network_mode host Docker ignores that: the program listens on the host's own ports"
    if service.mode == "none":
        return "with network_mode none there is no way to it"
    if service.mode.startswith(("service:", "container:")):
        return f"Docker refuses that with network_mode {service.mode}: ports belong to whose network namespace it is"
    if project.closed(service):
        inside = "internal networks" if len(service.networks) > 1 else "an internal network"
        return f"it is in {inside} only ({_listed(service)}): from there Docker publishes nothing"
    return ""


def not_waited_for(project: ComposeProject, text: ComposeText) -> Iterator[ComposeFinding]:
    """``depends_on`` that waits until a container has started, which says nothing of its program."""
    for service in project.services:
        for other, condition in service.depends_on.items():
            keys = ("services", service.name, "depends_on", other)
            target = project.service(other)
            if condition != "service_started" or target is None or not text.has(*keys):
                continue
            test = "has a healthcheck, which condition: service_healthy would wait for"
            checked = test if target.raw.get("healthcheck") else "has no healthcheck in this file"
            yield ComposeFinding(
                "started is not ready",
                text.line(*keys),
                f"{service.name} is started when {other} is started, not when it answers; {other} {checked}.",
                (service.name, other),
            )


def overlapping(project: ComposeProject, text: ComposeText) -> Iterator[ComposeFinding]:
    """Subnets of which an engine takes one only."""
    for each in overlaps(project):
        other = f"that of {each.other}" if each.other else "the one that Docker gives to its default bridge"
        yield ComposeFinding(
            "subnets overlap",
            text.line("networks", each.network, "ipam", "config", 0, "subnet"),
            f"The network {each.network} has the subnet {each.subnet}, which overlaps with {each.others}, {other}: "
            "an engine that has the one refuses the other.",
        )


def refused_addresses(project: ComposeProject, text: ComposeText) -> Iterator[ComposeFinding]:
    """Static addresses that an engine refuses."""
    for each in bad_addresses(project):
        kind = f"ipv{6 if ':' in each.address else 4}_address"
        yield ComposeFinding(
            "a static address cannot be",
            text.line("services", each.service, "networks", each.network, kind),
            f"{each.service} asks for {each.address} in the network {each.network}, and {each.why}.",
            (each.service,),
        )


def links_elsewhere(project: ComposeProject, text: ComposeText) -> Iterator[ComposeFinding]:
    """A link to a service with which there is no network in common: it gives no name."""
    for service in project.services:
        for number, (name, _) in enumerate(service.links):
            other = project.service(name)
            both_default = other is not None and service.mode == other.mode == _NO_NAMES
            if other is None or both_default or project.common(service, other):
                continue
            yield ComposeFinding(
                "a link to another network",
                text.line("services", service.name, "links", number),
                f"{service.name} has a link to {name}, and the two have no network in common.",
                (service.name, name),
            )


def same_port(project: ComposeProject, text: ComposeText) -> Iterator[ComposeFinding]:
    """Two want one port of the host."""
    for (name, number), other in clashing_ports(project).items():
        service = project.service(name)
        if service is not None:
            port, holder = service.ports[number], project.service(other)
            so = "so does" if holder and holder.mode != "host" else "there listens, in the host's network namespace,"
            yield ComposeFinding(
                "one port for two",
                _port_line(text, service, number),
                f"{name} publishes {port} as {port.published}, and {so} {other}: the host has that port once.",
                (name, other),
            )


def same_name(project: ComposeProject, text: ComposeText) -> Iterator[ComposeFinding]:
    """Two containers of one name: the engine refuses the second."""
    known: dict[str, str] = {}
    for service in project.services:
        other = known.setdefault(service.container_name, service.name)
        if service.container_name and other != service.name:
            yield ComposeFinding(
                "one container name for two",
                text.line("services", service.name, "container_name"),
                f"{service.name} asks for the container name {service.container_name}, and so does {other}: "
                "an engine has a name once.",
                (service.name, other),
            )


def _port_line(text: ComposeText, service: ComposeService, number: int) -> int:
    """The port's own line where the plugin's list has as many items as the file's."""
    keys = ("services", service.name, "ports")
    alike = text.count(*keys) == len(service.ports)
    return text.line(*keys, number) if alike else text.line(*keys)


KINDS: dict[str, Find] = {
    "published": published,
    "no-common-network": no_common_network,
    "aliases": aliases,
    "ignored-ports": ignored_ports,
    "not-waited-for": not_waited_for,
    "overlapping": overlapping,
    "refused-addresses": refused_addresses,
    "links-elsewhere": links_elsewhere,
    "same-port": same_port,
    "same-name": same_name,
}
"""Each kind of finding, and what looks for it."""
