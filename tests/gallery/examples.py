"""Networks made up from plain data, for the gallery and the tests: a small builder, and one function per case."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from ipaddress import ip_interface

from dockernet_course.observe import Masquerade
from dockernet_course.observe.kinds import of_driver
from dockernet_course.observe.model import (
    Address,
    Bridge,
    Container,
    Endpoint,
    Interface,
    Namespace,
    Network,
    ParentLink,
    PortBinding,
    Route,
    Topology,
    VethPair,
)

__all__ = ["World"]

HOST = 4026531840
ON = ("BROADCAST", "MULTICAST", "UP", "LOWER_UP")
NO_CARRIER = ("NO-CARRIER", "BROADCAST", "MULTICAST", "UP")
LO = Interface("lo", 1, "loopback", "00:00:00:00:00:00", 65536, "UNKNOWN", ("LOOPBACK", "UP", "LOWER_UP"),
               (Address("127.0.0.1", 8, "host"),))  # fmt: skip


@dataclass
class World:
    """A made-up engine on which networks and containers can be put; ``topology()`` is what would be observed."""

    engine: str = "26.1.5"
    index: int = 3
    inode: int = 4026532500
    foreign: int = 0
    vanished: tuple[str, ...] = ()
    outside: Interface | None = None
    networks: dict[str, Network] = field(default_factory=dict)
    containers: dict[str, Container] = field(default_factory=dict)
    links: dict[int, list[Interface]] = field(default_factory=dict)
    routes: dict[int, list[Route]] = field(default_factory=dict)
    wires: list[VethPair] = field(default_factory=list)
    parents: list[ParentLink] = field(default_factory=list)
    leases: dict[str, int] = field(default_factory=dict)
    details: dict[str, str] = field(default_factory=dict)
    routed: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.links[HOST] = [LO]
        self.network("bridge", "172.17.0.1/16", device="docker0", mine=False)

    def network(self, name: str, *gateways: str, device: str = "", internal: bool = False, mine: bool = True) -> str:
        """A bridge network with its bridge's own addresses."""
        device = device or f"br-{_ident(name)[:12]}"
        addresses = tuple(Address(str(i.ip), i.network.prefixlen) for i in map(ip_interface, gateways))
        self.links[HOST].append(
            Interface(device, self._next(), "bridge", "02:42:ac:11:00:01", 1500, "DOWN", NO_CARRIER, addresses)
        )
        return self.of_driver(name, "bridge", *gateways, bridge=device, internal=internal, mine=mine)

    def of_driver(
        self, name: str, driver: str, *gateways: str, bridge: str | None = None, parent: str | None = None,
        detail: str = "", internal: bool = False, mine: bool = True,
    ) -> str:  # fmt: skip
        """A network of any driver; ``parent`` is one of the host's interfaces, ``detail`` what its containers' say."""
        subnets = tuple(str(ip_interface(g).network) for g in gateways)
        ips, six = tuple(str(ip_interface(g).ip) for g in gateways), any(":" in g for g in gateways)
        self.networks[name] = Network(
            name, _ident(name), driver, "local", subnets, ips, internal, six, bridge, mine=mine, parent=parent
        )
        self.leases[name], self.details[name] = 1, detail
        return name

    def _next(self) -> int:
        self.index += 1
        return self.index

    def uplink(self, name: str, address: str, gateway: str) -> None:
        """The host's own way out."""
        ip = ip_interface(address)
        self.links[HOST].append(
            Interface(
                name, 2, "device", "52:54:00:12:34:56", 1500, "UP", ON, (Address(str(ip.ip), ip.network.prefixlen),)
            )
        )
        self.routes.setdefault(HOST, []).append(Route("default", name, gateway))

    def run(self, name: str, *networks: str, ports: tuple[PortBinding, ...] = (), mine: bool = True) -> Container:
        """A running container in a namespace of its own, wired to the networks; in none, it has only ``lo``."""
        inode = self._namespace()
        container = Container(
            name, _ident(name), "dockernet-lab:1", "running", networks[0] if networks else "none",
            inode, 4000 + self.index, (), ports, mine,
        )  # fmt: skip
        self.containers[name] = container
        for network in networks:
            self.attach(name, network)
        return self.containers[name]

    def _namespace(self) -> int:
        self.inode += 57
        self.links[self.inode] = [LO]
        return self.inode

    def attach(self, name: str, network: str) -> None:
        """Wire a running container to one more network."""
        container, net = self.containers[name], self.networks[network]
        inode = container.namespace or 0
        eth = f"eth{len(self.links[inode]) - 1}"
        outer, inner = self._next(), self._next()
        self.leases[network] += 1
        addresses = tuple(
            _address(gateway, subnet, self.leases[network])
            for gateway, subnet in zip(net.gateways, net.subnets, strict=True)
        )
        kind = of_driver(net.driver)
        near = Interface(
            eth,
            inner,
            kind.link,
            _mac(addresses[0].ip),
            1500,
            "UP",
            ON,
            addresses,
            outer,
            0,
            detail=self.details[network],
        )
        if net.parent:
            parent = next(i for i in self.links[HOST] if i.name == net.parent)
            near = replace(near, peer_index=parent.index)
            self.parents.append(ParentLink((inode, eth), (HOST, parent.name)))
        elif net.bridge:
            host_end = f"veth{hash_of(f'{name}{network}{outer}') & 0xFFFFFFF:07x}"
            far = Interface(host_end, outer, "veth", "06:ff:07:e0:5b:41", 1500, "UP", ON, (), inner, 1, net.bridge)
            self.links[HOST].append(far)
            self.wires.append(VethPair((HOST, host_end), (inode, eth)))
        self.links[inode].append(near)
        if not self.routes.get(inode) and not net.internal:
            self.routes[inode] = [Route("default", eth, net.gateways[0])]
        end = Endpoint(network, f"{outer:064x}", addresses[0].ip, addresses[0].prefix, net.gateways[0], interface=eth)
        self.containers[name] = replace(container, endpoints=(*container.endpoints, end))

    def change(self, name: str, interface: str, **facts: object) -> None:
        """Another fact of an interface: of a container, or of the host (name "")."""
        inode = self.containers[name].namespace or 0 if name else HOST
        self.links[inode] = [
            replace(i, **facts) if i.name == interface else i  # type: ignore[arg-type]
            for i in self.links[inode]
        ]

    def end_of(self, name: str, interface: str = "eth0") -> str:
        """The host end of a container's veth pair."""
        wanted = (self.containers[name].namespace or 0, interface)
        return next(wire.a[1] for wire in self.wires if wire.b == wanted)

    def join(self, name: str, owner: str) -> None:
        """A container in another one's namespace."""
        there = self.containers[owner]
        self.containers[name] = Container(
            name, _ident(name), "dockernet-lab:1", "running", f"container:{there.id}", there.namespace
        )

    def host_mode(self, name: str) -> None:
        """A container in the host's namespace."""
        self.containers[name] = Container(name, _ident(name), "dockernet-lab:1", "running", "host", HOST)

    def stop(self, name: str) -> None:
        """A container ends: its namespace and its wires are gone."""
        container = self.containers[name]
        self._unwire(container)
        self.containers[name] = replace(container, state="exited", namespace=None, pid=None, ports=())

    def remove(self, name: str) -> None:
        """A container is removed."""
        self._unwire(self.containers.pop(name))

    def _unwire(self, container: Container) -> None:
        gone = [wire for wire in self.wires if wire.b[0] == container.namespace]
        self.wires = [wire for wire in self.wires if wire not in gone]
        self.parents = [link for link in self.parents if link.child[0] != container.namespace]
        ends = {wire.a[1] for wire in gone}
        self.links[HOST] = [link for link in self.links[HOST] if link.name not in ends]
        if container.namespace and container.namespace != HOST:
            self.links.pop(container.namespace, None)

    def topology(self) -> Topology:
        """What would be observed now."""
        links = self.links[HOST]
        bars = [n.bridge for n in self.networks.values() if n.bridge]
        ports = {bar: tuple(i.name for i in links if i.master == bar) for bar in bars}
        links = [replace(i, flags=ON, state="UP") if ports.get(i.name) else i for i in links]
        spaces = [Namespace(inode, False, tuple(found), tuple(self.routes.get(inode, ())))
                  for inode, found in self.links.items() if inode != HOST]  # fmt: skip
        bridges = [
            Bridge(n.bridge, "8000.0242e6ed6d11", False, ports[n.bridge], n.name)
            for n in self.networks.values()
            if n.bridge
        ]
        return Topology(
            self.engine,
            Namespace(HOST, True, tuple(links), tuple(self.routes.get(HOST, ()))),
            tuple(spaces),
            tuple(sorted(self.containers.values(), key=lambda c: c.name)),
            tuple(self.networks.values()),
            tuple(bridges),
            tuple(self.wires),
            self.vanished,
            self.foreign,
            tuple(self._masquerades()),
            tuple(self.parents),
        )

    def _masquerades(self) -> Iterator[Masquerade]:
        """Docker's rule for each subnet that has a way out, but for the networks in ``routed``."""
        for network in self.networks.values():
            if network.bridge and not network.internal and network.name not in self.routed:
                for subnet in network.subnets:
                    yield Masquerade(6 if ":" in subnet else 4, subnet, unless=network.bridge)


def _ident(name: str) -> str:
    return f"{abs(hash_of(name)):064x}"[:64]


def hash_of(text: str) -> int:
    """A number that looks like an id and is the same in every run."""
    from hashlib import sha256

    return int(sha256(text.encode()).hexdigest(), 16)


def _mac(ip: str) -> str:
    """As Docker makes it of an address."""
    return ":".join(("02", "42", *ip_interface(ip).packed[-4:].hex(":").split(":")))


def _address(gateway: str, subnet: str, lease: int) -> Address:
    start = ip_interface(f"{gateway}/{subnet.split('/')[1]}")
    return Address(str(start.ip + lease - 1), start.network.prefixlen)
