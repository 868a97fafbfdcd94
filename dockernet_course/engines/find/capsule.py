"""Capsules: private, disposable Docker Engines in namespaces of their own, at native speed, with no privilege.

``start`` gives a running engine and starts one if there is none under that name. See ``inside.machine`` for what a
capsule is made of, and ``keeper.base`` for how it lives and ends.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Sequence
from pathlib import Path

from dockernet_course.engines.build import pack, preload
from dockernet_course.engines.build.order import order
from dockernet_course.engines.find.preflight import notes, preflight
from dockernet_course.engines.find.private import Running, default_name, idle_seconds, of_release, started, status
from dockernet_course.engines.inside import machine
from dockernet_course.engines.keeper import state
from dockernet_course.engines.keeper.base import Order
from dockernet_course.errors import EngineError, EngineStopped, HostForbids

__all__ = ["enter_argv", "notes", "preflight", "start"]

_NAMESPACES = ("user", "mount", "net", "pid", "ipc", "uts", "cgroup")


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
    try:
        found = started(name, lambda: _order(name, suite, progress, idle_seconds(idle)))
    except EngineError:
        _check_host()  # what this machine forbids says more
        raise
    return of_release(found, suite)


def _order(name: str, suite: str | None, progress: pack.Progress, idle: float) -> Order:
    if not pack.present(suite):
        _check_host()  # before a pack is built in vain
    tree = pack.ensure(suite, progress)
    image = preload.ensure(tree, progress)
    progress("starting the engine", 0.9)
    return order(name, tree, image, idle)


def _check_host() -> None:
    obstacles = preflight()
    if obstacles:
        raise HostForbids(
            "This machine does not let an ordinary process have a private Docker Engine.",
            state="\n".join(obstacles),
            cure="Take a virtual machine (DOCKERNET_ENGINE=vm, 'dockernet engine start --vm') or an engine of yours.",
        )


def enter_argv(name: str | None = None, argv: Sequence[str] | None = None) -> list[str]:
    """The command that runs ``argv`` (or an interactive shell, prompt ``host$``) on the capsule's host.

    There, ``docker`` finds its engine, and ``ip``, ``bridge``, ``brctl``, ``curl``, ``tcpdump`` show its network.
    Raises :class:`EngineStopped` if the capsule does not run.
    """
    name = name or default_name()
    found = next((one for one in status() if one.name == name), None)
    nsenter = shutil.which("nsenter", path=os.environ.get("PATH", "") + ":/usr/bin:/bin")
    if found is None:
        raise EngineStopped(f"The capsule {name!r} does not run.", cure="Start it with 'dockernet engine start'.")
    if nsenter is None:
        raise HostForbids("This machine has no nsenter.", cure="Install the package util-linux.")
    kinds = [kind for kind in _NAMESPACES if kind != "pid" or _has_own_pids(found.pid)]
    namespaces = ["--preserve-credentials", *(f"--{kind}" for kind in kinds)]
    variables = [f"{key}={value}" for key, value in machine.ENVIRONMENT.items()]
    clean = ["/usr/bin/env", "-i", f"TERM={os.environ.get('TERM', 'xterm')}", *variables]
    return [nsenter, f"--target={found.pid}", *namespaces, "--", *clean, *(argv or machine.SHELL)]


def _has_own_pids(pid: int) -> bool:
    return not Path(f"/proc/{pid}/ns/pid").samefile("/proc/self/ns/pid")
