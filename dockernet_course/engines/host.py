"""The engine's host, from a terminal of this machine."""

from __future__ import annotations

from collections.abc import Sequence

from dockernet_course.engines import capsule, vm
from dockernet_course.engines.private import default_name, kind_of

__all__ = ["enter_argv"]


def enter_argv(name: str | None = None, argv: Sequence[str] | None = None) -> list[str]:
    """The command that runs ``argv`` (or an interactive shell, prompt ``host$``) on the host of a private engine.

    There, ``docker`` finds its engine, and ``ip``, ``bridge``, ``brctl``, ``curl``, ``tcpdump`` show its network.
    Raises :class:`EngineStopped` if it does not run.
    """
    name = name or default_name()
    return vm.enter_argv(name, argv) if kind_of(name) == "vm" else capsule.enter_argv(name, argv)
