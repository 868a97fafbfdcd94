"""What a task leaves alone must be as it was: containers, their networks, networks, and the engine's host."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from dockernet_course.lessons.exercises.context import Context
from dockernet_course.observe import ByHand, Container, Namespace, Topology

__all__ = ["NOTHING", "May", "disturbed", "renamed", "what_happened"]


@dataclass(frozen=True)
class May:
    """What a task lets the learner change, of what was there at its start; all else stays.

    ``replace`` names containers that may be stopped, started again and replaced, ``move`` those whose networks may
    change, ``wire`` those whose interfaces and routes may, ``unmake`` networks that may go. ``links`` holds how the
    names of the links of the engine's host begin that may be changed.
    """

    replace: frozenset[str] = frozenset()
    move: frozenset[str] = frozenset()
    wire: frozenset[str] = frozenset()
    unmake: frozenset[str] = frozenset()
    links: tuple[str, ...] = ()

    def lets(self, change: ByHand) -> bool:
        """Whether the task lets somebody change this on the engine's host."""
        return change.kind == "link" and change.of.startswith(self.links)


NOTHING = May()


def what_happened(now: Topology, about: Context, name: str) -> str:
    """What was done to the container that the text called ``name`` at the start; empty if its process runs on."""
    then = about.at_start(name)
    there = next((c for c in now.containers if then and c.id == then.id), None)
    if then is None:
        return ""
    if there is None:
        anew = any(c.name == then.name for c in now.containers)
        return f"`{name}` was replaced: another container has its name" if anew else f"`{name}` was removed"
    if there.name != then.name:
        return f"`{name}` is called `{there.name}` now"
    if there.namespace is None:
        return f"`{name}` was stopped"
    return f"`{name}` was restarted" if there.pid != then.pid else ""


def renamed(now: Topology, about: Context, may: May) -> str:
    """Which container of the start, that is not to be replaced, has another name now; empty if none has."""
    names = {c.id: about.names.get(c.id, c.name) for c in about.start.containers}
    kept = (name for name in names.values() if name not in may.replace)
    return next((what for name in kept if " is called " in (what := what_happened(now, about, name))), "")


def disturbed(now: Topology, about: Context, may: May) -> str:
    """What is not as it was and should be, in a sentence without its full stop; empty if all is."""
    return next(_all(now, about, may), "")


def _all(now: Topology, about: Context, may: May) -> Iterator[str]:
    for network in about.start.networks:
        name = about.names.get(network.id, network.name)
        if network.mine and name not in may.unmake and network.id not in {n.id for n in now.networks}:
            anew = " and made anew" if any(n.name == network.name for n in now.networks) else ""
            yield f"the network `{name}` was removed{anew}"
    for then in about.start.containers:
        name = about.names.get(then.id, then.name)
        if then.mine and name not in may.replace and then.namespace:
            yield from _of(name, then, now, about, may)


def _of(name: str, then: Container, now: Topology, about: Context, may: May) -> Iterator[str]:
    if happened := what_happened(now, about, name):
        yield happened
        return
    there = now.container(then.id)
    if name not in may.move:
        old, new = ({e.network for e in c.endpoints} for c in (then, there))
        yield from (f"`{name}` has left the network `{each}`" for each in sorted(old - new))
        yield from (f"`{name}` has joined the network `{each}`" for each in sorted(new - old))
    if name not in may.move | may.wire:
        yield from _wired(name, about.start.namespace(then.id), now.namespace(then.id))
    yield from _listens(name, then, about.start, now)


def _wired(name: str, then: Namespace | None, now: Namespace | None) -> Iterator[str]:
    """What was changed in the namespace of a container whose networks are the same."""
    if then is None or now is None:
        return
    old, new = ({i.name: i for i in space.interfaces} for space in (then, now))
    for device in sorted({*old, *new}):
        if device not in old or device not in new:
            yield f"in `{name}` the interface `{device}` is {'new' if device in new else 'gone'}"
        elif old[device].up != new[device].up:
            yield f"in `{name}` the interface `{device}` was set {'up' if new[device].up else 'down'}"
        elif _addresses(then, device) != _addresses(now, device):
            yield f"in `{name}` the interface `{device}` has other addresses"
    if _routes(then) != _routes(now):
        yield f"in `{name}` the routes are others"


def _addresses(space: Namespace, device: str) -> set[str]:
    there = space.interface(device)
    return {str(a) for a in there.addresses if a.scope != "link"} if there else set()


def _routes(space: Namespace) -> set[tuple[str, str, str | None]]:
    return {(r.destination, r.device, r.gateway) for r in space.routes if not r.destination.startswith(("fe80", "ff"))}


def _listens(name: str, then: Container, start: Topology, now: Topology) -> Iterator[str]:
    """A server that began or ended in a container that runs on."""
    old, new = (
        {str(x) for x in found if then.id in x.owners and x.protocol == "tcp"}
        for found in (start.listeners, now.listeners)
    )
    yield from (f"a program in `{name}` itself waits at `{each}` now" for each in sorted(new - old))
    yield from (f"the server in `{name}` does not wait at `{each}` any more" for each in sorted(old - new))
