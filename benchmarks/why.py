"""How long does ``why`` take? ``python -m benchmarks.why [--rounds N]``

On a capsule, for a question that is answered, one that is refused, and one whose packet a rule drops; beside it what
the container's own ``ping`` takes that waits as long for an answer (two seconds). Exit code 1 when one takes above
three seconds.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence

from benchmarks._timing import seconds
from dockernet_course.engines import find_engine
from dockernet_course.experiments.why import why
from dockernet_course.lab import Lab, open_lab

CAPSULE, TARGET = "bench-why", 3.0


def worst(lab: Lab, target: str, rounds: int) -> float:
    """The longest of the rounds."""
    return max(seconds(lambda: why(lab, "cli", target))[0] for _ in range(rounds))


def main(argv: Sequence[str]) -> int:
    """Print the table; the exit code."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--rounds", type=int, default=5)
    rounds = parser.parse_args(argv).rounds
    with open_lab(find_engine("capsule", capsule=CAPSULE), "bench") as lab:
        lab.create_network("front")
        lab.create_network("back")
        lab.run("cli", network="front")
        lab.run("web", network="front")
        lab.run("deaf", "sleep 10000", network="front")
        lab.run("far", network="back")
        ping = f"ping -c 1 -W 2 {lab.container('far').address()}"
        waits = min(seconds(lambda: lab.container("cli").sh(ping))[0] for _ in range(rounds))
        taken = {name: worst(lab, name, rounds) for name in ("web", "deaf", "far")}
    print(f"a ping that waits two seconds: {waits:.2f} s")
    for what, name in (("answered", "web"), ("refused", "deaf"), ("dropped", "far")):
        print(f"{what:>9}  {taken[name]:5.2f} s  {taken[name] / waits:5.2f} ×")
    met = max(taken.values()) <= TARGET
    print(f"target: ≤ {TARGET} s: {'met' if met else 'MISSED'}")
    return 0 if met else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
