"""What is really known of each thing on a map, in the words of ``ip addr``, ``ip route`` and Docker. Pure.

A *thing* is a rectangle of the layout; ``thing_of`` gives it a name that stays while it is the same thing, also when
its container stops or its bridge loses the last port.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from dockernet_course.figures.drawing.grammar import listed
from dockernet_course.figures.drawing.metrics import literal
from dockernet_course.figures.drawing.primitives import Kind
from dockernet_course.figures.map.identity import Identities
from dockernet_course.figures.map.kinds import elsewhere, kind_of
from dockernet_course.figures.map.scene import Bar, End, Guest, NamespaceBox, Scene, Slot
from dockernet_course.observe import Container, Endpoint, Interface, Namespace, Network, Route, Topology, held_by

__all__ = ["Facts", "facts", "thing_of"]

SORTS: Mapping[Kind, str] = {"namespace": "box", "stopped": "box", "idle-bar": "bar"}


@dataclass(frozen=True)
class Facts:
    """What a thing is called, and the lines that say what is known of it."""

    title: str
    lines: tuple[str, ...]


def thing_of(kind: Kind, key: str) -> str:
    """The name of the thing that a rectangle draws."""
    return f"{SORTS.get(kind, kind)}/{key}"


def facts(topology: Topology, scene: Scene, who: Identities) -> dict[str, Facts]:
    """The facts of every thing in the scene, which is this topology's own, without ghosts."""
    found = dict(_Reader(topology, scene, who).all())
    return {thing: Facts(literal(f.title), tuple(map(literal, f.lines))) for thing, f in found.items()}


class _Reader:
    """One observation, and the scene that was read from it."""

    def __init__(self, topology: Topology, scene: Scene, who: Identities) -> None:
        self.topology, self.scene = topology, scene
        its = who.of(topology)
        self.spaces = {its.box(space.inode): space for space in topology.namespaces}
        self.containers = {container.id: container for container in topology.containers}

    def all(self) -> Iterator[tuple[str, Facts]]:
        """Each thing with its facts."""
        host = self.topology.host
        yield thing_of("host", "host"), Facts(f"the host, {self.scene.host}", tuple(_routes(host)))
        for box in self.scene.boxes:
            yield thing_of("namespace", box.key), self._box(box)
            for slot in box.slots:
                yield from self._slot(box, slot)
            yield from map(self._guest, box.guests)
        yield from map(self._guest, self.scene.guests)
        yield from map(self._bar, self.scene.bars)
        for port in self.scene.published:
            line = f"Who asks the host at {port.host} is answered by {port.container}."
            yield thing_of("port", port.key), Facts(f"published port {port.text}", (line,))
        for link in self.scene.uplinks:
            lines = (*_ip_addr(host.interface(link.key)), *_routes(host, link.key))
            yield thing_of("uplink", link.key), Facts(f"{link.key} on the host", lines)

    def _box(self, box: NamespaceBox) -> Facts:
        space = self.spaces.get(box.key)
        lines = [line for guest in box.guests for line in self._docker(guest)]
        kept = f"network namespace {box.note}" if space else "no network namespace"
        return Facts(_title(box), (*lines, kept, *(_routes(space) if space else ())))

    def _guest(self, guest: Guest) -> tuple[str, Facts]:
        return thing_of("container", guest.key), Facts(f"container {guest.name}", tuple(self._docker(guest)))

    def _docker(self, guest: Guest) -> Iterator[str]:
        """A container as Docker tells it."""
        container = self.containers[guest.key]
        yield f"{container.name}: {container.state}, image {container.image}, id {container.id[:12]}"
        yield f"    network mode {container.network_mode}{'' if container.mine else ', not the lab’s'}"
        yield from (f"    {_endpoint(endpoint)}" for endpoint in container.endpoints)
        yield from (f"    {line}" for line in _asked(container))
        yield from (f"    listens at {each}/{each.protocol}" for each in held_by(self.topology, container))

    def _slot(self, box: NamespaceBox, slot: Slot) -> Iterator[tuple[str, Facts]]:
        space = self.spaces.get(box.key, self.topology.host) if slot.near.at == "box" else self.topology.host
        for end, where, name in ((slot.near, space, "near"), (slot.far, self.topology.host, "far")):
            if end and end.shown:
                lines = (*_ip_addr(where.interface(end.name)), *_routes(where, end.name), *self._endpoints(box, end))
                place = "the host" if where is self.topology.host else box.title or "a namespace"
                yield thing_of("end", f"{slot.key}/{name}"), Facts(f"{end.label} in {place}", lines)

    def _endpoints(self, box: NamespaceBox, end: End) -> Iterator[str]:
        """What Docker says of a container's interface."""
        owners: list[Container] = [self.containers[guest.key] for guest in box.guests] if end.at == "box" else []
        yield from (_endpoint(e) for owner in owners for e in owner.endpoints if e.interface == end.name)

    def _bar(self, bar: Bar) -> tuple[str, Facts]:
        network = next((n for n in self.topology.networks if n.name == bar.network), None)
        interface = _ip_addr(self.topology.host.interface(bar.key))
        lines = (*interface, *self._carried(bar.key), *(_network(network) if network else ()))
        owner = f" of the network {bar.network}" if bar.network else ""
        return thing_of("bar", bar.key), Facts(f"{kind_of(bar.kind).bar} {bar.key}{owner}", lines)

    def _carried(self, name: str) -> Iterator[str]:
        """What is on one of the host's interfaces: ports of a bridge, interfaces of which it is the parent."""
        for bridge in (b for b in self.topology.bridges if b.name == name):
            yield f"bridge id {bridge.id}, STP {'on' if bridge.stp else 'off'}, ports: {listed(bridge.ports)}"
        here = (self.topology.host.inode, name)
        children = [elsewhere(self.topology, link.child) for link in self.topology.parents if link.parent == here]
        yield from [f"parent of {listed(children)}"] if children else []


