"""How long does it take to follow one packet? Target: 150 ms, on a capsule.

``python -m benchmarks.walk [--rounds N]``: a ping between two containers in one network, by IPv4 and by IPv6, one by
name, and a connection to a published port, with their parts: the observation, the command (until the walker runs,
until it is armed, the question itself, tidying up, until we have it), the reading. Medians; exits with status 1 when
the target is missed, or a walk is not answered.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Sequence
from itertools import pairwise
from statistics import median

from rich.console import Console
from rich.table import Table

from dockernet_course.engines import find_engine, hold
from dockernet_course.engines.find.private import stop
from dockernet_course.experiments.model import Family
from dockernet_course.experiments.targets import Party
from dockernet_course.experiments.walk import How
from dockernet_course.experiments.walk.build import build
from dockernet_course.experiments.walk.plan import plan
from dockernet_course.experiments.walk.recording import parse
from dockernet_course.experiments.walk.run import record
from dockernet_course.lab import Lab, open_lab
from dockernet_course.lab.nft_tables import marked
from dockernet_course.observe import observe

NAME, TARGET = "bench-walk", 0.15
PARTS = ("observe", "start", "arm", "ask", "tidy", "return", "read", "all")


def measure(lab: Lab, source: str, target: str, how: How, family: Family | None) -> list[float]:
    """Seconds of each part of one walk."""
    ids = {container.real_name: container.id for container in lab.containers()}
    began = time.time()
    seen = observe(lab)
    observed = time.time()
    here, there = (Party(name, ids.get(name, "")) for name in (source, target))
    chosen = plan(seen, here, there, how, private=True, family=family)
    output = record(lab, chosen)
    recorded = time.time()
    walk = build(chosen, output, how, seen, marked(lab.id))
    done = time.time()
    assert walk.ok, walk
    times = [t / 1e9 for t in parse(output, tuple(place.name for place in chosen.places)).times]
    marks = [began, observed, *times, recorded, done]
    return [*(b - a for a, b in pairwise(marks)), done - began]


def main(argv: Sequence[str]) -> int:
    """Print the table; the exit code."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--rounds", type=int, default=15)
    asked = parser.parse_args(argv)
    shown = Table("walk", *PARTS, title="One packet, followed: milliseconds (median)")
    slowest = 0.0
    engine = find_engine("capsule", capsule=NAME)
    try:
        with hold(engine, "benchmark"), open_lab(engine, "benchmark") as lab:
            lab.create_network("front", ipv6=True, subnet="fd00:6::/64")
            lab.run("web", network="front", publish="8080:80")
            lab.run("db", network="front")
            cases: tuple[tuple[str, str, How, Family | None], ...] = (
                ("web", "db", "address", 4),
                ("web", "db", "address", 6),
                ("db", "web", "name", 4),
                ("host", "web", "published", 4),
            )
            for source, target, how, family in cases:
                rounds = [measure(lab, source, target, how, family) for _ in range(asked.rounds)]
                medians = [median(part) for part in zip(*rounds, strict=True)]
                slowest = max(slowest, medians[-1])
                shown.add_row(f"{source} → {target}, {how}, IPv{family}", *(f"{part * 1000:.0f}" for part in medians))
    finally:
        stop(NAME)
    Console().print(shown)
    print(f"target: ≤ {TARGET} s: {'met' if slowest <= TARGET else 'MISSED'}")
    return 0 if slowest <= TARGET else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
