"""Learn Docker networking on a live engine.

::

    lesson = begin("02-bridge")
    before = observe(lesson.lab)
    web = lesson.lab.run("web")
    show_map(observe(lesson.lab), since=before, title="What did `docker run` plug in where?")

The lab makes, functions look, the lesson asks and checks.
"""

from __future__ import annotations

import sys
from importlib import import_module
from types import ModuleType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from dockernet_course.engines import LAB_IMAGE, Engine, find_engine
    from dockernet_course.errors import ClaimFailed, DockernetError
    from dockernet_course.figures import Map, alt_text, show_film, show_map
    from dockernet_course.lab import Lab, Output, open_lab
    from dockernet_course.lessons import Lesson, begin, progress, refused, watch
    from dockernet_course.observe import (
        Difference,
        Film,
        Topology,
        difference,
        inspect,
        network_inspect,
        network_ls,
        observe,
        record,
    )

__all__ = [
    "LAB_IMAGE",
    "ClaimFailed",
    "Difference",
    "DockernetError",
    "Engine",
    "Film",
    "Lab",
    "Lesson",
    "Map",
    "Output",
    "Topology",
    "alt_text",
    "begin",
    "difference",
    "find_engine",
    "inspect",
    "network_inspect",
    "network_ls",
    "observe",
    "open_lab",
    "progress",
    "record",
    "refused",
    "show_film",
    "show_map",
    "watch",
]

_ROOMS = {
    "engines": ("LAB_IMAGE", "Engine", "find_engine"),
    "errors": ("ClaimFailed", "DockernetError"),
    "figures": ("Map", "alt_text", "show_film", "show_map"),
    "lab": ("Lab", "Output", "open_lab"),
    "lessons": ("Lesson", "begin", "progress", "refused", "watch"),
    "observe": (
        *("Difference", "Film", "Topology", "difference", "inspect"),
        *("network_inspect", "network_ls", "observe", "record"),
    ),
}
_HOME = {name: room for room, names in _ROOMS.items() for name in names}


def __getattr__(name: str) -> object:
    """A public name, from its room on first use: a capsule's keeper or a watchdog needs no matplotlib to start."""
    if name in _HOME:
        return getattr(import_module(f"{__name__}.{_HOME[name]}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


class _Root(ModuleType):
    """The package, in which ``observe`` is the function, also when somebody has imported the room of that name."""

    @property
    def observe(self) -> object:
        return __getattr__("observe")

    @observe.setter
    def observe(self, room: object) -> None:
        """The import of the room would put itself here."""


sys.modules[__name__].__class__ = _Root
