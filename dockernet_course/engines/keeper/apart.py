"""Run one module of the engines in a Python of its own, without what is installed beside the course.

Keepers and the probe need a few modules, but not docker-py, Jupyter or matplotlib: a second, and 60 MB as long as the
keeper lives. So this file, run as a program with the standard library only, finds the course where it lies itself.
"""

from __future__ import annotations

import importlib
import sys
from pathlib import Path

__all__ = ["command"]


def command(module: str, *arguments: str) -> list[str]:
    """The command that runs ``main()`` of ``engines.MODULE``; there ``sys.argv[1:]`` are the arguments."""
    return [sys.executable, "-I", "-S", "-B", __file__, module, *arguments]


def _run() -> None:
    sys.path.append(str(Path(__file__).resolve().parents[3]))
    module = sys.argv.pop(1)
    importlib.import_module(f"dockernet_course.engines.{module}").main()


if __name__ == "__main__":
    _run()
