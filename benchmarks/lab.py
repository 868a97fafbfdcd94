"""What a chapter waits for, each against something in the same run. ``python -m benchmarks.lab [--rounds N]``

``run`` also waits until the image's server listens, so that the next cell can ask it something. Target: at most twice
the time of ``docker run -d`` typed in a terminal. Putting the host's network back where nobody has changed it: at most
six observations. Exits with status 1 if one is missed.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
from collections.abc import Sequence
from statistics import median

from rich.console import Console
from rich.table import Table

from benchmarks._timing import seconds
from dockernet_course.engines import find_engine, hold
from dockernet_course.engines.find.host import enter_argv
from dockernet_course.engines.find.private import stop
from dockernet_course.lab import Lab, open_lab
from dockernet_course.observe import observe

NAME, RUN, SETTLE = "bench-lab", 2.0, 6.0


def settling(lab: Lab) -> tuple[float, float]:
    """Seconds of one round in an empty lab: putting the host's network back, and an observation."""
    settled, changed = seconds(lab.settle_host)
    assert not changed
    seen, _ = seconds(lambda: observe(lab))
    return settled, seen


def running(lab: Lab, number: int) -> tuple[float, float, float]:
    """Seconds of one round: ``lab.run``, ``docker run -d``, an observation of all."""
    typed = enter_argv(NAME, ["docker", "run", "-d", "--name", f"theirs{number}", "dockernet-lab:1"])
    ours, _ = seconds(lambda: lab.run(f"ours{number}"))
    theirs, _ = seconds(lambda: subprocess.run(typed, check=True, stdout=subprocess.DEVNULL))
    seen, _ = seconds(lambda: observe(lab))
    return ours, theirs, seen


def main(argv: Sequence[str]) -> int:
    """Print the table; the exit code."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--rounds", type=int, default=10)
    asked = parser.parse_args(argv)
    engine = find_engine("capsule", capsule=NAME)
    try:
        with hold(engine, "benchmark"), open_lab(engine, "benchmark") as lab:
            settling(lab)  # the first one fills caches
            empty = [settling(lab) for _ in range(asked.rounds)]
            rounds = [running(lab, number) for number in range(asked.rounds)]
            closing, _ = seconds(lab.close)
    finally:
        stop(NAME)
    settled, nothing = (median(column) for column in zip(*empty, strict=True))
    ours, theirs, seen = (median(column) for column in zip(*rounds, strict=True))
    table = Table("what", "seconds (median)", "against", "ratio", title=f"Lab on Docker Engine {engine.version}")
    table.add_row("lab.run, until the server listens", f"{ours:.3f}", "docker run -d", f"{ours / theirs:.2f}")
    table.add_row("docker run -d, typed", f"{theirs:.3f}")
    table.add_row("observe", f"{seen:.3f}")
    table.add_row("putting the host's network back", f"{settled:.3f}", "observing nothing", f"{settled / nothing:.2f}")
    table.add_row(f"closing a lab of {2 * asked.rounds} containers", f"{closing:.2f}")
    Console().print(table)
    met = ours / theirs <= RUN and settled / nothing <= SETTLE
    print(f"targets: run ≤ {RUN:g}, putting back ≤ {SETTLE:g}: {'met' if met else 'MISSED'}")
    return 0 if met else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
