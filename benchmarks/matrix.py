"""Who reaches whom among ten containers, by three ways: how long does asking take? Target: five seconds.

``python -m benchmarks.matrix [--size N] [--rounds N]``. Twice: ten in one network, where everybody answers, and two
networks of five, where fifty pairs by two ways wait for an answer that never comes. On a capsule of its own; exits with
status 1 when the target is missed. What the matrix says is checked, too: a machine so slow that answers come too late
would be quick and wrong.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from statistics import median

from rich.console import Console
from rich.table import Table

from benchmarks._timing import seconds
from dockernet_course.engines import find_engine, hold
from dockernet_course.engines.find.private import stop
from dockernet_course.experiments import Matrix, reachability
from dockernet_course.lab import Lab, open_lab

NAME, TARGET = "bench-matrix", 5.0


def furnish(lab: Lab, size: int, networks: int) -> None:
    """So many containers with the image's server, in that many networks."""
    for number in range(networks):
        lab.create_network(f"net{number}")
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda n: lab.run(f"c{n}", network=f"net{n % networks}"), range(size)))


def right(matrix: Matrix, networks: int) -> bool:
    """Whether each cell says what must be: those in one network reach each other, and nobody asks themselves."""
    return all(
        cell.probe is None if cell.source == cell.target else matrix.ok(cell.source, cell.target, cell.way) is near
        for cell in matrix
        for near in [(int(cell.source[1:]) - int(cell.target[1:])) % networks == 0]
    )


def measure(networks: int, size: int, rounds: int) -> tuple[list[float], int]:
    """Seconds of each round, and how many of them said something wrong."""
    engine = find_engine("capsule", capsule=NAME)
    taken, wrong = [], 0
    with hold(engine, "benchmark"), open_lab(engine, "benchmark") as lab:
        furnish(lab, size, networks)
        for _ in range(rounds):
            took, matrix = seconds(lambda: reachability(lab))
            taken.append(took)
            wrong += not right(matrix, networks)
    return taken, wrong


def main(argv: Sequence[str]) -> int:
    """Print the table; the exit code."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--size", type=int, default=10)
    parser.add_argument("--rounds", type=int, default=5)
    asked = parser.parse_args(argv)
    table = Table(
        "networks", "seconds (median)", "slowest", "wrong", title=f"{asked.size} × {asked.size} by three ways"
    )
    try:
        results = {networks: measure(networks, asked.size, asked.rounds) for networks in (1, 2)}
    finally:
        stop(NAME)
    for networks, (taken, wrong) in results.items():
        table.add_row(str(networks), f"{median(taken):.2f}", f"{max(taken):.2f}", str(wrong))
    Console().print(table)
    return 0 if all(median(taken) <= TARGET and not wrong for taken, wrong in results.values()) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
