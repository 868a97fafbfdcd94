"""Virtual machines: private Docker Engines for machines that let nobody have namespaces, by QEMU, with no privilege.

``start`` gives a running engine and starts one if there is none under that name: it goes on from a snapshot, which the
first start makes. See ``build.vm_image`` for what runs in it, ``keeper.qemu_process`` and ``build.snapshot`` for how,
and ``keeper.base`` for how it lives and ends.
"""

from __future__ import annotations

import json
import os
import time
from collections.abc import Sequence
from dataclasses import asdict

from dockernet_course.engines.build import hardware, pack, qemu, snapshot, vm_image
from dockernet_course.engines.find.private import Running, default_name, idle_seconds, of_release, started
from dockernet_course.engines.inside.machine import ENVIRONMENT, SHELL
from dockernet_course.engines.keeper import apart, state
from dockernet_course.engines.keeper.base import Order
from dockernet_course.engines.keeper.front import talk
from dockernet_course.engines.keeper.qemu_process import Machine
from dockernet_course.errors import EngineError, EngineFailed, EngineStopped

__all__ = ["awake", "enter_argv", "preflight", "prepare", "start"]

_SECONDS = 180.0  # for the first start, which takes 20 s on an idle machine
_ASKED_AGAIN = 0.1


def start(
    name: str | None = None,
    suite: str | None = None,
    progress: pack.Progress = pack.quiet,
    *,
    idle: float | None = None,
) -> Running:
    """The running machine of that name, started if need be: builds the image, makes the snapshot, goes on from it.

    A snapshot that does not wake up is made anew, once. Raises :class:`HostForbids` (no QEMU), :class:`PackError`, or
    :class:`EngineError` if the engine does not start, or runs another release than the one asked for.
    """
    name = state.checked(state.name_of("vm", name or default_name()))
    used: list[snapshot.Snapshot] = []

    def order() -> Order:
        made = vm_image.ensure(suite, progress)
        plan = hardware.plan(made, progress)
        cached = snapshot.ensure(plan, awake, progress)
        used.append(cached)
        parts = {"plan": asdict(plan), "memory": str(cached.memory), "state": str(cached.state)}
        progress("waking the virtual machine", 0.95)
        return Order(name, made.about.suite, str(state.folder_of(name)), idle_seconds(idle), parts)

    for _ in range(2):  # the second time for those who waited for a start of somebody else, too
        try:
            return of_release(started(name, order), suite)
        except EngineFailed:
            for cached in used:
                snapshot.discard(cached)
    return of_release(started(name, order), suite)


def prepare(suite: str | None = None, progress: pack.Progress = pack.quiet) -> None:
    """Lay image and snapshot ready for the learners of this environment, wherever they get it.

    Raises what :func:`start` raises.
    """
    plan = hardware.emulated(hardware.plan(vm_image.ensure(suite, progress), progress))
    snapshot.ensure(plan, awake, progress)


def awake(machine: Machine) -> None:
    """Return when the engine in a machine that boots answers and has the lab image.

    Raises :class:`EngineStopped` if the machine ends meanwhile, :class:`EngineError` if it takes too long.
    """
    deadline = time.monotonic() + _SECONDS
    while machine.process.poll() is None and time.monotonic() < deadline:
        if (talk(machine.port, {"do": "ping"}, 5) or {}).get("engine"):
            return
        time.sleep(_ASKED_AGAIN)
    if machine.process.poll() is not None:
        raise EngineStopped("The virtual machine ended while it booted.", state=machine.last_words())
    raise EngineError("The virtual machine does not start.", state=machine.last_words())


def preflight() -> list[str]:
    """The obstacles; empty if a machine can (probably) run here. Starts and changes nothing."""
    return qemu.obstacles()


def enter_argv(name: str | None = None, argv: Sequence[str] | None = None) -> list[str]:
    """The command that runs ``argv`` (or an interactive shell, prompt ``host$``) on the engine's host.

    As in a capsule. Raises :class:`EngineStopped` if the machine does not run.
    """
    name = state.name_of("vm", name or default_name())
    folder = state.folder_of(name)
    connection = state.listening(folder)
    if connection is None:
        raise EngineStopped(f"The {state.title(name)} does not run.", cure="Start it with 'dockernet engine start'.")
    connection.close()
    request = {"argv": [*(argv or SHELL)], "env": {**ENVIRONMENT, "TERM": os.environ.get("TERM", "xterm")}}
    return apart.command("keeper.enter", str(folder / state.HOST), json.dumps(request))
