"""Where the two sides of a cell stand to each other, read from one observation. Pure."""

from __future__ import annotations

from functools import cached_property

from dockernet_course.experiments.model import Cell, Family, Protocol, Verdict
from dockernet_course.experiments.side import Side, listed
from dockernet_course.experiments.targets import HOST, OUTSIDE, SERVICE_PORT, addresses, binding, is_address, whose
from dockernet_course.observe import Container, Listener, PortBinding, Topology, held_by, who_gets

__all__ = ["Situation"]

_OTHER: dict[Protocol, Protocol] = {"tcp": "udp", "udp": "tcp"}
_DEFAULT, _LOOPBACKS = "bridge", ("127.", "::1")


class Situation:
    """Both sides of a cell, and what came of it."""

    def __init__(self, topology: Topology, cell: Cell) -> None:
        known = {c.name for c in topology.containers}
        asks = bool(cell.source_id) or (cell.source in known and cell.source != HOST)
        self.source = Side(topology, cell.source, cell.source_id, container=asks)
        asked = bool(cell.target_id) or cell.target not in (HOST, OUTSIDE)
        self.target = Side(topology, cell.target, cell.target_id, container=asked)
        self.verdict: Verdict | None = cell.probe.verdict if cell.probe else None
        self.way, self.protocol = cell.way, cell.protocol
        self.probe, self._topology = cell.probe, topology
        asked_at = cell.probe.target if cell.probe else ""
        self.family: Family = cell.family or (6 if is_address(asked_at) and ":" in asked_at else 4)

    @property
    def oneself(self) -> bool:
        """Source and target are the same."""
        return self.source.party == self.target.party

    @property
    def together(self) -> bool:
        """Whether both are in one network namespace."""
        return self.source.space is not None and self.source.space == self.target.space

    @property
    def common(self) -> tuple[str, ...]:
        """The networks that both are attached to."""
        return tuple(n.name for n in self.source.networks if n in self.target.networks)

    @property
    def kept_apart(self) -> bool:
        """Whether all the networks that both are in let no containers talk."""
        shared = [n for n in self.source.networks if n.name in self.common]
        return bool(shared) and not any(n.icc for n in shared)

    @property
    def named(self) -> bool:
        """Whether one of these has Docker's DNS."""
        return any(name != _DEFAULT for name in self.common)

    @property
    def host_port(self) -> int | None:
        """The target's published port of the host."""
        return self._binding.host_port if self._binding else None

    @cached_property
    def _binding(self) -> PortBinding | None:
        return binding(self.target.container, protocol=self.protocol) if self.target.container else None

    @property
    def local_only(self) -> bool:
        """Published on the host's loopback address alone."""
        return bool(self._binding and self._binding.host_ip.startswith(_LOOPBACKS))

    @property
    def inner_port(self) -> int:
        """The target's own port that was asked, or that is behind the published one."""
        if self.way == "published" and self._binding:
            return self._binding.port
        return (self.probe.port if self.probe else None) or SERVICE_PORT

    @cached_property
    def listener(self) -> str:
        """Who waits at that port in the target's namespace: "none", "itself" (loopback), "IPv4" or "IPv6", or "there".

        "IPv4" and "IPv6": for that family alone, and it is not the one that was asked by. "not seen" of what has no
        namespace that is observed.
        """
        if self.target.space is None:
            return "not seen"
        inode = self.target.space.inode
        there = [
            each
            for each in self._topology.listeners
            if (each.namespace, each.protocol, each.port) == (inode, self.protocol, self.inner_port)
        ]
        if not there:
            return "none"
        if all(each.to_itself for each in there):
            return "itself"
        held = addresses(self.target.space, self.family) or addresses(self.target.space, every=True)
        heard = any(who_gets(there, inode, address.ip, self.inner_port, self.protocol) for address in held)
        return "there" if heard else self._other_family(there)

    def _other_family(self, there: list[Listener]) -> str:
        six = self.family == 4
        return f"IPv{6 if six else 4}" if any((":" in each.address) == six for each in there) else "itself"

    @property
    def ipv4_only(self) -> str:
        """The name of one without an IPv6 address, where IPv6 was to be asked; or nothing."""
        if self.family == 4:
            return ""
        sides = [self.source] if self.way == "published" else [self.source, self.target]  # docker-proxy asks by IPv4
        seen = [(side, side.space) for side in sides if side.space and not side.on_host]
        return next((side.name for side, space in seen if not addresses(space, 6)), "")

    @property
    def published_otherwise(self) -> bool:
        """Whether a port of the host leads to it, and none by the family that was to be asked."""
        return self._binding is not None and self._by_family is None

    @property
    def leads_on(self) -> int | None:
        """The target's own port to which the host's port leads that was asked of the target itself."""
        its = self.target.container
        asked = self.probe.port if self.probe else None
        return next((p.port for p in (its.ports if its else ()) if p.host_port == asked and p.port != asked), None)

    @property
    def behind(self) -> str:
        """The container to which the host's port leads, where it is published on the loopback address alone."""
        asked = self.probe.port if self.probe else None
        found = [(c.name, p) for c in self._topology.containers for p in c.ports if p.host_port == asked]
        alone = bool(found) and all(p.host_ip.startswith(_LOOPBACKS) for _, p in found)
        return listed(dict.fromkeys(name for name, _ in found)) if alone else ""

    @property
    def elsewhere(self) -> str:
        """Who does listen at that port, and could be asked by name; as the end of a sentence."""
        held = {
            each.namespace for each in self._topology.listeners if each.port == self.inner_port and not each.to_itself
        }
        names = sorted(c.name for c in self._topology.containers if c.namespace in held)
        does, its = ("does", "its own name") if len(names) == 1 else ("do", "their own names")
        return f": {listed(names)} {does}, under {its}" if names else ""

    @property
    def listens(self) -> str:
        """Where the target's own servers listen by the protocol that was asked; of the host's, those at that port."""
        container = self.target.container
        space = self.target.space.inode if self.target.space else None
        here = (each for each in self._topology.listeners if (each.namespace, each.port) == (space, self.inner_port))
        found = held_by(self._topology, container) if container else tuple(here)
        return listed(dict.fromkeys(str(each) for each in found if each.protocol == self.protocol))

    @property
    def other_protocol(self) -> bool:
        """Whether it waits at that port by the other protocol."""
        inode = self.target.space.inode if self.target.space else 0
        there = [each for each in self._topology.listeners if (each.namespace, each.port) == (inode, self.inner_port)]
        return any(each.protocol != self.protocol for each in there)

    @property
    def asked_for(self) -> bool:
        """Whether `-p` was asked for, by the protocol, of a container that runs."""
        asked = self.target.container.asked if self.target.container else None
        return asked is not None and not self.target.off and any(p.protocol == self.protocol for p in asked.publish)

    @property
    def _by_family(self) -> PortBinding | None:
        its = self.target.container
        return binding(its, family=self.family, protocol=self.protocol) if its else None

    @property
    def other_binding(self) -> PortBinding | None:
        """A port of the host that is published by the other protocol."""
        its = self.target.container
        return binding(its, protocol=_OTHER[self.protocol]) if its else None

    @property
    def forbidden(self) -> str:
        """The route by which the source sends nothing to the address that was asked."""
        space, asked = self.source.space, self.probe.target if self.probe else ""
        if space is None or space.rules or not is_address(asked):
            return ""
        route = space.route_to(asked)
        return str(route) if route and route.kind != "unicast" else ""

    @property
    def not_forwarding(self) -> bool:
        """Whether the host would have to forward, and does not."""
        inside = self.source.on_host or self.target.on_host or self.together or bool(self.common)
        return self._topology.host.forwards(self.family) is False and not inside

    @property
    def mtus(self) -> str:
        """The sizes at the interfaces of both and of the host, where they differ."""
        host = (i for i in self._topology.host.interfaces if i.kind != "loopback" and i.up)
        sizes = {i.mtu for i in (*host, *(near for side in (self.source, self.target) for near, _ in side.ports))}
        return listed(map(str, sorted(sizes))) if len(sizes) > 1 else ""

    @property
    def other(self) -> str:
        """The names of those whose addresses the name led to."""
        return listed(whose(self._topology, self.probe.answers if self.probe else ()))

    def holders(self, names: str) -> tuple[Container, ...]:
        """The containers of these names, of a text that lists them."""
        words = set(names.replace(",", " ").split())
        return tuple(c for c in self._topology.containers if c.name in words)

    @property
    def written(self) -> bool:
        """Whether somebody asked for a hosts entry of that name in the source (``--add-host``)."""
        asked = self.source.container.asked if self.source.container else None
        name = self.target.container.name if self.target.container else self.target.name
        return asked is not None and any(entry.partition(":")[0] == name for entry in asked.extra_hosts)

    @property
    def stale(self) -> bool:
        """Whether a hosts entry that was asked for leads the name to an address that nobody here has."""
        found = self.probe.answers if self.probe and self.way == "name" else ()
        return self.written and bool(found) and not self.other

    def words(self) -> dict[str, object]:
        """The values of the names in braces that the sentences have, as ``{source}`` and ``{port}``."""
        return {
            "source": self.source.name,
            "target": self.target.name,
            "common": listed(self.common),
            "here": self.source.where,
            "there": self.target.where,
            "owner": self.target.owner if self.target.joiner else self.source.owner,
            "port": self.host_port or self.inner_port,
            "inner": self.inner_port,
            "listens": self.listens,
            "other_port": self.other_binding.host_port if self.other_binding else None,
            "other_inner": self.other_binding.port if self.other_binding else None,
            "protocol": self.protocol.upper(),
            "other_protocol": _OTHER[self.protocol].upper(),
            "route": self.forbidden,
            "mtus": self.mtus,
            "family": self.family,
            "forwarding": "net.ipv6.conf.all.forwarding" if self.family == 6 else "net.ipv4.ip_forward",
            "lacking": self.ipv4_only,
            "own": self.leads_on,
            "behind": self.behind,
            "dumb": self.source.dumb_bridge,
            "elsewhere": self.elsewhere,
            "state": (self.target if self.target.off else self.source).state,
            "other": self.other,
            "found": listed(self.probe.answers) if self.probe else "",
            "double": self.target.doubles[0] or self.source.doubles[0],
            "double_of": self.target.doubles[1] or self.source.doubles[1],
            "doubled": self.target.name if self.target.doubles[0] else self.source.name,
            "cut": self.target.name if self.target.cut_off or self.target.bridge_down else self.source.name,
        }
