"""Where a Docker Engine comes from: the learner's own, or a private one, a capsule or a virtual machine.

Sorted by where the code runs: ``find`` and ``build`` in the course's process, ``keeper`` in the process beside it,
``inside`` in the engine's own world, ``wire`` at both ends. Nothing is imported before it is asked for: a keeper needs
no docker-py.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from dockernet_course.engines.build import cache_files, ours, pack, vm_image
    from dockernet_course.engines.build.lab_image import LAB_IMAGE
    from dockernet_course.engines.build.pack import DEFAULT_SUITE
    from dockernet_course.engines.find import compose, host, own, private, ready
    from dockernet_course.engines.find.choice import decide, find_engine
    from dockernet_course.engines.find.doctor import Report, examine
    from dockernet_course.engines.find.image import lab_images, remove_image
    from dockernet_course.engines.find.leasing import hold
    from dockernet_course.engines.find.model import Engine, PassedOver
    from dockernet_course.engines.inside import outside
    from dockernet_course.engines.keeper import state
    from dockernet_course.engines.keeper.lease import Lease

__all__ = [
    "DEFAULT_SUITE",
    "LAB_IMAGE",
    "Engine",
    "Lease",
    "PassedOver",
    "Report",
    "cache_files",
    "compose",
    "decide",
    "examine",
    "find_engine",
    "hold",
    "host",
    "lab_images",
    "ours",
    "outside",
    "own",
    "pack",
    "private",
    "ready",
    "remove_image",
    "state",
    "vm_image",
]

_MODULES = {
    "build": ("cache_files", "ours", "pack", "vm_image"),
    "find": ("compose", "host", "own", "private", "ready"),
    "inside": ("outside",),
    "keeper": ("state",),
}
_NAMES = {
    "build.lab_image": ("LAB_IMAGE",),
    "build.pack": ("DEFAULT_SUITE",),
    "find.choice": ("decide", "find_engine"),
    "find.doctor": ("Report", "examine"),
    "find.image": ("lab_images", "remove_image"),
    "find.leasing": ("hold",),
    "find.model": ("Engine", "PassedOver"),
    "keeper.lease": ("Lease",),
}
_HOME = {name: folder for folder, names in _MODULES.items() for name in names}
_HOME |= {name: module for module, names in _NAMES.items() for name in names}


def __getattr__(name: str) -> object:
    """A public name or module, on first use."""
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    home = f"{__name__}.{_HOME[name]}"
    return import_module(f"{home}.{name}") if _HOME[name] in _MODULES else getattr(import_module(home), name)
