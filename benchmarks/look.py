"""How soon is a whole engine on one picture? ``python -m benchmarks.look [--rounds N] [PROJECTS]``

Made-up Compose projects (ten of them: 60 containers on 26 networks), from the observation to the PNG of the sheet, and
beside it one map of everything, in the same process. Exit code 1 where the sheet of ten takes longer than the target.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import replace

from dockernet_course.figures import sheet_view, show_map
from dockernet_course.observe import Topology, groups
from tests.gallery.examples import World

SIZE, TARGET = 10, 2.0  # projects, seconds


def engine(projects: int) -> Topology:
    """Each project has a proxy, a web server, an API, a database and two workers, on two or three networks."""
    made = World()
    for n in range(projects):
        project = f"project{n}"
        nets = [made.network(f"{project}_{name}", f"10.{n}.{i}.1/24") for i, name in enumerate(("front", "back"))]
        nets += [made.network(f"{project}_cache", f"10.{n}.9.1/24")] if n % 2 else []
        made.networks.update({net: replace(made.networks[net], project=project) for net in nets})
        services = {"proxy": nets[:1], "web": nets[:2], "api": nets[1:], "db": nets[1:2], "worker": nets[1:2]}
        for service, where in services.items():
            for i in range(1, 3 if service == "worker" else 2):
                made.run(name := f"{project}-{service}-{i}", *where)
                made.containers[name] = replace(made.containers[name], project=project, service=service)
    return made.topology()


def seconds(action: Callable[[], object], rounds: int) -> float:
    """The median of some rounds."""
    found = []
    for _ in range(rounds):
        began = time.perf_counter()
        action()
        found.append(time.perf_counter() - began)
    return statistics.median(found)


def main(argv: Sequence[str]) -> int:
    """Print the medians and their ratio; the exit code."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("projects", nargs="?", type=int, default=SIZE)
    parser.add_argument("--rounds", type=int, default=3)
    args = parser.parse_args(argv)
    seen = engine(args.projects)
    print(f"{len(seen.containers)} containers, {len(seen.networks)} networks")
    title = "What is on this engine?"
    sheet = seconds(lambda: sheet_view(groups(seen), title=title).picture().png(), args.rounds)
    one = seconds(lambda: show_map(seen, title=title).png(), args.rounds)
    print(f"sheet {sheet:.2f} s (target {TARGET}), one map {one:.2f} s, ratio {sheet / one:.2f}")
    return int(args.projects >= SIZE and sheet > TARGET)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
