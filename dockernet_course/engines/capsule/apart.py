"""Run one module of this package in a Python of its own, without the rest of the course.

The keeper and the probe need a few modules, but not the start of ``dockernet_course``, which brings Jupyter and
matplotlib: a second, and 60 MB as long as the keeper lives. So this file, run as a program, makes stand-ins for the
packages on the way to the module that have nothing but the right search path.
"""

from __future__ import annotations

import importlib
import sys
import types

__all__ = ["command"]

_PACKAGES = ("dockernet_course.engines.capsule", "dockernet_course.engines", "dockernet_course")


def command(module: str, *arguments: str) -> list[str]:
    """The command that runs ``main()`` of a module beside this one; ``sys.argv[1:]`` are the arguments."""
    return [sys.executable, "-I", "-S", "-B", __file__, module, *arguments]


def _run() -> None:
    for name in _PACKAGES:
        package = types.ModuleType(name)
        package.__path__ = [__file__.rsplit("/", 1 + _PACKAGES.index(name))[0]]
        sys.modules[name] = package
    importlib.import_module(f"{_PACKAGES[0]}.{sys.argv.pop(1)}").main()


if __name__ == "__main__":
    _run()
