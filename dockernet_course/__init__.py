"""Learn Docker networking on a live engine.

::

    lesson = begin("02-bridge")
    before = observe(lesson.lab)
    web = lesson.lab.run("web")
    show_map(observe(lesson.lab), since=before, title="What did `docker run` attach where?")

The lab makes, functions look, the lesson asks and checks.
"""

from __future__ import annotations

import sys
from importlib import import_module
from types import ModuleType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from dockernet_course.capabilities import Capabilities, capabilities
    from dockernet_course.engines import LAB_IMAGE, Engine, find_engine
    from dockernet_course.errors import ClaimFailed, DockernetError
    from dockernet_course.experiments import Matrix, Probe, connect, counted, ping, reachability, resolve
    from dockernet_course.experiments.walk import Walk, walk
    from dockernet_course.experiments.why import Diagnosis, report, why
    from dockernet_course.figures import MapPicture, alt_text, show_film, show_map, show_matrix
    from dockernet_course.lab import Lab, Output, View, here, open_lab, open_view
    from dockernet_course.lessons import (
        Lesson,
        begin,
        compare_modes,
        live_map,
        progress,
        refused,
        show_walk,
        watch,
        what_failed,
        your_network,
    )
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
    from dockernet_course.rehearsal import Rehearsal, rehearse

__all__ = [
    "LAB_IMAGE",
    "Capabilities",
    "ClaimFailed",
    "Diagnosis",
    "Difference",
    "DockernetError",
    "Engine",
    "Film",
    "Lab",
    "Lesson",
    "MapPicture",
    "Matrix",
    "Output",
    "Probe",
    "Rehearsal",
    "Topology",
    "View",
    "Walk",
    "alt_text",
    "begin",
    "capabilities",
    "compare_modes",
    "connect",
    "counted",
    "difference",
    "find_engine",
    "here",
    "inspect",
    "live_map",
    "network_inspect",
    "network_ls",
    "observe",
    "open_lab",
    "open_view",
    "ping",
    "progress",
    "reachability",
    "record",
    "refused",
    "rehearse",
    "report",
    "resolve",
    "show_film",
    "show_map",
    "show_matrix",
    "show_walk",
    "walk",
    "watch",
    "what_failed",
    "why",
    "your_network",
]

_ROOMS = {
    "capabilities": ("Capabilities", "capabilities"),
    "engines": ("LAB_IMAGE", "Engine", "find_engine"),
    "errors": ("ClaimFailed", "DockernetError"),
    "experiments": ("Matrix", "Probe", "connect", "counted", "ping", "reachability", "resolve"),
    "experiments.walk": ("Walk", "walk"),
    "experiments.why": ("Diagnosis", "report", "why"),
    "figures": ("MapPicture", "alt_text", "show_film", "show_map", "show_matrix"),
    "lab": ("Lab", "Output", "View", "here", "open_lab", "open_view"),
    "lessons": (
        *("Lesson", "begin", "compare_modes", "live_map", "progress", "refused", "show_walk", "watch"),
        *("what_failed", "your_network"),
    ),
    "observe": (
        *("Difference", "Film", "Topology", "difference", "inspect"),
        *("network_inspect", "network_ls", "observe", "record"),
    ),
    "rehearsal": ("Rehearsal", "rehearse"),
}
_HOME = {name: room for room, names in _ROOMS.items() for name in names}


def __getattr__(name: str) -> object:
    """A public name, from its room on first use: a capsule's keeper or a watchdog needs no matplotlib to start."""
    if name in _HOME:
        return getattr(import_module(f"{__name__}.{_HOME[name]}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


class _Root(ModuleType):
    """The package, in which ``observe`` is the function, also when somebody has imported the room of that name.

    ``capabilities``, too.
    """

    @property
    def capabilities(self) -> object:
        return __getattr__("capabilities")

    @capabilities.setter
    def capabilities(self, room: object) -> None:
        """The import of the room would put itself here."""

    @property
    def observe(self) -> object:
        return __getattr__("observe")

    @observe.setter
    def observe(self, room: object) -> None:
        """The import of the room would put itself here."""


sys.modules[__name__].__class__ = _Root
