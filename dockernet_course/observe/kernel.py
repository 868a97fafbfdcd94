"""What the kernel has in each network namespace: frozen facts, in the words of its documentation.

``network_namespaces(7)``, ``veth(4)``, ``ip-link(8)``, ``ip-route(8)``. Nothing here reads anything.
"""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["Address", "Bridge", "Interface", "Namespace", "Neighbour", "ParentLink", "Route", "VethPair"]


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

    ``kind`` is the kernel's link kind ("veth", "bridge", "macvlan", …), "loopback", or "device" for what has none;
    ``detail`` what ``ip -d link`` says beside it ("mode bridge"). ``peer_index`` is the N of ``name@ifN``, the other
    end of a pair or a parent; ``peer_netnsid`` the ``link-netnsid`` under which this namespace knows that one's, None
    when it is in this namespace or there is none. ``master`` is the bridge's name. ``state`` is ``operstate``: "UP",
    "DOWN", "LOWERLAYERDOWN", "UNKNOWN". ``flags`` as ``ip addr`` prints them, NO-CARRIER included.
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
    detail: str = ""

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
class ParentLink:
    """An interface that is made on another one, its parent (macvlan): (namespace inode, interface name) of each."""

    child: tuple[int, str]
    parent: tuple[int, str]


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
