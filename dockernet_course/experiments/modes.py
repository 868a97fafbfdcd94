"""The same questions, put to a container of every network mode: what is its own, what is shared, what is missing.

The answers come from an observation and from asking every name in every container; nothing is known by the mode.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from dockernet_course.experiments.matrix import reachability
from dockernet_course.experiments.model import Matrix
from dockernet_course.lab import Container, Lab
from dockernet_course.observe import Topology, observe

__all__ = ["Mode", "modes", "seen_as"]

_JOINED = "container:"


@dataclass(frozen=True)
class Mode:
    """One container's answers. ``mode`` is what ``--network`` says, or would say.

    ``addresses`` are those of IPv4 that it was given itself: neither the host's nor another container's that it joined.
    ``names``: whose names lead there.
    ``published`` is whether a port on the host leads to it, by ``-p`` of its own. ``shares`` names the containers in
    the same network namespace, ``on_host`` is whether that is the host's.
    """

    name: str
    mode: str
    addresses: tuple[str, ...]
    names: tuple[str, ...]
    published: bool
    shares: tuple[str, ...]
    on_host: bool


def modes(lab: Lab, containers: Iterable[Container]) -> tuple[Mode, ...]:
    """Ask each of the containers; names are those of all that run in the lab."""
    asked = tuple(containers)
    matrix = reachability(lab, asked, ways=["name"])
    seen = observe(lab)
    called = {handle.id: handle.name for handle in lab.containers()}
    return tuple(seen_as(seen, matrix, handle.id, called) for handle in asked)


def seen_as(seen: Topology, matrix: Matrix, ident: str, called: dict[str, str]) -> Mode:
    """The answers of one container; ``called`` are the text's names by id. Pure."""
    it, space = seen.container(ident), seen.namespace(ident)
    together = seen.sharing(space.inode) if space else ()
    shares = tuple(called.get(c.id, c.name) for c in together if c.id != ident)
    joined = it.network_mode.startswith(_JOINED)
    own = space is not None and not space.host and not joined
    held = [a.ip for i in (space.interfaces if space and own else ()) for a in i.addresses if a.scope == "global"]
    return Mode(
        name=called.get(ident, it.name),
        mode=_mode(it.network_mode, called),
        addresses=tuple(ip for ip in held if ":" not in ip),
        names=tuple(c.target for c in matrix if c.source == called.get(ident) and c.probe and c.probe.ok),
        published=any(binding.host_port for binding in it.ports),
        shares=shares,
        on_host=space is not None and space.host,
    )


def _mode(mode: str, called: dict[str, str]) -> str:
    if mode.startswith(_JOINED):
        whose = mode.removeprefix(_JOINED)
        return _JOINED + called.get(whose, whose)
    return "bridge" if mode == "default" else mode
