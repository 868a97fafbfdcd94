"""Whom a text means: a container, "host", "outside", or whoever has an address."""

from __future__ import annotations

from dockernet_course.errors import NotFound
from dockernet_course.experiments.ask import Place
from dockernet_course.experiments.targets import HOST, OUTSIDE, is_loopback, whose
from dockernet_course.lab import View
from dockernet_course.observe import Topology

__all__ = ["holder", "named", "owner", "placed"]


def placed(lab: View, who: str | Place) -> Place:
    """The place itself, or that of a container's name, "host" or "outside". Raises NotFound."""
    return named(lab, who) or lab.container(who) if isinstance(who, str) else who


def named(lab: View, name: str) -> Place | None:
    """The container of that name, in the text or the engine's; or one of the two other places."""
    handle = next((h for h in lab.containers() if name in (h.name, h.real_name)), None)
    if handle or name not in (HOST, OUTSIDE):
        return handle
    return lab.host if name == HOST else lab.outside


def holder(lab: View, seen: Topology, address: str, source: Place) -> Place:
    """Who has the address, as the source finds it. Raises NotFound if nobody here does."""
    place = owner(lab, seen, address, source)
    if place is None:
        raise NotFound(
            f"Nobody on this engine has the address {address}.",
            state="Nothing was sent: an address that nobody here has could be anybody's.",
            cure="Ask for a container, the host, or the outside of a private engine.",
        )
    return place


def owner(lab: View, seen: Topology, address: str, source: Place) -> Place | None:
    """Who has the address: the host, or a container; at a loopback address everybody finds itself."""
    if is_loopback(address):
        return source
    if seen.host.holds(address):
        return lab.host
    owners = whose(seen, [address])
    return named(lab, owners[0]) if owners else None
