"""A container started by the lab against the command itself, in one run, and what else a chapter waits for.

``run`` also waits until the image's server listens, so that the next cell can ask it something. Target: at most twice
the time of ``docker run -d`` typed in a terminal. Exits with status 1 if it is missed.
"""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable
from statistics import median

from rich.console import Console
from rich.table import Table

from dockernet_course.engines import find_engine, hold
from dockernet_course.engines.find.host import enter_argv
from dockernet_course.engines.find.private import stop
from dockernet_course.lab import open_lab
from dockernet_course.observe import observe

NAME, ROUNDS, TARGET = "bench-lab", 10, 2.0


def seconds(action: Callable[[], object]) -> float:
    """How long it takes."""
    began = time.perf_counter()
    action()
    return time.perf_counter() - began


def main() -> int:
    engine = find_engine("capsule", capsule=NAME)
    ours, theirs, seen = [], [], []
    try:
        with hold(engine, "benchmark"), open_lab(engine, "benchmark") as lab:
            lab.observer.exec(["true"])
            for number in range(ROUNDS):
                typed = enter_argv(NAME, ["docker", "run", "-d", "--name", f"theirs{number}", "dockernet-lab:1"])
                ours.append(seconds(lambda number=number: lab.run(f"ours{number}")))
                theirs.append(seconds(lambda typed=typed: subprocess.run(typed, check=True, stdout=subprocess.DEVNULL)))
                seen.append(seconds(lambda: observe(lab)))
            closing = seconds(lab.close)
    finally:
        stop(NAME)
    ratio = median(ours) / median(theirs)
    table = Table("what", "seconds (median)", title=f"Lab on Docker Engine {engine.version}")
    table.add_row("lab.run, until the server listens", f"{median(ours):.3f}")
    table.add_row("docker run -d, typed", f"{median(theirs):.3f}")
    table.add_row("ratio (at most 2)", f"{ratio:.2f}")
    table.add_row("observe", f"{median(seen):.3f}")
    table.add_row(f"closing a lab of {2 * ROUNDS} containers", f"{closing:.2f}")
    Console().print(table)
    return 0 if ratio <= TARGET else 1


if __name__ == "__main__":
    sys.exit(main())
