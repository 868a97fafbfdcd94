"""What the judges of several chapters look for in an observation."""

from __future__ import annotations

from dockernet_course.errors import NotFound
from dockernet_course.lessons.exercises import Context
from dockernet_course.observe import Container, Interface, Topology

__all__ = ["default_bridge", "host_ends", "inside", "running", "undisturbed"]


def running(now: Topology, about: Context, name: str) -> Container | None:
    """The container that the text calls ``name``, if it is there and runs."""
    try:
        found = now.container(about.lab.container(name))
    except (NotFound, KeyError):
        return None
    return found if found.namespace else None


def undisturbed(now: Topology, about: Context, name: str) -> Container | None:
    """The container that the text calls ``name``, if the process of the start still runs in it.

    The namespace's inode does not tell: a restarted container is given the number that it has just left, now and then.
    """
    then, there = about.at_start(name), running(now, about, name)
    return there if then and there and (there.id, there.pid) == (then.id, then.pid) else None


def default_bridge(now: Topology) -> str:
    """The device of the default network, usually ``docker0``; empty where an engine has no such network."""
    return next((n.bridge or "" for n in now.networks if n.name == "bridge"), "")


def inside(now: Topology, container: Container) -> tuple[Interface, ...]:
    """The interfaces in the container's namespace; none when it does not run."""
    space = now.namespace(container)
    return space.interfaces if space else ()


def host_ends(now: Topology, container: Container) -> tuple[Interface, ...]:
    """The other ends of the container's veth pairs."""
    peers = (now.peer(container, interface.name) for interface in inside(now, container))
    return tuple(peer for peer in peers if peer)
