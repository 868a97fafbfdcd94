"""Runs groups of tests one after the other, all of them even when one fails, and prints one table at the end.

``python -m tests.groups lint types unit …``: the exit status is 0 only if every group passed and nothing was skipped.
Of tests that are many and alike a sample runs (``sampling``): DOCKERNET_SEED=… repeats it, DOCKERNET_ALL=1 runs all.
Progress and capsules of a run are its own: a learner's are left alone, and so are those of another run.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from xml.etree import ElementTree

from rich.console import Console
from rich.table import Table

from dockernet_course.course.normal import SANITIZE
from dockernet_course.engines import DEFAULT_SUITE
from tests.sampling import ALL, PART, SEED, seed

_ROOT = Path(__file__).parents[1]
_PYTEST = ["pytest", "-q"]
# Much of a live test is waiting, so three at once on two cores, each file with an engine of its own; but not on an
# engine that is asked for, where all meet in one place.
_ASKED = bool(os.environ.get("DOCKERNET_ENGINE") or os.environ.get("DOCKER_HOST"))
_FILE_BY_FILE = ["-n", "3", "--dist", "loadfile"]
_AT_ONCE = [] if _ASKED else _FILE_BY_FILE
# Where an emulated processor or a browser is busy all the time, or engines come and go, no more at once than there are
# processors.
_TWO = ["-n", "2", "--dist", "loadfile"]
_SUITES = ("trixie", "bookworm")
_STOP = ["dockernet_course.cli", "engine", "stop", "--all"]

# Stored outputs are those of the default generation.
_STORED_ON = {"DOCKERNET_ENGINE": "capsule", "DOCKERNET_SUITE": DEFAULT_SUITE}

_APART = ["-p", "tests.notebooks.apart"]

# These start capsules of both generations themselves, whatever is asked for.
_WITHOUT_BOTH = [f"--ignore-glob=tests/live/test_{name}.py" for name in ("capsule*", "conformance", "doctor", "image")]
# In a short run each test is asked on one generation.
# nbval runs the chapters on the first one, papermill on the second.
_PARTS: list[dict[str, str]] = [{}, {}] if os.environ.get(ALL) else [{PART: "1/2"}, {PART: "2/2"}]

# The chapters of which a virtual machine may make something else: what the engine can do, processes, the outside.
_ON_MACHINES = ("00", "05", "09")

# Each command is run by this Python (`-m`); before it, what is set in its environment.
Command = tuple[dict[str, str], list[str]]
GROUPS: dict[str, list[Command]] = {
    "lint": [({}, ["ruff", "check", "."]), ({}, ["ruff", "format", "--check", "."])],
    "types": [({}, ["mypy"])],
    "unit": [({}, [*_PYTEST, *_FILE_BY_FILE, "tests/unit"])],
    "live": [
        ({"DOCKERNET_SUITE": _SUITES[0], **_PARTS[0]}, [*_PYTEST, *_AT_ONCE, "tests/live"]),
        ({"DOCKERNET_SUITE": _SUITES[1], **_PARTS[1]}, [*_PYTEST, *_AT_ONCE, "tests/live", *_WITHOUT_BOTH]),
    ],
    "nbval": [
        ({}, [*_PYTEST, "-n", "3", "--dist", "worksteal", "tests/notebooks"]),  # each process has capsules of its own
        (
            _STORED_ON,
            [
                *_PYTEST,
                *_APART,
                *_FILE_BY_FILE,
                "-p",
                "nbval.plugin",
                "--nbval",
                "--nbval-sanitize-with",
                str(SANITIZE),
                "notebooks",
            ],
        ),
    ],
    "papermill": [({}, ["tests.engines", *(_SUITES if os.environ.get(ALL) else (_SUITES[1], "--halves"))])],
    "vm": [
        ({}, [*_PYTEST, *_TWO, "tests/vm"]),
        ({}, ["tests.engines", DEFAULT_SUITE, "--engine", "vm", "--halves", "--some", *_ON_MACHINES]),
    ],
    "root": [({}, [*_PYTEST, *_TWO, "tests/root"])],
    "browser": [({}, [*_PYTEST, *_TWO, "tests/browser"])],
}


@dataclass(frozen=True)
class Result:
    """What came of a command or a group; a command that is not pytest counts as one test."""

    passed: int = 0
    failed: int = 0
    skipped: int = 0

    def __add__(self, other: Result) -> Result:
        return Result(self.passed + other.passed, self.failed + other.failed, self.skipped + other.skipped)

    @property
    def good(self) -> bool:
        return self.passed > 0 and not self.failed and not self.skipped


def run(group: str) -> Result:
    """Run the group's commands."""
    total = Result()
    for extra, command in GROUPS[group]:
        with tempfile.TemporaryDirectory(prefix="dn") as folder:  # short: a socket's path has 107 bytes at most
            own = {"DOCKERNET_DATA": f"{folder}/data", "XDG_RUNTIME_DIR": folder, "DOCKERNET_NO_SKIP": "1"}
            environment = {**os.environ, **own, **extra}
            total += _run(command, environment, Path(folder, "report.xml"))
            subprocess.run([sys.executable, "-m", *_STOP], env=environment, check=False, stdout=subprocess.DEVNULL)
    return total


def _run(command: Sequence[str], environment: dict[str, str], report: Path) -> Result:
    counted = [f"--junitxml={report}"] if command[0] == "pytest" else []
    ended = subprocess.run([sys.executable, "-m", *command, *counted], cwd=_ROOT, env=environment, check=False)
    if not report.exists():
        return Result(failed=1) if ended.returncode else Result(passed=1)
    suites = list(ElementTree.parse(report).iter("testsuite"))  # noqa: S314 (written by the pytest that just ended)
    counts = [{name: int(suite.get(name, 0)) for name in _COUNTS} for suite in suites]
    tests, skipped, *bad = (sum(count[name] for count in counts) for name in _COUNTS)
    failed = max(sum(bad), int(ended.returncode != 0))  # pytest itself may fail, and an empty run is no success
    return Result(max(tests - sum(bad) - skipped, 0), failed, skipped)


_COUNTS = ("tests", "skipped", "failures", "errors")


def main(groups: Sequence[str]) -> int:
    """Run the groups and print the table."""
    console = Console()
    table = Table("group", "passed", "failed", "skipped", "seconds", "", title="Tests")
    total, good = Result(), True
    console.print(f"{SEED}={seed()}: " + ("all cases run" if os.environ.get(ALL) else f"a sample; {ALL}=1 runs all"))
    for group in groups:
        console.rule(group)
        began = time.monotonic()
        result = run(group)
        seconds = time.monotonic() - began
        counts = map(str, (result.passed, result.failed, result.skipped))
        table.add_row(group, *counts, f"{seconds:.0f}", "ok" if result.good else "NOT OK")
        total, good = total + result, good and result.good
    console.print(table)
    console.print(f"{total.passed} passed, {total.failed} failed, {total.skipped} skipped, {SEED}={seed()}")
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
