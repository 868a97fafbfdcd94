"""One side of a question, read from one observation: where it is, and what keeps packets from it. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cached_property
from ipaddress import ip_address, ip_network

from dockernet_course.experiments.targets import Party, addresses, space
from dockernet_course.observe import Container, Interface, Namespace, Network, Topology, clashes

__all__ = ["Side", "listed"]


class Side:
    """One side of a cell: a container, the engine's host, or somebody outside."""

    def __init__(self, topology: Topology, name: str, ident: str, *, container: bool) -> None:
        self._topology, self.name = topology, name
        self.container: Container | None = topology.container(ident or name) if container else None
        self.party = Party(name, self.container.id if self.container else "")

    @cached_property
    def space(self) -> Namespace | None:
        """Its network namespace; None when it does not run, and for the outside."""
        return space(self._topology, self.party)

    @property
    def off(self) -> bool:
        """A container that does not run."""
        return self.container is not None and self.space is None

    @property
    def state(self) -> str:
        """What is the matter with one that does not run, by Docker's word for its state."""
        word = self.container.state if self.container else ""
        return {"restarting": "ends and is restarted, again and again", "created": "was never started"}.get(
            word, "does not run"
        )

    @property
    def outside(self) -> bool:
        """Somebody beyond the host's uplink, in no observed namespace."""
        return self.container is None and self.space is None

    @property
    def on_host(self) -> bool:
        """The host, or a container in its network namespace."""
        return self.space is not None and self.space.host

    @property
    def alone(self) -> bool:
        """A running container whose namespace has no address that others could use."""
        return self.space is not None and not self.space.host and not addresses(self.space, every=True)

    @property
    def bare(self) -> bool:
        """Without an address, though it has interfaces that lead somewhere."""
        return self.alone and any(i.kind in ("veth", "macvlan", "ipvlan") for i in self.space.interfaces)  # type: ignore[union-attr]

    @property
    def joiner(self) -> bool:
        """A container that was given another one's network."""
        return self.container is not None and bool(self.container.owner)

    @cached_property
    def _owner(self) -> Container | None:
        ident = self.container.owner if self.container and self.joiner else None
        return next((c for c in self._topology.containers if ident in (c.id, c.name)), None)

    @property
    def owner(self) -> str:
        """The name of the container whose network a joiner was given."""
        return self._owner.name if self._owner else "a container that is gone"

    @property
    def left(self) -> bool:
        """A joiner in a namespace that its owner has left: it restarted, or is gone."""
        here = self.container.namespace if self.container else None
        return self.joiner and self.alone and (self._owner is None or self._owner.namespace != here)

    @property
    def routeless(self) -> bool:
        """In a namespace of its own, without a way to other networks."""
        return self.space is not None and not self.space.host and self.space.default_route is None

    @property
    def down(self) -> bool:
        """Some interface that has an address is down."""
        held = self.space.interfaces if self.space else ()
        return any(i.ipv4 and not i.up for i in held)

    @cached_property
    def ports(self) -> tuple[tuple[Interface, Interface], ...]:
        """Its interfaces on Docker's bridge networks, as far as they are up, each with the host end of its pair."""
        names = {n.name for n in self.networks if n.driver == "bridge"}
        mine = [c for c in self._topology.containers if c.namespace and self.space and c.namespace == self.space.inode]
        held = {e.interface for c in mine for e in c.endpoints if e.network in names and e.interface}
        pairs = ((self._topology.interface(c, n), self._topology.peer(c, n)) for c in mine[:1] for n in sorted(held))
        return tuple((near, far) for near, far in pairs if near and far and near.up)

    @property
    def cut_off(self) -> bool:
        """Whether a host end of its pairs is attached to no bridge, or to one that passes nothing on there."""
        return any(
            far.master is None or not far.up or far.port_state not in ("", "forwarding") for _, far in self.ports
        )

    @property
    def bridge_down(self) -> bool:
        """Whether a bridge to which it is attached is down."""
        bars = (self._topology.host.interface(far.master or "") for _, far in self.ports)
        return any(bar is not None and not bar.up for bar in bars)

    @property
    def dumb_bridge(self) -> str:
        """A bridge that should have the address of its default gateway, and has none; or nothing."""
        route = self.space.default_route if self.space and not self.space.host else None
        names = (n.bridge for n in self.networks if route and route.gateway and _within(route.gateway, n.subnets))
        bars = (self._topology.host.interface(name) for name in names if name)
        return next((bar.name for bar in bars if bar and not bar.ipv4), "")

    @cached_property
    def doubles(self) -> tuple[str, str]:
        """What it has that another one on the same bridge has, too ("MAC", "address"), and whose that is; or ""."""
        here = self.space.inode if self.space else 0
        for clash in clashes(self._topology):
            if any(inode == here for inode, _ in clash.ends):
                others = {c.name for inode, _ in clash.ends if inode != here for c in self._topology.sharing(inode)}
                return clash.kind, listed(sorted(others) or ["the host's bridge"])
        return "", ""

    @cached_property
    def networks(self) -> tuple[Network, ...]:
        """The Docker networks that its namespace is attached to, by whichever of the containers that share it."""
        if self.space is None or self.space.host:
            return ()
        sharing = self._topology.sharing(self.space.inode)
        names = dict.fromkeys(end.network for c in sharing for end in c.endpoints)
        return tuple(n for n in self._topology.networks if n.name in names and n.driver not in ("host", "null"))

    @property
    def internal(self) -> bool:
        """Whether all of its networks are internal."""
        return bool(self.networks) and all(n.internal for n in self.networks)

    @property
    def where(self) -> str:
        """The names of its networks, as a text."""
        return listed(n.name for n in self.networks) if self.networks else "no network"


def _within(address: str, subnets: Iterable[str]) -> bool:
    """Whether the address is in one of them; engines before 23 do not tell a gateway that is no address any more."""
    return any(ip_address(address) in ip_network(subnet, strict=False) for subnet in subnets)


def listed(names: Iterable[str]) -> str:
    """One name, or several with "and"."""
    *first, last = tuple(names) or ("",)
    return f"{', '.join(first)} and {last}" if first else last
