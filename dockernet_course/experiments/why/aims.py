"""Whom a person means: a container, "host", "outside", "web:5432", an address, or a name that only some know."""

from __future__ import annotations

from dataclasses import dataclass, replace

from dockernet_course.experiments.ask import Place, resolve
from dockernet_course.experiments.model import Protocol
from dockernet_course.experiments.places import holder, named, owner
from dockernet_course.experiments.targets import canonical, is_address, party, with_port
from dockernet_course.experiments.walk.run import leaves
from dockernet_course.lab import View
from dockernet_course.observe import Topology

__all__ = ["Aim", "aim", "known_in", "stays"]


@dataclass(frozen=True)
class Aim:
    """The ``place`` that is meant, with the ``port``, its ``protocol`` and the address (``at``) if they were.

    None for a ``name`` that leads to nobody here; ``others`` are those to whom it leads as well.
    """

    place: Place | None
    port: int | None = None
    name: str = ""
    at: str = ""
    protocol: Protocol | None = None
    others: tuple[Place, ...] = ()


def aim(lab: View, seen: Topology, source: Place, target: str | Place, port: int | None) -> Aim:
    """Whom the target means when the source asks. Raises NotFound for an address that nobody here has.

    A name that could be asked outside of an engine of the learner's own is not looked up.
    """
    if not isinstance(target, str):
        return Aim(target, port)
    if target.endswith(("/udp", "/tcp")):  # as in ``docker run -p``
        spoken: Protocol = "udp" if target.endswith("/udp") else "tcp"
        return replace(aim(lab, seen, source, target[:-4], port), protocol=spoken)
    name, given = with_port(target)
    if given is not None:
        return aim(lab, seen, source, name, given)
    if found := named(lab, target):
        return Aim(found, port)
    if is_address(target):
        at = canonical(target)
        return Aim(holder(lab, seen, at, source), port, at=at)
    addresses = resolve(source, target).answers if stays(lab, seen, source, target) else ()
    places = (owner(lab, seen, address, source) for address in addresses)
    first, *others = {place.name: place for place in places if place}.values() or (None,)
    return Aim(first, port, target, others=tuple(filter(None, others)))


def stays(lab: View, seen: Topology, source: Place, name: str) -> bool:
    """Whether a question about the name stays on the engine; a private one's outside is the course's own."""
    return lab.engine.private or not leaves(lab, seen, party(source), name)


def known_in(seen: Topology, name: str) -> tuple[tuple[str, str], ...]:
    """The networks in which the name or alias is known, each with the container that has it there."""
    return tuple(
        (end.network, container.name)
        for container in seen.containers
        for end in container.endpoints
        if container.namespace and name in (container.name, *end.aliases, *end.dns_names)
    )
