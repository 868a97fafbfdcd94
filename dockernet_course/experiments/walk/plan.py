"""Where a walk leads, decided from one observation: what is asked, whose networks are watched, what may pass. Pure."""

from __future__ import annotations

import shlex
from collections.abc import Iterator
from dataclasses import dataclass

from dockernet_course.engines.capsule import outside
from dockernet_course.errors import ObserveError
from dockernet_course.experiments import aims
from dockernet_course.experiments.aims import HOST, Party
from dockernet_course.experiments.ask import Question
from dockernet_course.experiments.walk.model import How, Point
from dockernet_course.observe import Container, Interface, Namespace, Topology

__all__ = ["OUTSIDE", "Place", "Plan", "plan"]

OUTSIDE = "outside"
_LOCALHOST, _DNS, _DNS_SERVER, _SERVICE = "127.0.0.1", 53, "127.0.0.11", 80
_WALKED = ("bridge", "host", "null")


@dataclass(frozen=True)
class Place:
    """A network namespace to watch: the ``path`` of its file in the observer, its ``inode`` (0: not known)."""

    name: str
    path: str
    inode: int


@dataclass(frozen=True)
class Plan:
    """Everything that the walk needs to know; ``places`` begins with the host.

    ``addresses`` and ``ports`` are those of its packets, ``allowed`` the host's interfaces by which they may leave,
    ``published`` the port that leads to ``port``, ``aim`` the target's own addresses, ``own`` the source's, ``files``
    the root in which names are looked up ("" for the host's), ``there`` the place where the target is, ``spared`` those
    of the addresses that are the host's own, with which others send, too: the guard is not for them.
    """

    source: str
    target: str
    question: Question
    places: tuple[Place, ...]
    start: int
    addresses: tuple[str, ...]
    ports: tuple[int, ...]
    allowed: tuple[str, ...]
    points: tuple[Point, ...]
    own: tuple[str, ...]
    aim: tuple[str, ...]
    files: str = ""
    names: bool = False
    there: str = ""
    spared: tuple[str, ...] = ()

    def point(self, space: str, interface: str) -> Point:
        """The point of that name; an interface that the observation did not have yet is the host's "uplink"."""
        known = (p for p in self.points if (p.space, p.interface) == (space, interface))
        return next(known, Point(space, interface, "uplink" if space == HOST else "own"))


def plan(topology: Topology, source: Party, target: Party, how: How, *, private: bool) -> Plan:
    """The walk's plan. Raises ObserveError when there is nothing to walk to.

    In a ``private`` engine Docker's DNS may ask the outside about a name, for that is the course's own.
    """
    here, from_there = aims.space(topology, source), _is_outside(source)
    if here is None and not from_there:
        raise ObserveError(f"No packet can start in {source.name}: it does not run.", cure="Start it first.")
    for party in (source, target):
        _walkable(topology, party)
    question = _question(topology, source, target, how)
    if question is None:
        raise ObserveError(f"There is no way from {source.name} to {target.name} by {how}.", cure="Try another one.")
    there = aims.space(topology, target)
    names = how in ("name", "port by name")
    to_there = _is_outside(target)
    abroad = from_there or to_there
    own, aim = _own(here), _aim(there, question, abroad=to_there, names=names)
    uplink = topology.host.default_route.device if topology.host.default_route else ""
    extra = [_DNS_SERVER, *([outside.NAMESERVER] if abroad or private else [])] if names else []
    home, way_out = topology.host.interface(uplink), bool(uplink) and (abroad or (names and private))
    out = [home.ipv4.ip] if way_out and home and home.ipv4 else []
    asked = [] if names else [question.target]
    places = tuple(_places(topology, source, target, abroad))
    bridges = [n.bridge for n in topology.networks if n.bridge]
    return Plan(
        source=source.name,
        target=target.name,
        question=question,
        places=places,
        start=len(places) - 1 if here is None else 0 if here.host else 1,
        addresses=tuple(dict.fromkeys([*asked, *(() if here and here.host else own), *aim, *extra, *out])),
        ports=tuple(dict.fromkeys([question.port or _SERVICE, *_behind(topology, target)])),
        allowed=("lo", *bridges, *([uplink] if way_out else [])),
        points=tuple(_points(topology, places)),
        own=own,
        aim=aim,
        files=_files(topology, source) if names else "",
        names=names,
        there=OUTSIDE if to_there else next((p.name for p in places if there and p.inode == there.inode), ""),
        spared=() if way_out else _held(topology.host),
    )


def _is_outside(party: Party) -> bool:
    return party.name == OUTSIDE and not party.id


