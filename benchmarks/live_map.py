"""How soon does the living map show what was done? ``python -m benchmarks.live_map [--rounds N] [N…]``

In a capsule with so many containers: from the end of ``docker run`` and ``docker rm -f`` (the real command, as in the
terminal) to the moment at which the widget has the map that shows it. Exit code 1 when the median at the smallest
number is above the target.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor

from dockernet_course.engines import find_engine
from dockernet_course.lab import Lab, open_lab
from dockernet_course.lessons.living import LiveMap
from tests.live import labs

CAPSULE, TARGET = "bench-live-map", 0.3


class Shown:
    """When the map first showed, and no more showed, a wired container of that name."""

    def __init__(self, living: LiveMap) -> None:
        self._living, self._changed = living, threading.Condition()
        living.widget.observe(self._note, "data")

    def _note(self, _: object) -> None:
        with self._changed:
            self._changed.notify_all()

    def seconds(self, action: Callable[[], object], *, there: bool) -> float:
        """From the end of the action until it is shown; not less than nothing."""
        action()
        done = time.perf_counter()
        with self._changed:
            assert self._changed.wait_for(lambda: self._wired() == there, 10)
        return time.perf_counter() - done

    def _wired(self) -> bool:
        marks = {row[1].split(" of ")[-1]: row[3] for row in self._living.view.rows if row[0] == "interface"}
        return marks.get("seen", "− gone") != "− gone"


def measure(lab: Lab, rounds: int) -> tuple[float, float]:
    """Medians in seconds for a container that came, and one that went."""
    living = LiveMap(lab, "What is there?")
    living.follow()
    shown = Shown(living)
    run = ("run", "-d", "--name", "seen", "dockernet-lab:1", "sleep", "1000")
    came, went = [], []
    for _ in range(rounds):
        came.append(shown.seconds(lambda: labs.docker(CAPSULE, *run), there=True))
        time.sleep(0.5)
        went.append(shown.seconds(lambda: labs.docker(CAPSULE, "rm", "-f", "seen"), there=False))
        time.sleep(0.5)
    return statistics.median(came), statistics.median(went)


def main(argv: Sequence[str]) -> int:
    """Print the table; the exit code."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("numbers", nargs="*", type=int, default=[2, 10, 40], help="of containers")
    parser.add_argument("--rounds", type=int, default=9)
    asked = parser.parse_args(argv)
    first = 0.0
    print("containers  came    went")
    for number in sorted(asked.numbers):
        with open_lab(find_engine("capsule", capsule=CAPSULE), "bench") as lab, ThreadPoolExecutor(4) as pool:
            list(pool.map(lambda n: lab.run(f"c{n}", "sleep 10000"), range(number)))
            came, went = measure(lab, asked.rounds)
            first = first or max(came, went)
            print(f"{number:>10}  {came * 1e3:4.0f} ms  {went * 1e3:4.0f} ms")
    print(f"target at {min(asked.numbers)}: ≤ {TARGET * 1e3:.0f} ms: {'met' if first <= TARGET else 'MISSED'}")
    return 0 if first <= TARGET else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
