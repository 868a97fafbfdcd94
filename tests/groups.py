"""Runs groups of tests one after the other, all of them even when one fails, and prints one table at the end.

``python -m tests.groups lint types unit …``: the exit status is 0 only if every group passed. Progress and capsules
of a run are its own (``DOCKERNET_DATA``, ``DOCKERNET_CAPSULE``), so that a learner's are left alone.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from rich.console import Console
from rich.table import Table

from dockernet_course.engines.capsule import stop

_ROOT = Path(__file__).parents[1]
_PYTHON = [sys.executable]
_PYTEST = [*_PYTHON, "-m", "pytest", "-q"]
_DOCKERNET = [*_PYTHON, "-m", "dockernet_course.cli"]

GROUPS: dict[str, list[list[str]]] = {
    "lint": [[*_PYTHON, "-m", "ruff", "check", "."], [*_PYTHON, "-m", "ruff", "format", "--check", "."]],
    "types": [[*_PYTHON, "-m", "mypy"]],
    "unit": [[*_PYTEST, "tests/unit"]],
    "live": [["env", f"DOCKERNET_SUITE={suite}", *_PYTEST, "tests/live"] for suite in ("trixie", "bookworm")],
    "nbval": [
        [*_PYTEST, "tests/notebooks"],
        [*_PYTEST, "--nbval", "--nbval-sanitize-with", "dockernet_course/course/sanitize.cfg", "notebooks"],
    ],
    "papermill": [
        [*_DOCKERNET, "course", "--suite", suite, "--out", f"_course/{suite}"] for suite in ("trixie", "bookworm")
    ],
    "root": [[*_PYTEST, "tests/root"]],
    "browser": [[*_PYTEST, "tests/browser"]],
}


def run(group: str) -> tuple[bool, float]:
    """Run the group's commands; whether all passed, and the seconds it took."""
    capsule = f"test-{group}"
    began = time.monotonic()
    with tempfile.TemporaryDirectory() as data:
        environment = os.environ | {"DOCKERNET_CAPSULE": capsule, "DOCKERNET_DATA": data, "DOCKERNET_NO_SKIP": "1"}
        passed = True
        for command in GROUPS[group]:
            passed &= subprocess.run(command, cwd=_ROOT, env=environment, check=False).returncode == 0
            stop(capsule)  # the next command may want another generation
    return passed, time.monotonic() - began


def main(groups: list[str]) -> int:
    """Run the groups and print the table."""
    console = Console()
    table = Table("group", "result", "seconds", title="Tests")
    everything = True
    for group in groups:
        console.rule(group)
        passed, seconds = run(group)
        everything &= passed
        table.add_row(group, "passed" if passed else "FAILED", f"{seconds:.0f}")
    console.print(table)
    return 0 if everything else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
