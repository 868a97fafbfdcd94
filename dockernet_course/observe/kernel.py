"""What the kernel has in each network namespace: frozen facts, in the words of its documentation.

``network_namespaces(7)``, ``veth(4)``, ``ip-link(8)``, ``ip-route(8)``. Nothing here reads anything.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network

__all__ = [
    "Address",
    "Bridge",
    "Interface",
    "Listener",
    "Namespace",
    "Neighbour",
    "Netconf",
    "ParentLink",
    "Route",
    "RoutingRule",
    "VethPair",
]


@dataclass(frozen=True)
class Address:
    """An address of an interface: ``ip`` without prefix, ``prefix`` length in bits, ``scope`` as ``ip addr`` says.

    ``dad``: IPv6 uses no address before it is known that nobody else has it (RFC 4862 §5.4): until then "tentative",
    "dadfailed" if somebody does. An address changes in nothing else by that.
    """

    ip: str
    prefix: int
    scope: str = "global"
    dad: str = field(default="", compare=False)

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
    "DOWN", "LOWERLAYERDOWN", "UNKNOWN". ``flags`` as ``ip addr`` prints them, NO-CARRIER included. ``port_state`` is
    what a bridge lets its port do ("forwarding", "disabled", "blocking", …; bridge(8)), empty for no port; from one
    ``isolated`` port to another one it passes nothing on.
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
    port_state: str = ""
    isolated: bool = False

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
        return self.address(4)

    def address(self, family: int) -> Address | None:
        """The first address of that family and of global scope, or None."""
        return next((a for a in self.addresses if a.family == family and a.scope == "global"), None)


@dataclass(frozen=True)
class Route:
    """A row of ``ip route`` (of several next hops, one of them).

    ``destination`` is "default" or a network; ``gateway`` None when directly connected. ``kind`` is "unicast" for a
    way to somewhere; a "blackhole", "prohibit", "unreachable" or "throw" leads nowhere and has no ``device``. Of two
    to the same place the smaller ``metric`` counts.
    """

    destination: str
    device: str
    gateway: str | None = None
    source: str | None = None
    scope: str = "global"
    kind: str = "unicast"
    metric: int = 0
    family: int = 4

    def __str__(self) -> str:
        kind = "" if self.kind == "unicast" else f"{self.kind} "
        gateway = f" via {self.gateway}" if self.gateway else ""
        device = f" dev {self.device}" if self.device else ""
        return f"{kind}{self.destination}{gateway}{device}"


def _network(route: Route) -> IPv4Network | IPv6Network:
    return ip_network(route.destination, strict=False)


@dataclass(frozen=True)
class RoutingRule:
    """A row of ``ip rule`` that every namespace does not have anyway (ip-rule(8)): ``text`` as it prints it."""

    priority: int
    text: str
    family: int = 4

    def __str__(self) -> str:
        return f"{self.priority}: {self.text}"


@dataclass(frozen=True)
class Netconf:
    """A row of ``ip netconf``: of a ``device``, or of "all" or "default".

    ``forwarding``: whether what comes in there may be passed on. ``rp_filter``: 1 drops what comes in by another
    interface than the one by which an answer would leave, 2 what could not be answered at all (RFC 3704); the greater
    of the device's and of all's counts. None: the family has no such setting. Of IPv6, the host's are looked at alone.
    """

    device: str
    family: int
    forwarding: bool
    rp_filter: int | None = None


@dataclass(frozen=True)
class Listener:
    """A socket that waits for connections (TCP) or packets (UDP), as ``ss -lntup`` lists it.

    ``namespace`` is an inode. ``only`` is 6 where nothing comes to it by IPv4, though its address is "::"; ``device``
    the one interface by which something comes to it, empty for all (socket(7), SO_BINDTODEVICE). ``process`` and
    ``pid`` are those of a program that has it, empty and 0 where nobody looked; ``owners`` the ids of the containers
    whose program it is: none for one of the host's, several where containers share their processes.
    """

    namespace: int
    protocol: str
    address: str
    port: int
    only: int | None = None
    device: str = ""
    process: str = ""
    pid: int = 0
    owners: frozenset[str] = frozenset()

    @property
    def everywhere(self) -> bool:
        """Whether it waits at all addresses, at least of its family."""
        return self.address in ("0.0.0.0", "::")  # noqa: S104, compared with

    @property
    def to_itself(self) -> bool:
        """Whether it waits at a loopback address only."""
        return self.device == "lo" or ip_address(self.address.removeprefix("::ffff:")).is_loopback

    def waits_at(self, address: str) -> bool:
        """Whether a packet to that address comes to it. A socket at "::" takes IPv4, too (ipv6(7), IPV6_V6ONLY)."""
        if self.address == "::":
            return self.only is None or ":" in address
        return self.address.removeprefix("::ffff:") == address or (self.everywhere and ":" not in address)

    def __str__(self) -> str:
        shown = "*" if self.address == "::" and self.only is None else self.address
        return f"[{shown}]:{self.port}" if ":" in shown else f"{shown}:{self.port}"


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
    rules: tuple[RoutingRule, ...] = ()
    netconf: tuple[Netconf, ...] = ()

    def interface(self, name: str) -> Interface | None:
        """The interface of that name, or None."""
        return next((i for i in self.interfaces if i.name == name), None)

    @property
    def default_route(self) -> Route | None:
        """The IPv4 default route that counts, or None."""
        return self.way_out(4)

    def way_out(self, family: int) -> Route | None:
        """The default route of that family that counts, or None."""
        ways = (r for r in self.routes if r.destination == "default" and r.family == family and r.kind == "unicast")
        return min(ways, key=lambda route: route.metric, default=None)

    def route_to(self, ip: str) -> Route | None:
        """The row of the main table by which a packet to that address would go, or None.

        That of the longest prefix counts, and of those the smallest metric (RFC 1812 §5.2.4.3); ``rules`` come first.
        """
        to = ip_address(ip)
        fits = [r for r in self.routes if r.family == to.version and (r.destination == "default" or to in _network(r))]
        best = min(
            fits, key=lambda r: (-_network(r).prefixlen if r.destination != "default" else 0, r.metric), default=None
        )
        return None if best is None or best.kind == "throw" else best

    def holds(self, ip: str) -> bool:
        """Whether the address is one of its own."""
        return any(a.ip == ip for i in self.interfaces for a in i.addresses)

    def forwards(self, family: int = 4) -> bool | None:
        """Whether this namespace passes on what is not for itself; None where that was not seen."""
        return next((n.forwarding for n in self.netconf if (n.device, n.family) == ("all", family)), None)

    def rp_filter(self, device: str) -> int:
        """The reverse path filter that counts at an interface (see ``Netconf``)."""
        return max((n.rp_filter or 0 for n in self.netconf if n.device in ("all", device)), default=0)


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
