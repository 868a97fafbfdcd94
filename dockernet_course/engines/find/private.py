"""Private engines: disposable ones that the course starts itself, capsules and virtual machines, while they run.

How each is made, ``capsule`` and ``vm`` know; what they have in common is here. See ``keeper.base`` for how one lives
and ends, ``keeper.state`` for where it is.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from dockernet_course import settings
from dockernet_course.engines.keeper import state
from dockernet_course.engines.keeper.base import Order
from dockernet_course.engines.keeper.client import ask, end, facts_of
from dockernet_course.engines.keeper.lease import Lease
from dockernet_course.engines.keeper.state import TITLES, Kind, default_name, kind_of, name_of, title
from dockernet_course.errors import EngineError, EngineStopped

__all__ = [
    "TITLES",
    "Kind",
    "Running",
    "default_name",
    "hold",
    "idle_seconds",
    "kind_of",
    "name_of",
    "of_release",
    "started",
    "status",
    "stop",
    "title",
]


@dataclass(frozen=True)
class Running:
    """A private engine that runs. ``pid`` is its first process as the host sees it; ``leases`` says who holds it."""

    name: str
    suite: str
    address: str
    pid: int
    keeper: int
    ready: bool
    leases: tuple[str, ...]
    seconds: float


def started(name: str, order: Callable[[], Order]) -> Running:
    """The engine of that name, once it answers; ``order`` is for a new keeper, if it takes one.

    Raises :class:`EngineFailed` if the engine does not start, and what ``order()`` raises.
    """
    return _running(facts_of(name, order))


def _running(facts: dict[str, Any]) -> Running:
    """What its keeper says."""
    address = f"unix://{state.folder_of(facts['name']) / state.API}"
    shown = ("name", "suite", "pid", "keeper", "ready", "seconds")
    return Running(address=address, leases=tuple(facts["leases"]), **{key: facts[key] for key in shown})


def of_release(found: Running, suite: str | None) -> Running:
    """The same. Raises :class:`EngineError` if it is of another release than the one asked for."""
    if suite is not None and found.suite != suite:
        raise EngineError(
            f"A {title(found.name)} runs already, with the engine of {found.suite}, not of {suite}.",
            cure=f"Stop it with 'dockernet engine stop', or choose another name (DOCKERNET_CAPSULE={suite}).",
        )
    return found


def idle_seconds(given: float | None) -> float:
    """How long one that is started now lives after its last lease."""
    return given if given is not None else settings.idle()


def hold(name: str, holder: str) -> Lease:
    """A lease on a running engine. Raises :class:`EngineStopped` if it does not run (any more)."""
    connection = state.listening(state.folder_of(name))
    facts = ask(connection, f"hold {holder}") if connection else None
    if connection is None or facts is None or facts["failed"]:
        raise EngineStopped(f"The {title(name)} does not run (any more).", cure="Start it: begin the chapter again.")
    return Lease(holder, connection)


def stop(name: str | None = None) -> bool:
    """End a private engine and all that is in it at once; whether there was one."""
    folder = state.folder_of(name or default_name())
    connection = state.listening(folder)
    if connection is None:
        with state.locked():
            if not state.listens(folder):
                state.sweep(folder)
        return False
    with connection:
        end(connection)
    return True


def status(*, sweep: bool = True) -> list[Running]:
    """All private engines of this user that run; what dead ones left is swept, unless it is to be left."""
    found = []
    for name in state.names():
        with state.locked():
            folder = state.folder_of(name)
            connection = state.listening(folder)
            if connection is None:
                if sweep:
                    state.sweep(folder)
                continue
        with connection:
            facts = ask(connection, "status")
        if facts is not None and not facts["failed"]:
            found.append(_running(facts))
    return found
