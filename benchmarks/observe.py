"""Is looking at everything at once worth it? observe() against ``docker inspect $(docker ps -q)``, in one run.

``python -m benchmarks.observe [--rounds N] [N…]``: for each number of containers the best of rounds that take turns
(as ``timeit`` does: what is slower measures the machine's other work), on a capsule of its own, with the engine pack's
own client.
Exit code 1 when a ratio at the largest number is above its target: 0.7 for the first look, 0.5 for the next.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

from benchmarks._timing import seconds
from dockernet_course.engines import find_engine
from dockernet_course.engines.find.host import enter_argv
from dockernet_course.lab import Lab, open_lab
from dockernet_course.observe import netlink, observe, relate

CAPSULE, FIRST, NEXT = "bench-observe", 0.7, 0.5
# Measured inside, so that entering the capsule does not count against the client.
INSPECT = """import os, time
start = time.perf_counter()
assert os.system("docker inspect $(docker ps -q) >/dev/null") == 0
print(time.perf_counter() - start)"""


def inspect_seconds() -> float:
    """One run of the client."""
    argv = enter_argv(CAPSULE, ["python3", "-c", INSPECT])
    return float(subprocess.run(argv, check=True, capture_output=True, text=True).stdout)


def observe_seconds(lab: Lab, containers: int, *, cold: bool = False) -> float:
    """One observation; ``cold`` forgets first what was decoded and what was inspected."""
    if cold:
        for known in (*vars(netlink).values(), *vars(relate).values()):
            getattr(known, "cache_clear", int)()
        lab._session.inspections.forget()
    took, seen = seconds(lambda: observe(lab))
    assert len(seen.wires) == containers
    return took


def measure(lab: Lab, containers: int, rounds: int) -> tuple[float, float, float]:
    """The best in seconds: observe, observe when nothing is known yet, inspect."""
    taken = [
        (observe_seconds(lab, containers), observe_seconds(lab, containers, cold=True), inspect_seconds())
        for _ in range(rounds)
    ]
    warm, cold, inspect = map(min, zip(*taken, strict=True))
    return warm, cold, inspect


def main(argv: Sequence[str]) -> int:
    """Print the table; the exit code."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("numbers", nargs="*", type=int, default=[5, 20, 100])
    parser.add_argument("--rounds", type=int, default=15)
    asked = parser.parse_args(argv)
    met = True
    with open_lab(find_engine("capsule", capsule=CAPSULE), "bench") as lab, ThreadPoolExecutor(4) as pool:
        print(f"{lab.engine.version}\ncontainers  first look   next  docker inspect  ratio of the first   of the next")
        running = 0
        for number in sorted(asked.numbers):
            list(pool.map(lambda n: lab.run(f"c{n}", "sleep 10000"), range(running, number)))
            running = number
            warm, cold, inspect = measure(lab, number, asked.rounds)
            first, later = cold / inspect, warm / inspect
            taken = f"{cold * 1e3:7.0f} ms  {warm * 1e3:3.0f} ms  {inspect * 1e3:11.0f} ms"
            print(f"{number:>10}  {taken}  {first:18.2f}  {later:12.2f}")
            met = first <= FIRST and later <= NEXT
    print(f"targets at {max(asked.numbers)}: ≤ {FIRST} and ≤ {NEXT}: {'met' if met else 'MISSED'}")
    return 0 if met else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
