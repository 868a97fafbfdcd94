"""First step, discover: everything that one observation reads, raw.

Two lists from the engine and one command in the observer, however many containers there are. What no list tells (which
aliases, published ports, hosts entries and name servers were asked for) takes an inspection of each container, once.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from itertools import islice, pairwise
from typing import Any, Protocol

from dockernet_course.errors import NotFound, ObserveError
from dockernet_course.lab import script_argv
from dockernet_course.observe.netlink import split

__all__ = ["Seen", "Space", "discover", "name_of", "parse"]

OBSERVER = "dockernet-observer-"
LABEL = "org.dockernet.course"
ALIVE = ("running", "paused")
_LINES = ("legacy", "socket", "held")
Json = dict[str, Any]


class _Engine(Protocol):
    @property
    def version(self) -> str: ...
    @property
    def private(self) -> bool: ...


class _Observer(Protocol):
    def exec(self, argv: Sequence[str]) -> bytes: ...


class Source(Protocol):
    """What an observation needs of a ``View``; ``whole``: everything on the engine is meant, not its own alone."""

    @property
    def id(self) -> str: ...
    @property
    def engine(self) -> _Engine: ...
    @property
    def whole(self) -> bool: ...
    @property
    def observer(self) -> _Observer: ...
    def api_containers(self) -> list[Json]: ...
    def api_networks(self) -> list[Json]: ...
    def api_inspect(self, name: str) -> Json: ...
    def api_inspected(self, listed: Sequence[Json]) -> dict[str, Json]: ...


@dataclass(frozen=True)
class Space:
    """One network namespace, raw.

    ``containers`` maps the ids of those found in it to their pid; ``nsids`` maps the numbers under which it knows
    others (``link-netnsid``) to their inodes. ``routing`` are the rules of ``ip rule``, ``netconf`` what is set for
    forwarding. Only of the host's are there ``rules``, nftables' that masquerade, and ``legacy``, those of
    iptables-legacy as lines. ``sockets`` are lines, too, of those that wait for packets, and ``held`` whose they are.
    """

    inode: int
    containers: Mapping[str, int]
    nsids: Mapping[int, int]
    links: tuple[bytes, ...]
    addresses: tuple[bytes, ...]
    routes: tuple[bytes, ...]
    neighbours: tuple[bytes, ...]
    rules: tuple[bytes, ...] = ()
    routing: tuple[bytes, ...] = ()
    netconf: tuple[bytes, ...] = ()
    legacy: tuple[str, ...] = field(default=(), kw_only=True)
    sockets: tuple[str, ...] = field(default=(), kw_only=True)
    held: tuple[str, ...] = field(default=(), kw_only=True)


@dataclass(frozen=True)
class Seen:
    """All that was read.

    ``spaces`` begins with the host's; ``containers`` and ``networks`` are the engine's JSON, of the containers
    that are meant and of all networks; ``inspected`` has more of each container, by its id. ``vanished`` holds
    container ids; ``foreign`` counts other running containers. ``whole``: all are meant.
    """

    engine: str
    lab: str
    whole: bool
    spaces: tuple[Space, ...]
    containers: tuple[Json, ...]
    networks: tuple[Json, ...]
    vanished: tuple[str, ...] = ()
    foreign: int = 0
    inspected: Mapping[str, Json] = field(default_factory=dict)


Dump = tuple[tuple[Space, ...], tuple[str, ...], tuple[str, ...]]


def parse(output: bytes) -> Dump:
    """The namespaces in the snapshot script's output; the ids that vanished; the ids whose process it did not find."""
    head, _, body = output.partition(b"\n\n")
    lines = [line.split() for line in head.decode(errors="replace").splitlines()]
    starts = [at for at, words in enumerate(lines) if words[0] == "namespace"]
    if not starts:
        raise ObserveError("The observer's answer is not a snapshot.", state=output[:300].decode(errors="replace"))
    messages = split(body)
    spaces = [_space(lines[start:end], messages) for start, end in pairwise([*starts, len(lines)])]
    vanished, unknown = (tuple(w[1] for w in lines if w[0] == word) for word in ("vanished", "unknown"))
    return tuple(spaces), vanished, unknown


