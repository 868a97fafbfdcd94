"""Removing what is ours: by label only, or, in a private engine, everything that is not the engine's own."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TypeVar

from dockernet_course.engines import Engine
from dockernet_course.errors import InUse, LabError, NotFound
from dockernet_course.lab import changes, nft_tables, settling, veth_pairs
from dockernet_course.lab import lease as leases
from dockernet_course.lab.api import Api, Json
from dockernet_course.lab.names import PREDEFINED
from dockernet_course.lab.observer import OBSERVER, Observer

__all__ = ["EngineObject", "before", "clean", "everything", "leftovers", "name_of", "remove", "sweep"]

_AT_ONCE = 8
Item = TypeVar("Item")
Result = TypeVar("Result")


@dataclass(frozen=True)
class EngineObject:
    """Something in the engine. ``kind`` is "container", "network" or "volume"; ``lab`` is empty if nobody labelled it.

    ``dead`` tells that the process that owned the lab is gone, ``view`` that it is no lab's, but a view's observer.
    """

    kind: str
    name: str
    id: str
    lab: str = ""
    dead: bool = False
    view: bool = False

    def __str__(self) -> str:
        return f"{self.kind} {self.name}"


def name_of(container: Json) -> str:
    """The container's own name; the API also lists the names that links give it ("/web/db")."""
    names: list[str] = container.get("Names") or []
    return next((name[1:] for name in names if name.count("/") == 1), str(container["Id"])[:12])


def everything(api: Api, label: str | None = None) -> list[EngineObject]:
    """All containers, networks and volumes but the predefined; with a label only ours (see ``Api.containers``)."""
    found = [_thing("container", name_of(c), c["Id"], c) for c in api.containers(label)]
    found += [_thing("network", n["Name"], n["Id"], n) for n in api.networks(label) if n["Name"] not in PREDEFINED]
    return found + [_thing("volume", v["Name"], v["Name"], v) for v in api.volumes(label)]


def _thing(kind: str, name: str, ident: str, seen: Json) -> EngineObject:
    labels = seen.get("Labels") or {}
    lease = labels.get(leases.LEASE, "")
    dead = bool(lease) and not leases.alive(lease)
    return EngineObject(kind, name, ident, labels.get(leases.LABEL, ""), dead, leases.VIEW in labels)


def leftovers(engine: Engine) -> tuple[EngineObject, ...]:
    """What labs left in the engine, and what labs that are open have in it (these are not ``dead``)."""
    api = Api(engine)
    try:
        return tuple(everything(api, ""))
    finally:
        api.close()


def sweep(engine: Engine, things: Iterable[EngineObject] | None = None) -> tuple[str, ...]:
    """Remove these leftovers, or those of dead labs; what could not be removed, with the reason."""
    api = Api(engine)
    try:
        return remove(api, [thing for thing in everything(api, "") if thing.dead] if things is None else things)
    finally:
        api.close()


def before(api: Api, *, private: bool) -> list[EngineObject]:
    """What a new lab clears away: what dead ones left, in a private engine everything but a living view's observer."""
    found = everything(api, None if private else "")
    return [thing for thing in found if thing.dead or (private and not thing.view)]


def clean(api: Api, lab: str, *, private: bool) -> tuple[str, ...]:
    """Remove what a lab or a view leaves; after a lab in a private engine everything.

    Not what is another lab's, if one was opened in it meanwhile, nor the observer of a view.
    """
    found = [thing for thing in everything(api, None if private else lab) if thing.lab == lab or not thing.view]
    ours = [thing for thing in found if thing.lab == lab]
    alone = not any(thing.lab not in ("", lab) for thing in found)
    return remove(api, found if alone else ours, private=private and alone)


def remove(api: Api, things: Iterable[EngineObject], *, private: bool = False) -> tuple[str, ...]:
    """Remove containers first, then networks and volumes; what could not be removed, with the reason.

    An observer goes with its lab's veth pairs, tables and changes, in a ``private`` engine with all that are on the
    host, whose network it puts back before.
    """
    found = list(things)
    observers = [thing for thing in found if thing.kind == "container" and _observes(thing)]
    for thing in observers:
        veth_pairs.remove(api, thing.id, thing.lab, private=private)
        nft_tables.sweep(api, thing.id, thing.lab, private=private)
        changes.sweep(api, thing.id)
    blocked: list[str] = []
    for kinds in (("container",), ("network", "volume")):
        now = [thing for thing in found if thing.kind in kinds and not (private and _observes(thing))]
        blocked += filter(None, _each(lambda thing: _removed(api, thing), now))
    if private:
        settling.put_back(Observer(api, thing.id, thing.name) for thing in observers)
        blocked += filter(None, _each(lambda thing: _removed(api, thing), observers))
    return tuple(blocked)


def _observes(thing: EngineObject) -> bool:
    return bool(thing.lab) and thing.name.startswith(OBSERVER)


def _removed(api: Api, thing: EngineObject) -> str:
    """Remove one thing; empty, or why it is still there."""
    query: dict[str, int] = {"container": {"force": 1, "v": 1}, "network": {}, "volume": {"force": 1}}[thing.kind]
    try:
        api.delete(f"/{thing.kind}s/{thing.id}", shlex.join(["docker", thing.kind, "rm", thing.name]), query=query)
    except NotFound:
        return ""
    except InUse as error:
        users = ", ".join(sorted(c["Name"] for c in api.inspect_network(thing.id)["Containers"].values()))
        return f"The {thing} stays: {users or error.state} is still in it, and is not the course's."
    except LabError as error:
        return "" if "already in progress" in error.state else f"The {thing} stays: {error.state or error.what}"
    return ""


def _each(action: Callable[[Item], Result], items: list[Item]) -> list[Result]:
    """Several at once; one after the other while the interpreter shuts down, when it starts no thread any more."""
    try:
        with ThreadPoolExecutor(_AT_ONCE) as pool:
            futures = [pool.submit(action, item) for item in items]
    except RuntimeError:
        return [action(item) for item in items]
    return [future.result() for future in futures]
