"""Whether the question about a name stays inside, on an engine of the learner's own. Pure.

Docker's name server passes on what it does not know, and it asks for itself: from engine 28 on always from the host's
network namespace, before that only a server on the host's loopback (``resolver.go`` of libnetwork). There, the guard
of a walk cannot tell its packets from others. So such a walk is refused before anything is sent.
"""

from __future__ import annotations

from collections.abc import Iterator

from dockernet_course.experiments import targets
from dockernet_course.experiments.targets import Party
from dockernet_course.observe import Topology

__all__ = ["known", "leaves"]

_DOCKERS = "127.0.0.11"


def leaves(name: str, hosts: str, resolv: str, known: frozenset[str], own: frozenset[str] | None) -> str:
    """Why a question about the name could leave the engine's host where no guard is; empty if it cannot.

    ``hosts`` and ``resolv`` are the source's files, ``known`` the names that Docker has for it, ``own`` the addresses
    of the engine's host, or None where the source is in the host's namespace. What is asked by IPv4 from a container's
    own address, the guard of the walk holds back.
    """
    if name in _listed(hosts):
        return ""
    if own is None:
        return "the engine's host would ask its own name server"
    servers = list(_values(resolv, "nameserver"))
    if _DOCKERS not in servers:
        asked = next((server for server in servers if server in own or ":" in server), "")
        return f"the name server {asked} would be asked where no guard is" if asked else ""
    if name not in known:
        return f"Docker does not know {name!r} there, so its name server would ask the one that the host uses"
    if list(_values(resolv, "search")) and name.count(".") < _ndots(resolv):
        return f"its resolver completes the name first (ndots:{_ndots(resolv)}), and Docker does not know the result"
    return ""


def known(topology: Topology, source: Party) -> frozenset[str]:
    """The names that Docker's name server has for the source: of all that run in its networks, but the default one."""
    space = targets.space(topology, source)
    here = topology.sharing(space.inode) if space and not space.host else ()
    networks = {end.network for container in here for end in container.endpoints} - {"bridge"}
    return frozenset(
        name
        for other in topology.containers
        for end in other.endpoints
        if other.namespace and end.network in networks
        for name in (other.name, other.id[:12], *end.aliases)
    )


def _listed(hosts: str) -> Iterator[str]:
    for line in hosts.splitlines():
        yield from line.partition("#")[0].split()[1:]


def _values(resolv: str, key: str) -> Iterator[str]:
    for line in resolv.splitlines():
        words = line.split()
        if words[:1] == [key]:
            yield from words[1:]


def _ndots(resolv: str) -> int:
    """As glibc reads it: the last one counts, 1 without any (resolv.conf(5))."""
    found = [value.partition(":")[2] for value in _values(resolv, "options") if value.startswith("ndots:")]
    return int(found[-1]) if found and found[-1].isdigit() else 1
