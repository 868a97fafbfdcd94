"""Run one module of the engines in a Python of its own, without the rest of the course.

Keepers and the probe need a few modules, but not the start of ``dockernet_course``, which brings Jupyter and
matplotlib: a second, and 60 MB as long as the keeper lives. So this file, run as a program, makes stand-ins for the
packages on the way to the module that have nothing but the right search path.
"""

from __future__ import annotations

import importlib
import sys
import types

__all__ = ["command"]

_PACKAGES = {"dockernet_course": "", "dockernet_course.engines": "/engines"}
_PACKAGES |= {f"dockernet_course.engines.{name}": f"/engines/{name}" for name in ("inside", "keeper", "wire")}


def command(module: str, *arguments: str) -> list[str]:
    """The command that runs ``main()`` of ``engines.MODULE``; there ``sys.argv[1:]`` are the arguments."""
    return [sys.executable, "-I", "-S", "-B", __file__, module, *arguments]


def _run() -> None:
    for name, folder in _PACKAGES.items():
        package = types.ModuleType(name)
        package.__path__ = [__file__.rsplit("/", 3)[0] + folder]
        sys.modules[name] = package
    module = sys.argv.pop(1)
    importlib.import_module(f"dockernet_course.engines.{module}").main()


if __name__ == "__main__":
    _run()
