"""The facts of one moment, frozen: what the kernel has in each network namespace, and what Docker calls it.

Names follow the Engine API's ``NetworkSettings.Networks`` and ``IPAM``. Nothing here reads anything.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from dockernet_course.lab import joined
from dockernet_course.observe.kernel import (
    Address,
    Bridge,
    Interface,
    Listener,
    Namespace,
    Neighbour,
    Netconf,
    ParentLink,
    Route,
    RoutingRule,
    VethPair,
)
from dockernet_course.observe.masquerade import Masquerade

__all__ = [
    "Address",
    "Asked",
    "Bridge",
    "Container",
    "Endpoint",
    "Interface",
    "Listener",
    "Namespace",
    "Neighbour",
    "Netconf",
    "Network",
    "ParentLink",
    "PortBinding",
    "Route",
    "RoutingRule",
    "Topology",
    "VethPair",
]


@dataclass(frozen=True)
class Endpoint:
    """A container's attachment to a network, as Docker tells it. Empty strings mean that Docker gave none.

    ``interface`` is the container's interface that really carries it (found by MAC or address), None if none does.
    ``aliases`` are those that somebody asked for (``--alias``, ``--network-alias``); engines before 25 add the
    container's short id. ``dns_names`` are all under which Docker's DNS has it, as far as the engine tells (from 25).
    """

    network: str
    id: str
    ip: str = ""
    prefix: int = 0
    gateway: str = ""
    ipv6: str = ""
    ipv6_prefix: int = 0
    ipv6_gateway: str = ""
    mac: str = ""
    aliases: tuple[str, ...] = ()
    interface: str | None = None
    dns_names: tuple[str, ...] = ()


@dataclass(frozen=True)
class PortBinding:
    """A port of the container; ``host_port`` is None when it is only exposed, not published.

    Of what was asked for, ``host_port`` 0 leaves the choice to Docker, of all ports or of a range.
    """

    port: int
    protocol: str
    host_ip: str = ""
    host_port: int | None = None


@dataclass(frozen=True)
class Asked:
    """What was asked of Docker for a container, whatever became of it, in the words of ``docker run``'s options.

    ``publish`` (``-p``; ``publish_all``: ``-P``), ``extra_hosts`` (``--add-host``: "name:address"), ``dns``,
    ``dns_search``, ``dns_options``, ``hostname``, ``links`` ("container:alias"), ``restart`` ("no", "always", …),
    ``userns`` ("host", or nothing).
    """

    publish: tuple[PortBinding, ...] = ()
    publish_all: bool = False
    extra_hosts: tuple[str, ...] = ()
    dns: tuple[str, ...] = ()
    dns_search: tuple[str, ...] = ()
    dns_options: tuple[str, ...] = ()
    hostname: str = ""
    links: tuple[str, ...] = ()
    restart: str = ""
    userns: str = ""


@dataclass(frozen=True)
class Container:
    """A container: what Docker calls it, and the inode of the network namespace in which it was really found.

    ``network_mode`` is Docker's "default"/"bridge", "host", "none", "container:<id>" or a network's name;
    ``namespace`` is None when the container does not run. ``mine`` tells whether it carries the lab's label. ``ports``
    are what is really published and exposed, ``asked`` what was asked for: None where it was gone before it was seen.
    ``project`` and ``service`` are Compose's, by its labels; empty for what Compose did not make.
    """

    name: str
    id: str
    image: str
    state: str
    network_mode: str
    namespace: int | None
    pid: int | None = None
    endpoints: tuple[Endpoint, ...] = ()
    ports: tuple[PortBinding, ...] = ()
    mine: bool = True
    asked: Asked | None = None
    project: str = ""
    service: str = ""

    @property
    def owner(self) -> str:
        """The id of the container whose network namespace it was given (``--network container:…``), or nothing."""
        return joined(self.network_mode)

    def endpoint(self, network: str) -> Endpoint | None:
        """The attachment to that network, or None."""
        return next((e for e in self.endpoints if e.network == network), None)


@dataclass(frozen=True)
class Network:
    """A Docker network.

    ``bridge`` is the name of its Linux bridge, ``parent`` that of the host's interface on which its containers' are
    made; None for what its driver does without, or what was not seen. ``project`` is the Compose project's, or empty.
    """

    name: str
    id: str
    driver: str
    scope: str
    subnets: tuple[str, ...] = ()
    gateways: tuple[str, ...] = ()
    internal: bool = False
    ipv6: bool = False
    bridge: str | None = None
    options: tuple[tuple[str, str], ...] = ()
    mine: bool = False
    parent: str | None = None
    project: str = ""

    @property
    def icc(self) -> bool:
        """Whether its containers may talk to each other (the bridge driver's option ``enable_icc``)."""
        return self.option("bridge.enable_icc") != "false"

    @property
    def mtu(self) -> int | None:
        """The MTU that was asked for, None where none was."""
        asked = self.option("driver.mtu")
        return int(asked) if asked.isdecimal() else None

    def option(self, name: str) -> str:
        """An option of Docker's drivers, "bridge.enable_icc" for ``com.docker.network.bridge.enable_icc``; or ""."""
        return dict(self.options).get(f"com.docker.network.{name}", "")


@dataclass(frozen=True)
class Topology:
    """One observation: every namespace, bridge, wire and parent that was seen, and Docker's names for them.

    ``vanished`` names what disappeared while we looked: an observation is not atomic. ``foreign`` counts running
    containers that are neither the lab's nor looked into. ``masquerades`` are the host's rules of that kind,
    ``listeners`` the sockets that wait in all its namespaces.
    """

    engine: str
    host: Namespace
    namespaces: tuple[Namespace, ...] = ()
    containers: tuple[Container, ...] = ()
    networks: tuple[Network, ...] = ()
    bridges: tuple[Bridge, ...] = ()
    wires: tuple[VethPair, ...] = ()
    vanished: tuple[str, ...] = ()
    foreign: int = 0
    masquerades: tuple[Masquerade, ...] = ()
    parents: tuple[ParentLink, ...] = ()
    listeners: tuple[Listener, ...] = ()

    def container(self, name: object) -> Container:
        """The container of that name (or of that handle, or id). Raises KeyError if there is none."""
        wanted = str(getattr(name, "id", name))
        for c in self.containers:
            if wanted in (c.name, c.id) or (len(wanted) >= 12 and c.id.startswith(wanted)):
                return c
        raise KeyError(f"no container {wanted!r} in this observation: {[c.name for c in self.containers]}")

    def network(self, name: object) -> Network:
        """The network of that name (or of that handle, or id). Raises KeyError if there is none."""
        wanted = str(getattr(name, "id", name))
        for n in self.networks:
            if wanted in (n.name, n.id):
                return n
        raise KeyError(f"no network {wanted!r} in this observation: {[n.name for n in self.networks]}")

    def bridge(self, name: str) -> Bridge:
        """The Linux bridge of that name. Raises KeyError if there is none."""
        for b in self.bridges:
            if b.name == name:
                return b
        raise KeyError(f"no bridge {name!r} in this observation: {[b.name for b in self.bridges]}")

    def namespace(self, container: object) -> Namespace | None:
        """The network namespace in which the container was found; None when it does not run."""
        inode = self.container(container).namespace
        return self.space(inode or 0)

    def space(self, inode: int) -> Namespace | None:
        """The namespace with that inode, the host's included; None when it was not seen."""
        return next((n for n in (self.host, *self.namespaces) if n.inode == inode), None)

    def interface(self, container: object, name: str) -> Interface | None:
        """The container's interface of that name, or None."""
        namespace = self.namespace(container)
        return namespace.interface(name) if namespace else None

    def peer(self, container: object, name: str) -> Interface | None:
        """The other end of the veth pair that ends in the container as ``name``, or None if it was not seen."""
        return self._at(self._pairs.get((self.container(container).namespace or 0, name)))

    def parent(self, container: object, name: str) -> Interface | None:
        """The interface on which the container's interface ``name`` is made, or None if it was not seen."""
        return self._at(self._parents.get((self.container(container).namespace or 0, name)))

    def beyond(self, end: tuple[int, str]) -> tuple[int, str] | None:
        """Where an interface leads: to the other end of its pair, or to its parent; None if that was not seen."""
        return self._pairs.get(end) or self._parents.get(end)

    @cached_property
    def _pairs(self) -> dict[tuple[int, str], tuple[int, str]]:
        return {wire.a: wire.b for wire in self.wires} | {wire.b: wire.a for wire in self.wires}

    @cached_property
    def _parents(self) -> dict[tuple[int, str], tuple[int, str]]:
        return {link.child: link.parent for link in self.parents}

    def _at(self, end: tuple[int, str] | None) -> Interface | None:
        inode, name = end or (0, "")
        home = self.space(inode)
        return home.interface(name) if home else None

    def sharing(self, inode: int) -> tuple[Container, ...]:
        """The containers in the namespace with that inode."""
        return tuple(c for c in self.containers if c.namespace == inode)