def _space(lines: list[list[str]], messages: Iterator[bytes]) -> Space:
    inode, *counts = map(int, lines[0][1:])
    containers = {words[1]: int(words[2]) for words in lines if words[0] == "container"}
    nsids = {int(words[1]): int(words[2]) for words in lines if words[0] == "nsid"}
    seen = Space(inode, containers, nsids, *(tuple(islice(messages, count)) for count in counts))
    said = {word: tuple(" ".join(words[1:]) for words in lines if words[0] == word) for word in _LINES}
    return replace(seen, legacy=said["legacy"], sockets=said["socket"], held=said["held"])


def discover(lab: Source) -> Seen:
    """Read everything that ``relate`` and ``decorate`` need.

    Raises EngineStopped when the engine is gone, ObserveError when the observer's answer cannot be read.
    """
    with ThreadPoolExecutor(2) as pool:
        networks, listed = pool.submit(lab.api_networks), pool.submit(lab.api_containers)
        asked = pool.submit(lambda: lab.api_inspected(_mine(listed.result(), lab)))
        everything = _dump(lab, ["--all"]) if lab.engine.private else None  # nobody else's containers are in there
        mine = _mine(listed.result(), lab)
        spaces, vanished = _snapshot(lab, [c["Id"] for c in _alive(mine)], everything)
        return Seen(
            engine=lab.engine.version,
            lab=lab.id,
            whole=lab.whole,
            spaces=spaces,
            containers=tuple(mine),
            networks=tuple(networks.result()),
            vanished=vanished,
            foreign=len(_alive(_others(listed.result()))) - len(_alive(mine)),
            inspected=asked.result(),
        )


def name_of(container: Json) -> str:
    """Its own name; the API also lists the names that links give it ("/web/db")."""
    names: list[str] = container.get("Names") or []
    return next((n[1:] for n in names if n.count("/") == 1), str(container["Id"])[:12])


def _others(containers: Iterable[Json]) -> list[Json]:
    """All but the observers."""
    return [c for c in containers if not name_of(c).startswith(OBSERVER)]


def _mine(containers: Iterable[Json], lab: Source) -> list[Json]:
    """Those that are meant: all, or the lab's."""
    return [c for c in _others(containers) if lab.whole or (c.get("Labels") or {}).get(LABEL) == lab.id]


def _alive(containers: Iterable[Json]) -> list[Json]:
    return [c for c in containers if c["State"] in ALIVE]


def _dump(lab: Source, arguments: Sequence[str]) -> Dump:
    return parse(lab.observer.exec(script_argv("observe", "snapshot.py", *arguments)))


def _snapshot(lab: Source, wanted: Sequence[str], dump: Dump | None) -> tuple[tuple[Space, ...], tuple[str, ...]]:
    """The namespaces of the ``wanted`` containers, and who vanished.

    Where the script does not find a container's process, the engine is asked for it, and the script runs once more.
    """
    spaces, vanished, _ = dump or _dump(lab, wanted)
    seen = {name for space in spaces for name in space.containers} | set(vanished)
    unknown = [name for name in wanted if name not in seen]
    if not unknown:
        return spaces, vanished
    pids = {name: _pid(lab, name) for name in unknown}
    found = [f"{name}:{pids[name]}" if name in pids else name for name in wanted if pids.get(name, 1)]
    gone = tuple(name for name, pid in pids.items() if not pid)
    spaces, vanished, unknown_still = _dump(lab, found)
    return spaces, vanished + unknown_still + gone


def _pid(lab: Source, name: str) -> int:
    """The container's first process as the engine knows it, 0 when it runs no more."""
    try:
        return int(lab.api_inspect(name)["State"].get("Pid") or 0)
    except NotFound:
        return 0
