"""Where the two sides of a cell stand to each other, read from one observation. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cached_property

from dockernet_course.experiments.model import Cell, Verdict
from dockernet_course.experiments.targets import HOST, Party, addresses, binding, space
from dockernet_course.observe import Container, Namespace, Network, Topology

__all__ = ["Side", "Situation"]

_ICC = "com.docker.network.bridge.enable_icc"
_DEFAULT, _LOOPBACKS = "bridge", ("127.", "::1")


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
        return self.space is not None and not self.space.host and not addresses(self.space)

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
        return _listed(n.name for n in self.networks) if self.networks else "no network"


class Situation:
    """Both sides of a cell, and what came of it."""

    def __init__(self, topology: Topology, cell: Cell) -> None:
        known = {c.name for c in topology.containers}
        asks = bool(cell.source_id) or (cell.source in known and cell.source != HOST)
        self.source = Side(topology, cell.source, cell.source_id, container=asks)
        self.target = Side(topology, cell.target, cell.target_id, container=True)
        self.verdict: Verdict | None = cell.probe.verdict if cell.probe else None
        self.way = cell.way

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
        return bool(shared) and all((_ICC, "false") in n.options for n in shared)

    @property
    def named(self) -> bool:
        """Whether one of these has Docker's DNS."""
        return any(name != _DEFAULT for name in self.common)

    @property
    def host_port(self) -> int | None:
        """The target's published port of the host."""
        found = binding(self.target.container) if self.target.container else None
        return found.host_port if found else None

    @property
    def local_only(self) -> bool:
        """Published on the host's loopback address alone."""
        found = binding(self.target.container) if self.target.container else None
        return bool(found and found.host_ip.startswith(_LOOPBACKS))

    def words(self) -> dict[str, object]:
        """The values of the names in braces that the sentences have, as ``{source}`` and ``{port}``."""
        return {
            "source": self.source.name,
            "target": self.target.name,
            "common": _listed(self.common),
            "here": self.source.where,
            "there": self.target.where,
            "owner": self.target.owner if self.target.joiner else self.source.owner,
            "port": self.host_port,
        }


def _listed(names: Iterable[str]) -> str:
    """One name, or several with "and"."""
    *first, last = tuple(names) or ("",)
    return f"{', '.join(first)} and {last}" if first else last
