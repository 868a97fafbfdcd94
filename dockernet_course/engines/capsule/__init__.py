"""Capsules: private, disposable Docker Engines in namespaces of their own, at native speed, with no privilege.

``start`` gives a running engine and starts one if there is none under that name; ``hold`` keeps it alive. See
``machine`` for what a capsule is made of, ``keeper`` for how it lives and ends, ``state`` for where it is.
"""

from __future__ import annotations

import os
import shutil
import socket
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from dockernet_course.engines import pack
from dockernet_course.engines.capsule import machine, preload, state
from dockernet_course.engines.capsule.launch import ask, connect_or_launch, end
from dockernet_course.engines.capsule.preflight import notes, preflight
from dockernet_course.engines.model import Lease
from dockernet_course.errors import EngineError, EngineStopped, HostForbids

__all__ = [
    "IDLE_SECONDS",
    "Running",
    "default_name",
    "enter_argv",
    "hold",
    "notes",
    "preflight",
    "start",
    "status",
    "stop",
]

IDLE_SECONDS = 20.0
"""How long a capsule lives after its last lease; DOCKERNET_IDLE says otherwise."""


_NAMESPACES = ("user", "mount", "net", "pid", "ipc", "uts", "cgroup")


@dataclass(frozen=True)
class Running:
    """A capsule that runs. ``pid`` is its first process as the host sees it; ``leases`` says who holds it."""

    name: str
    suite: str
    address: str
    pid: int
    keeper: int
    ready: bool
    leases: tuple[str, ...]
    seconds: float


def default_name() -> str:
    """``DOCKERNET_CAPSULE``, or ``default``."""
    return os.environ.get("DOCKERNET_CAPSULE") or "default"


def start(
    name: str | None = None,
    suite: str | None = None,
    progress: pack.Progress = pack.quiet,
    *,
    idle: float | None = None,
) -> Running:
    """The running capsule of that name, started if need be: builds the pack, boots, waits until the engine answers.

    Raises :class:`HostForbids` (with what is forbidden), :class:`PackError`, or :class:`EngineError` if the engine
    does not start, or if a capsule of that name runs another release than the one asked for.
    """
    name = state.checked(name or default_name())
    for _ in range(3):  # one that is just ending may be met
        connection = state.listening(state.folder_of(name)) or _launched(name, suite, progress, idle)
        facts = ask(connection, "wait")
        connection.close()
        if facts is not None:
            return _running(facts, suite)
    _check_host()  # what this machine forbids says more
    raise EngineError(f"The capsule {name!r} ends again and again while it is started.", cure="Try again.")


def hold(name: str, holder: str) -> Lease:
    """A lease on a running capsule. Raises :class:`EngineStopped` if it does not run (any more)."""
    connection = state.listening(state.folder_of(name))
    facts = ask(connection, f"hold {holder}") if connection else None
    if connection is None or facts is None or facts["failed"]:
        raise EngineStopped(f"The capsule {name!r} does not run (any more).", cure="Start it: begin the chapter again.")
    return Lease(holder, connection)


def stop(name: str | None = None) -> bool:
    """End a capsule and all that is in it at once; whether there was one."""
    folder = state.folder_of(name or default_name())
    connection = state.listening(folder)
    if connection is None:
        with state.locked():
            if state.listening(folder) is None:
                state.sweep(folder)
        return False
    with connection:
        end(connection)
    return True


def status(*, sweep: bool = True) -> list[Running]:
    """All capsules of this user that run; what dead ones left is swept, unless it is to be left."""
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
        if facts is not None:
            found.append(_running(facts, None))
    return found


def enter_argv(name: str | None = None, argv: Sequence[str] | None = None) -> list[str]:
    """The command that runs ``argv`` (or an interactive shell, prompt ``host$``) on the capsule's host.

    There, ``docker`` finds its engine, and ``ip``, ``bridge``, ``brctl``, ``curl``, ``tcpdump`` show its network.
    Raises :class:`EngineStopped` if the capsule does not run.
    """
    name = name or default_name()
    running = next((capsule for capsule in status() if capsule.name == name), None)
    nsenter = shutil.which("nsenter", path=os.environ.get("PATH", "") + ":/usr/bin:/bin")
    if running is None:
        raise EngineStopped(f"The capsule {name!r} does not run.", cure="Start it with 'dockernet engine start'.")
    if nsenter is None:
        raise HostForbids("This machine has no nsenter.", cure="Install the package util-linux.")
    namespaces = ["--preserve-credentials", *(f"--{kind}" for kind in _NAMESPACES)]
    variables = [f"{key}={value}" for key, value in machine.ENVIRONMENT.items()]
    shell = ["/usr/bin/bash", "--rcfile", machine.SHELL_SETTINGS, "-i"]
    clean = ["/usr/bin/env", "-i", f"TERM={os.environ.get('TERM', 'xterm')}", *variables]
    return [nsenter, f"--target={running.pid}", *namespaces, "--", *clean, *(argv or shell)]


def _launched(name: str, suite: str | None, progress: pack.Progress, idle: float | None) -> socket.socket:
    """A connection to a new capsule's keeper, or to one that somebody else has started meanwhile."""
    if not pack.present(suite):
        _check_host()  # before a pack is built in vain
    tree = pack.ensure(suite, progress)
    image = preload.ensure(tree, progress)
    progress("starting the engine", 0.9)
    try:
        return connect_or_launch(name, tree, image, _idle(idle))
    except EngineError:
        _check_host()  # what this machine forbids says more
        raise


def _check_host() -> None:
    obstacles = preflight()
    if obstacles:
        raise HostForbids(
            "This machine does not let an ordinary process have a private Docker Engine.",
            state="\n".join(obstacles),
            cure="Ask its administrator, or use an engine of your own (DOCKER_HOST).",
        )


def _idle(given: float | None) -> float:
    return given if given is not None else float(os.environ.get("DOCKERNET_IDLE") or IDLE_SECONDS)


def _running(facts: dict[str, Any], suite: str | None) -> Running:
    if facts["failed"]:
        _check_host()
        raise EngineError(
            f"The engine of the capsule {facts['name']!r} did not start.",
            state=facts["failed"],
            cure="'dockernet doctor' says what this machine permits.",
        )
    if suite is not None and facts["suite"] != suite:
        raise EngineError(
            f"A capsule {facts['name']!r} runs already, with the engine of {facts['suite']}, not of {suite}.",
            cure=f"Stop it with 'dockernet engine stop', or choose another name (DOCKERNET_CAPSULE={suite}).",
        )
    address = f"unix://{state.folder_of(facts['name']) / machine.API}"
    shown = ("name", "suite", "pid", "keeper", "ready", "seconds")
    return Running(address=address, leases=tuple(facts["leases"]), **{key: facts[key] for key in shown})
