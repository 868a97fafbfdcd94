"""The same questions, put to a container of every network mode: what is its own, what is shared, what is missing.

The answers come from an observation and from asking every name in every container; nothing is known by the mode.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from dockernet_course.experiments.ask import Place, Question, probe_of
from dockernet_course.experiments.matrix import ask_all
from dockernet_course.experiments.targets import Party, addresses, space
from dockernet_course.lab import JOINED, ContainerHandle, Lab, joined
from dockernet_course.observe import Topology, observe

__all__ = ["Mode", "modes", "seen_as"]


@dataclass(frozen=True)
class Mode:
    """One container's answers. ``mode`` is what ``--network`` says, or would say.

    ``addresses`` are those of IPv4 that it was given itself: neither the host's nor another container's that it joined.
    ``names``: whose names lead to them from there, whether they answer or not.
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


def modes(lab: Lab, containers: Iterable[ContainerHandle]) -> tuple[Mode, ...]:
    """Ask each of the containers that run; names are those of all that run in the lab."""
    asked = tuple(containers)
    seen = observe(lab)
    called = {handle.id: handle.name for handle in lab.containers()}
    running = {ident: Question("resolve", seen.container(ident).name) for ident in called if seen.namespace(ident)}
    plan: dict[Place, list[Question]] = {
        who: [q for ident, q in running.items() if ident != who.id] for who in asked if who.id in running
    }
    found = {
        who.id: {q.target: probe_of(who.name, q, outputs).answers for q, outputs in answers.items()}
        for who, answers in ask_all(plan).items()
        if isinstance(who, ContainerHandle)
    }
    return tuple(seen_as(seen, found.get(handle.id, {}), handle.id, called) for handle in asked)


def leads_to(seen: Topology, ident: str, found: Iterable[str]) -> bool:
    """Whether one of the addresses found behind a name is the container's: its name, not somebody else's. Pure."""
    held = {a.ip for a in addresses(space(seen, Party("", ident)), every=True)}
    return not held.isdisjoint(found)


def seen_as(seen: Topology, found: Mapping[str, Iterable[str]], ident: str, called: dict[str, str]) -> Mode:
    """The answers of one container, which ``found`` these addresses behind names; ``called`` are the text's. Pure."""
    it, space = seen.container(ident), seen.namespace(ident)
    together = seen.sharing(space.inode) if space else ()
    shares = tuple(called.get(c.id, c.name) for c in together if c.id != ident)
    own = space is not None and not space.host and not it.owner
    held = [a.ip for i in (space.interfaces if space and own else ()) for a in i.addresses if a.scope == "global"]
    return Mode(
        name=called.get(ident, it.name),
        mode=_mode(it.network_mode, called),
        addresses=tuple(ip for ip in held if ":" not in ip),
        names=tuple(
            name for other, name in called.items() if leads_to(seen, other, found.get(seen.container(other).name, ()))
        ),
        published=any(binding.host_port for binding in it.ports),
        shares=shares,
        on_host=space is not None and space.host,
    )


def _mode(mode: str, called: dict[str, str]) -> str:
    if whose := joined(mode):
        return JOINED + called.get(whose, whose)
    return "bridge" if mode == "default" else mode
