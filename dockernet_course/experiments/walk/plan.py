"""Where a walk leads, decided from one observation: what is asked, whose networks are watched, what may pass. Pure."""

from __future__ import annotations

import shlex
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from ipaddress import ip_address

from dockernet_course.engines import outside
from dockernet_course.errors import ObserveError
from dockernet_course.experiments import targets
from dockernet_course.experiments.ask import Question
from dockernet_course.experiments.model import Family, Protocol
from dockernet_course.experiments.targets import HOST, Party
from dockernet_course.experiments.walk.ends import OUTSIDE, SERVERS, Ends
from dockernet_course.experiments.walk.ends import question as question_of
from dockernet_course.experiments.walk.model import How, Point
from dockernet_course.observe import Container, Interface, Namespace, Topology

__all__ = ["OUTSIDE", "WalkPlan", "WatchedNamespace", "files", "plan"]

_DNS_SERVER = "127.0.0.11"
_NAME_SERVERS = (_DNS_SERVER, outside.NAMESERVER)
_WALKED = ("bridge", "host", "null")


@dataclass(frozen=True)
class WatchedNamespace:
    """A network namespace to watch: the ``path`` of its file in the observer, its ``inode`` (0: not known)."""

    name: str
    path: str
    inode: int


@dataclass(frozen=True)
class WalkPlan:
    """Everything that the walk needs to know; ``places`` begins with the host.

    ``addresses`` and ``ports`` are those of its packets, ``allowed`` the host's interfaces by which they may leave,
    ``published`` the port that leads to ``port``, ``aim`` the target's own addresses, ``own`` the source's, ``files``
    the root in which names are looked up ("" for the host's), ``there`` the place where the target is, ``spared`` those
    of the addresses that are the host's own, with which others send, too: the guard is not for them.
    """

    source: str
    target: str
    question: Question
    places: tuple[WatchedNamespace, ...]
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

    @property
    def datagram(self) -> bool:
        """Whether the question is a datagram of UDP."""
        return self.question.kind == "datagram"

    def point(self, space: str, interface: str) -> Point:
        """The point of that name; an interface that the observation did not have yet is the host's "uplink"."""
        known = (p for p in self.points if (p.space, p.interface) == (space, interface))
        return next(known, Point(space, interface, "uplink" if space == HOST else "own"))


def plan(
    topology: Topology,
    source: Party,
    target: Party,
    how: How,
    port: int | None = None,
    *,
    private: bool,
    family: Family | None = None,
    at: str = "",
    protocol: Protocol = "tcp",
) -> WalkPlan:
    """The walk's plan. Raises ObserveError when there is nothing to walk to.

    ``port`` is the target's own that is asked; without one, that at which it listens. ``family``, ``at``,
    ``protocol``: see ``Ends``. In a ``private`` engine Docker's
    DNS may ask the outside about a name, for that is the course's own.
    """
    ends = Ends(topology, source, target, how, port, family, at, protocol)
    if ends.here is None and not ends.from_outside:
        raise ObserveError(f"No packet can start in {source.name}: it does not run.", cure="Start it first.")
    for party in (source, target):
        _walkable(topology, party)
    question = question_of(ends)
    if question is None:
        by = ", by ".join([how, *([f"IPv{family}"] if family else []), *(["UDP"] if protocol == "udp" else [])])
        raise ObserveError(
            f"There is no way from {source.name} to {target.name} by {by}.",
            state=f"{target.name} has no IPv6 address."
            if family == 6 and ends.there and not targets.addresses(ends.there, 6)
            else "",
            cure="Try another one.",
        )
    places = tuple(_places(ends))
    own, aim, uplink = _own(ends.here), _aim(ends, question), _uplink(ends, private)
    found = _addresses(ends, question, own, aim, uplink, private)
    return WalkPlan(
        source=source.name,
        target=target.name,
        question=question,
        places=places,
        start=_start(ends, places),
        addresses=tuple(dict.fromkeys(_of_its_families(ends, question, found))),
        ports=tuple(dict.fromkeys([question.port or ends.service, *_behind(ends)])),
        allowed=("lo", *(n.bridge for n in topology.networks if n.bridge), *([uplink] if uplink else [])),
        points=tuple(_points(topology, places)),
        own=own,
        aim=aim,
        files=files(topology, source) if ends.names else "",
        names=ends.names,
        there=_there(ends, places),
        spared=() if uplink else _held(topology.host),
    )


def _start(ends: Ends, places: tuple[WatchedNamespace, ...]) -> int:
    """The number of the place where the source is: the outside is the last, the host the first."""
    if ends.here is None:
        return len(places) - 1
    return 0 if ends.here.host else 1


def _there(ends: Ends, places: tuple[WatchedNamespace, ...]) -> str:
    """The place where the target is, "" where that is not watched."""
    if ends.to_outside:
        return OUTSIDE
    return next((place.name for place in places if ends.there and place.inode == ends.there.inode), "")