def _title(box: NamespaceBox) -> str:
    names = [guest.name for guest in box.guests]
    if not names:
        return "a namespace without a container"
    return f"container{'s' if len(names) > 1 else ''} {listed(names)}"


def _ip_addr(interface: Interface | None) -> Iterator[str]:
    """As ``ip addr show`` prints it, without queueing, group and lifetimes."""
    if interface is None:
        yield "not seen"
        return
    peer = f"@if{interface.peer_index}" if interface.peer_index is not None else ""
    master = f" master {interface.master}" if interface.master else ""
    flags = f"<{','.join(interface.flags)}> mtu {interface.mtu}{master} state {interface.state}"
    far = f" link-netnsid {interface.peer_netnsid}" if interface.peer_netnsid is not None else ""
    yield f"{interface.index}: {interface.name}{peer}: {flags}"
    yield f"    link/{'loopback' if interface.kind == 'loopback' else 'ether'} {interface.mac}{far}"
    yield from [f"    {interface.kind} {interface.detail}"] if interface.detail else []
    for address in interface.addresses:
        yield f"    inet{'6' if address.family == 6 else ''} {address} scope {address.scope}"


def _routes(space: Namespace, device: str = "") -> Iterator[str]:
    """As ``ip route`` prints them: all, or those over one interface."""
    yield from (f"route {_route(r)}" for r in space.routes if device in ("", r.device))
    yield from (f"rule {rule}" for rule in space.rules if not device)


def _route(route: Route) -> str:
    source = f" src {route.source}" if route.source else ""
    metric = f" metric {route.metric}" if route.metric and route.family == 4 else ""
    return f"{route}{source}{metric}"


def _asked(container: Container) -> Iterator[str]:
    """What was asked for beside networks, in the words of ``docker run``; and what became of the published ports."""
    asked = container.asked
    if asked is None:
        return
    real = {(p.port, p.protocol) for p in container.ports if p.host_port}
    for port in asked.publish:
        missing = "" if (port.port, port.protocol) in real or not container.namespace else ": not published"
        number = port.host_port or ""
        suffix = "" if port.protocol == "tcp" else f"/{port.protocol}"
        yield f"-p {f'{port.host_ip}:' if port.host_ip else ''}{number}:{port.port}{suffix}{missing}"
    options = {"--add-host": asked.extra_hosts, "--dns": asked.dns, "--dns-search": asked.dns_search}
    yield from (f"{option} {value}" for option, values in options.items() for value in values)


def _endpoint(endpoint: Endpoint) -> str:
    """An attachment as ``docker inspect`` tells it."""
    addresses = [f"{endpoint.ip}/{endpoint.prefix}"] if endpoint.ip else []
    addresses += [f"{endpoint.ipv6}/{endpoint.ipv6_prefix}"] if endpoint.ipv6 else []
    parts = [listed(addresses, "no address")]
    parts += [f"gateway {endpoint.gateway}"] if endpoint.gateway else []
    parts += [f"MAC {endpoint.mac}"] if endpoint.mac else []
    parts += [f"aliases {listed(endpoint.aliases)}"] if endpoint.aliases else []
    return f"endpoint on the network {endpoint.network}: {', '.join(parts)}"


def _network(network: Network) -> Iterator[str]:
    """A network as ``docker network inspect`` tells it."""
    inside = ", internal" if network.internal else ""
    yield f"network {network.name}: driver {network.driver}, scope {network.scope}{inside}, id {network.id[:12]}"
    if network.subnets:
        yield f"    subnet {listed(network.subnets)}, gateway {listed(network.gateways)}"
    yield from (f"    {name}={value}" for name, value in network.options)
