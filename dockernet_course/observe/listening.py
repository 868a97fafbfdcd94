"""Who listens where, of the sockets in one observation. Pure.

Several containers may share a namespace, its addresses and its name (UTS): only processes tell who of them answers.
"""

from __future__ import annotations

from collections.abc import Iterable

from dockernet_course.observe.model import Container, Listener, Topology

__all__ = ["held_by", "listeners_in", "who_gets"]


def listeners_in(seen: Topology, container: Container) -> tuple[Listener, ...]:
    """Those in the container's namespace, whoever of those in it they belong to."""
    return tuple(each for each in seen.listeners if each.namespace == container.namespace)


def held_by(seen: Topology, container: Container) -> tuple[Listener, ...]:
    """What the container's own programs wait at."""
    return tuple(each for each in seen.listeners if container.id in each.owners)


def who_gets(
    found: Iterable[Listener], namespace: int | None, address: str, port: int, protocol: str = "tcp"
) -> tuple[Listener, ...]:
    """Who gets what is sent to that address and port: who waits at the address itself, else who waits at all."""
    able = [each for each in found if (each.namespace, each.protocol, each.port) == (namespace, protocol, port)]
    able = [each for each in able if each.waits_at(address)]
    exact = [each for each in able if not each.everywhere]
    return tuple(exact or able)