def _walkable(topology: Topology, party: Party) -> None:
    if not party.id:
        return
    if party.name in (HOST, OUTSIDE):
        raise ObserveError(
            f"The container's name is {party.name}, which is also that of a place: they could not be told apart.",
            cure=f"Give it another one: {shlex.join(['docker', 'rename', party.name, f'my-{party.name}'])}.",
        )
    drivers = {n.name: n.driver for n in topology.networks}
    strange = [e.network for e in topology.container(party.id).endpoints if drivers.get(e.network) not in _WALKED]
    if strange:
        raise ObserveError(
            f"{party.name} is in the network {strange[0]}, whose packets need not pass this host's bridges.",
            cure="Packets are followed in networks of the driver bridge.",
        )


def _question(topology: Topology, source: Party, target: Party, how: How) -> Question | None:
    if _is_outside(target):
        return _to_outside(how)
    if _is_outside(source) and "name" in how:
        return None  # it knows no container's
    if how == "published at the host's address":
        return _at_uplink(topology, target)
    if how == "port by name":
        return Question("connect", topology.container(target.id).name, _SERVICE) if target.id else None
    if how == "name" and not target.id:
        return None
    if how == "published" and not target.id:
        return None
    here, there = aims.space(topology, source), aims.space(topology, target)
    if (
        how in ("address", "port")
        and here
        and here is there
        and not (here and here.host and target.id == source.id == "")
    ):
        return Question("ping", _LOCALHOST) if how == "address" else Question("connect", _LOCALHOST, _SERVICE)
    return aims.question(topology, source, target, how)


def _to_outside(how: How) -> Question | None:
    address = outside.NAMES[outside.SERVER][0]
    return {
        "address": Question("ping", address),
        "name": Question("ping", outside.SERVER),
        "port": Question("connect", address, _SERVICE),
        "port by name": Question("connect", outside.SERVER, _SERVICE),
    }.get(how)


def _at_uplink(topology: Topology, target: Party) -> Question | None:
    route = topology.host.default_route
    link = topology.host.interface(route.device) if route else None
    binding = aims.binding(topology.container(target.id)) if target.id else None
    return Question("connect", link.ipv4.ip, binding.host_port) if link and link.ipv4 and binding else None


def _aim(there: Namespace | None, question: Question, *, abroad: bool, names: bool) -> tuple[str, ...]:
    """The target's addresses; of the host, the one that is asked; none of what does not run."""
    if abroad:
        return outside.NAMES[outside.SERVER]
    if there is None:
        return ()
    return (question.target,) if there.host and not names else _held(there)


def _own(here: Namespace | None) -> tuple[str, ...]:
    """The source's addresses; of the outside, the one of its client."""
    return _held(here) if here else (outside.CLIENT,)


def _held(space: Namespace) -> tuple[str, ...]:
    return tuple(address.ip for address in aims.addresses(space))


def _behind(topology: Topology, target: Party) -> Iterator[int]:
    """The container's own port, behind the published one."""
    binding = aims.binding(topology.container(target.id)) if target.id else None
    yield binding.port if binding else _SERVICE


def _files(topology: Topology, source: Party) -> str:
    pid = topology.container(source.id).pid if source.id else None
    return f"/proc/{pid}/root" if pid else ""


def _places(topology: Topology, source: Party, target: Party, abroad: bool) -> Iterator[Place]:
    yield Place(HOST, "/proc/self/ns/net", topology.host.inode)
    told = {topology.host.inode}
    for party in (source, target):
        found = topology.container(party.id) if party.id else None
        if found and found.namespace and found.namespace not in told:
            told.add(found.namespace)
            yield Place(found.name, f"/proc/{found.pid}/ns/net", found.namespace)
    if abroad:
        yield Place(OUTSIDE, f"/proc/1/root{outside.NAMESPACE}", 0)


def _points(topology: Topology, places: tuple[Place, ...]) -> Iterator[Point]:
    spaces = {space.inode: space for space in (topology.host, *topology.namespaces)}
    for place in places:
        space = spaces.get(place.inode)
        for interface in space.interfaces if space else ():
            yield _point(topology, place, interface, host=bool(space and space.host))


def _point(topology: Topology, place: Place, interface: Interface, *, host: bool) -> Point:
    if interface.kind == "loopback":
        return Point(place.name, interface.name, "loopback")
    if not host:
        return Point(place.name, interface.name, "own")
    bridge = next((b for b in topology.bridges if b.name == interface.name), None)
    if bridge:
        return Point(place.name, interface.name, "bridge", bridge.network or "")
    user = _at_the_other_end(topology, interface)
    if user or (interface.kind == "veth" and interface.master):  # it leads to somebody, also where we do not look
        return Point(place.name, interface.name, "cable", user.name if user else "")
    return Point(HOST, interface.name, "uplink")


def _at_the_other_end(topology: Topology, interface: Interface) -> Container | None:
    for wire in topology.wires:
        if wire.a == (topology.host.inode, interface.name):
            there = topology.sharing(wire.b[0])  # those who joined it have no endpoint of their own
            return min(there, key=lambda container: not container.endpoints, default=None)
    return None
