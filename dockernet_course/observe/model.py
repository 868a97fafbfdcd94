"""The facts of one moment, frozen: what the kernel has in each network namespace, and what Docker calls it.

Names follow the kernel's and Docker's documentation: ``network_namespaces(7)``, ``veth(4)``, ``ip-link(8)``,
``ip-route(8)``, and the Engine API's ``NetworkSettings.Networks`` and ``IPAM``. Nothing here reads anything.
"""

from __future__ import annotations

from dataclasses import dataclass

from dockernet_course.lab import joined
from dockernet_course.observe.masquerade import Masquerade

__all__ = [
    "Address",
    "Bridge",
    "Container",
    "Endpoint",
    "Interface",
    "Namespace",
    "Neighbour",
    "Network",
    "PortBinding",
    "Route",
    "Topology",
    "VethPair",
]


@dataclass(frozen=True)
class Address:
    """An address of an interface: ``ip`` without prefix, ``prefix`` length in bits, ``scope`` as ``ip addr`` says."""

    ip: str
    prefix: int
    scope: str = "global"

    @property
    def family(self) -> int:
        """The version of the Internet Protocol: 4 or 6."""
        return 6 if ":" in self.ip else 4

    def __str__(self) -> str:
        return f"{self.ip}/{self.prefix}"


@dataclass(frozen=True)
class Interface:
    """A network interface, as seen in its own namespace.

    ``kind`` is the kernel's link kind ("veth", "bridge", "macvlan", …), "loopback", or "device" for what has none.
    ``peer_index`` is the N of ``name@ifN``; ``peer_netnsid`` the ``link-netnsid`` under which this namespace
    knows the peer's, None when the peer is in this namespace or there is none. ``master`` is the bridge's name.
    ``state`` is ``operstate``: "UP", "DOWN", "LOWERLAYERDOWN", "UNKNOWN". ``flags`` as ``ip addr`` prints them,
    NO-CARRIER included.
    """

    name: str
    index: int
    kind: str
    mac: str
    mtu: int
    state: str
    flags: tuple[str, ...] = ()
    addresses: tuple[Address, ...] = ()
    peer_index: int | None = None
    peer_netnsid: int | None = None
    master: str | None = None

    @property
    def up(self) -> bool:
        """Set up by the administrator (flag UP)."""
        return "UP" in self.flags

    @property
    def carrier(self) -> bool:
        """Whether the link below is there (flag LOWER_UP)."""
        return "LOWER_UP" in self.flags

    @property
    def ipv4(self) -> Address | None:
        """The first IPv4 address of global scope, or None."""
        return next((a for a in self.addresses if a.family == 4 and a.scope == "global"), None)


@dataclass(frozen=True)
class Route:
    """A row of ``ip route``: ``destination`` is "default" or a network; ``gateway`` None when directly connected."""

    destination: str
    device: str
    gateway: str | None = None
    source: str | None = None
    scope: str = "global"

    @property
    def family(self) -> int:
        """4 or 6; a default route is told by its gateway."""
        return 6 if ":" in self.destination + (self.gateway or "") else 4


@dataclass(frozen=True)
class Neighbour:
    """A row of ``ip neigh``: which MAC address answers for ``ip`` on ``device``; ``state`` like "REACHABLE"."""

    ip: str
    device: str
    mac: str | None
    state: str


@dataclass(frozen=True)
class Namespace:
    """A network namespace, identified by the inode of ``/proc/PID/ns/net``."""

    inode: int
    host: bool
    interfaces: tuple[Interface, ...]
    routes: tuple[Route, ...] = ()
    neighbours: tuple[Neighbour, ...] = ()

    def interface(self, name: str) -> Interface | None:
        """The interface of that name, or None."""
        return next((i for i in self.interfaces if i.name == name), None)

    @property
    def default_route(self) -> Route | None:
        """The IPv4 default route, or None."""
        return next((r for r in self.routes if r.destination == "default" and r.family == 4), None)


@dataclass(frozen=True)
class VethPair:
    """A veth pair that was seen with both ends: (namespace inode, interface name) of each.

    ``a`` is the host end when one of them is in the host's namespace.
    """

    a: tuple[int, str]
    b: tuple[int, str]


@dataclass(frozen=True)
class Bridge:
    """A Linux bridge in the host's namespace: ``id`` as ``brctl show`` prints it, its ports by interface name.

    ``network`` is the Docker network that owns it, None when no network says so.
    """

    name: str
    id: str
    stp: bool
    ports: tuple[str, ...]
    network: str | None = None


@dataclass(frozen=True)
class Endpoint:
    """A container's attachment to a network, as Docker tells it. Empty strings mean that Docker gave none.

    ``interface`` is the container's interface that really carries it (found by MAC or address), None if none does.
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


@dataclass(frozen=True)
class PortBinding:
    """A port of the container; ``host_port`` is None when it is only exposed, not published."""

    port: int
    protocol: str
    host_ip: str = ""
    host_port: int | None = None


@dataclass(frozen=True)
class Container:
    """A container: what Docker calls it, and the inode of the network namespace in which it was really found.

    ``network_mode`` is Docker's "default"/"bridge", "host", "none", "container:<id>" or a network's name;
    ``namespace`` is None when the container does not run. ``mine`` tells whether it carries the lab's label.
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

    @property
    def owner(self) -> str:
        """The id of the container whose network namespace it was given (``--network container:…``), or nothing."""
        return joined(self.network_mode)

    def endpoint(self, network: str) -> Endpoint | None:
        """The attachment to that network, or None."""
        return next((e for e in self.endpoints if e.network == network), None)


@dataclass(frozen=True)
class Network:
    """A Docker network. ``bridge`` is the name of its Linux bridge for driver "bridge", else None."""

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


@dataclass(frozen=True)
class Topology:
    """One observation: every namespace, bridge and wire that was seen, and Docker's names for them.

    ``vanished`` names what disappeared while we looked: an observation is not atomic. ``foreign`` counts running
    containers that are neither the lab's nor looked into. ``masquerades`` are the host's rules of that kind.
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
        return next((n for n in (self.host, *self.namespaces) if n.inode == inode), None)

    def interface(self, container: object, name: str) -> Interface | None:
        """The container's interface of that name, or None."""
        namespace = self.namespace(container)
        return namespace.interface(name) if namespace else None

    def peer(self, container: object, name: str) -> Interface | None:
        """The other end of the veth pair that ends in the container as ``name``, or None if it was not seen."""
        inode = self.container(container).namespace
        for wire in self.wires:
            for near, far in ((wire.a, wire.b), (wire.b, wire.a)):
                if near == (inode, name):
                    home = next((n for n in (self.host, *self.namespaces) if n.inode == far[0]), None)
                    return home.interface(far[1]) if home else None
        return None

    def sharing(self, inode: int) -> tuple[Container, ...]:
        """The containers in the namespace with that inode."""
        return tuple(c for c in self.containers if c.namespace == inode)
