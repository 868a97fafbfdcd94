"""A part of an observation: one Compose project, or the containers on one network. Pure.

Compose marks what it makes with labels (Compose's documentation, "Labels"): ``com.docker.compose.project``, and each
container with its ``…service``.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace

from dockernet_course.errors import NotFound
from dockernet_course.lab import PREDEFINED
from dockernet_course.observe.model import Container, Namespace, Topology

__all__ = ["Group", "groups", "only", "projects", "without"]


@dataclass(frozen=True)
class Group:
    """What belongs together: a Compose ``project``'s containers and their networks; "" for what no project has."""

    project: str
    topology: Topology


def projects(topology: Topology) -> tuple[str, ...]:
    """The names of the Compose projects that were seen."""
    found = {c.project for c in topology.containers} | {n.project for n in topology.networks}
    return tuple(sorted(found - {""}))


def groups(topology: Topology) -> tuple[Group, ...]:
    """The whole observation, project by project, and last what no project has; nothing is left out."""
    return tuple(Group(name, _of(topology, name)) for name in (*projects(topology), "") if _there(topology, name))


def only(topology: Topology, project: str = "", network: str = "") -> Topology:
    """What one project has, or who is on one network, or both; ``foreign`` counts the containers that are left out.

    Raises NotFound for a project or a network that was not seen.
    """
    if project and project not in projects(topology):
        raise NotFound(f"This engine has no Compose project {project!r}.", state=_named(projects(topology)))
    if network and network not in {n.name for n in topology.networks}:
        raise NotFound(f"This engine has no network {network!r}.", state=_named([n.name for n in topology.networks]))
    part = _of(topology, project) if project else topology
    return _on(part, network) if network else part


def _named(names: Collection[str]) -> str:
    return f"There is: {', '.join(names)}." if names else "There is none."


def _there(topology: Topology, project: str) -> bool:
    """What no project has is always told, unless there is nothing but projects."""
    mine = any(c.project == project for c in topology.containers)
    made = any(n.project == project and n.name not in PREDEFINED for n in topology.networks)
    return mine or made or not (project or projects(topology))


def _of(topology: Topology, project: str) -> Topology:
    inside = tuple(c for c in topology.containers if c.project == project)
    used = {end.network for c in inside for end in c.endpoints}
    own = {n.name for n in topology.networks if n.project == project and (project or n.name not in PREDEFINED)}
    return _part(topology, inside, used | own)


def _on(topology: Topology, network: str) -> Topology:
    """Who is on the network, and who shares a network namespace with one of these."""
    there = {c.namespace for c in topology.containers if c.endpoint(network)} - {None}
    inside = (c for c in topology.containers if c.endpoint(network) or c.namespace in there - {topology.host.inode})
    return _part(topology, tuple(inside), {network})


def without(topology: Topology, ids: Collection[str]) -> Topology:
    """The observation without these containers, which are not counted as left out either."""
    inside = tuple(c for c in topology.containers if c.id not in ids)
    part = _part(topology, inside, {n.name for n in topology.networks})
    return replace(part, foreign=topology.foreign)


def _part(topology: Topology, inside: tuple[Container, ...], networks: Collection[str]) -> Topology:
    """The observation with these containers and networks alone; the host stays whole."""
    shown = {c.namespace for c in inside} - {None}
    others = [c for c in topology.containers if c not in inside and c.namespace]
    kept = {topology.host.inode, *shown}
    bridges = {n.bridge or n.parent for n in topology.networks if n.name not in networks}
    ours = {n.bridge or n.parent for n in topology.networks if n.name in networks}
    gone = {wire for wire in topology.wires if not {wire.a[0], wire.b[0]} <= kept}
    plugs = {name for wire in gone for inode, name in (wire.a, wire.b) if inode == topology.host.inode}
    return replace(
        topology,
        host=_without(topology.host, (bridges - ours) | plugs),
        namespaces=tuple(n for n in topology.namespaces if n.inode in shown),
        containers=inside,
        networks=tuple(n for n in topology.networks if n.name in networks),
        bridges=tuple(b for b in topology.bridges if b.name not in bridges - ours),
        wires=tuple(wire for wire in topology.wires if wire not in gone),
        parents=tuple(link for link in topology.parents if link.child[0] in kept),
        listeners=tuple(each for each in topology.listeners if each.namespace in kept),
        foreign=topology.foreign + len(others),
    )


def _without(host: Namespace, names: Collection[str | None]) -> Namespace:
    """The host without interfaces of networks, and ends of veth pairs, that are not shown."""
    return replace(host, interfaces=tuple(i for i in host.interfaces if i.name not in names))