def _uplink(ends: Ends, private: bool) -> str:
    """The host's interface by which packets may leave, "" for none."""
    route = ends.topology.host.default_route or ends.topology.host.way_out(6)
    return route.device if route and (ends.abroad or (ends.names and private)) else ""


def _addresses(
    ends: Ends, question: Question, own: Sequence[str], aim: Sequence[str], uplink: str, private: bool
) -> Iterator[str]:
    """Those of the walk's packets, also what they are rewritten to; of the host's own, only by which they leave."""
    if ends.by_loopback:
        yield question.target  # its packets have no other one: ARP that speaks of one is somebody else's
        return
    if not ends.names:
        yield question.target
    if not (ends.here and ends.here.host):
        yield from own
    yield from aim
    if ends.names:
        yield _DNS_SERVER
        yield from [outside.NAMESERVER] if ends.abroad or private else []
    home = ends.topology.host.interface(uplink) if uplink else None
    held = [home.address(family) for family in (4, 6)] if home else []
    yield from (address.ip for address in held if address)


def _of_its_families(ends: Ends, question: Question, found: Iterable[str]) -> Iterator[str]:
    """Those that a packet of the walk can have.

    A name may lead to both families, and docker-proxy passes on from one to the other. Docker's DNS is asked by IPv4.
    """
    by = ends.family if ends.names else None if "published" in ends.how else ip_address(question.target).version
    yield from (a for a in found if by in (None, ip_address(a).version) or (ends.names and a in _NAME_SERVERS))


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


def _aim(ends: Ends, question: Question) -> tuple[str, ...]:
    """The target's addresses; of the host, the one that is asked; none of what does not run."""
    if ends.to_outside:
        return tuple(address for name in SERVERS.values() for address in outside.NAMES[name])
    if ends.there is None:
        return ()
    return (question.target,) if ends.there.host and not ends.names else _held(ends.there)


def _own(here: Namespace | None) -> tuple[str, ...]:
    """The source's addresses; of the outside, its client's, and by IPv6 its router's."""
    return _held(here) if here else (outside.CLIENT, outside.ROUTER6)


def _held(space: Namespace) -> tuple[str, ...]:
    return tuple(address.ip for address in targets.addresses(space, every=True))


def _behind(ends: Ends) -> Iterator[int]:
    """The container's own port, behind the published one."""
    target = ends.target
    binding = ends.binding(target) if target.id else None
    yield binding.port if binding else ends.service


def files(topology: Topology, source: Party) -> str:
    """Below which folder the source's files are, as the host sees them; "" for the host's own."""
    pid = topology.container(source.id).pid if source.id else None
    return f"/proc/{pid}/root" if pid else ""


def _places(ends: Ends) -> Iterator[WatchedNamespace]:
    topology = ends.topology
    yield WatchedNamespace(HOST, "/proc/self/ns/net", topology.host.inode)
    told = {topology.host.inode}
    for party in (ends.source, ends.target):
        found = topology.container(party.id) if party.id else None
        if found and found.namespace and found.namespace not in told:
            told.add(found.namespace)
            yield WatchedNamespace(found.name, f"/proc/{found.pid}/ns/net", found.namespace)
    if ends.abroad:
        yield WatchedNamespace(OUTSIDE, f"/proc/1/root{outside.NAMESPACE}", 0)


def _points(topology: Topology, places: tuple[WatchedNamespace, ...]) -> Iterator[Point]:
    spaces = {space.inode: space for space in (topology.host, *topology.namespaces)}
    for place in places:
        space = spaces.get(place.inode)
        for interface in space.interfaces if space else ():
            yield _point(topology, place, interface, host=bool(space and space.host))


def _point(topology: Topology, place: WatchedNamespace, interface: Interface, *, host: bool) -> Point:
    if interface.kind == "loopback":
        return Point(place.name, interface.name, "loopback")
    if not host:
        return Point(place.name, interface.name, "own", mac=interface.mac)
    bridge = next((b for b in topology.bridges if b.name == interface.name), None)
    if bridge:
        return Point(place.name, interface.name, "bridge", bridge.network or "")
    user = _at_the_other_end(topology, interface)
    if user or (interface.kind == "veth" and interface.master):  # it leads to somebody, also where we do not look
        return Point(place.name, interface.name, "veth", user.name if user else "")
    return Point(HOST, interface.name, "uplink")


def _at_the_other_end(topology: Topology, interface: Interface) -> Container | None:
    for wire in topology.wires:
        if wire.a == (topology.host.inode, interface.name):
            there = topology.sharing(wire.b[0])  # those who joined it have no endpoint of their own
            return min(there, key=lambda container: not container.endpoints, default=None)
    return None
