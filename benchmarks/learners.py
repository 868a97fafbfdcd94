"""How much does a learner take on a shared machine? ``python -m benchmarks.learners [--engine vm] [--accounts] [N…]``

For each N, so many real kernels go through chapter 02 at the same time, each with a private engine of its own: how long
the chapter took, and how much memory a learner took at most (PSS: each shared page counts in parts), of the kernel and
of the engine with its keeper and all that is in it. With ``--accounts`` (as root) each is another account, with a cache
of its own. Exit code 1 when a chapter failed, or somebody saw what is another's.
"""

from __future__ import annotations

import argparse
import contextlib
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from statistics import mean, median

from rich.console import Console
from rich.table import Table

from benchmarks.capsule import pss
from dockernet_course.engines.find import private
from dockernet_course.engines.keeper import state
from dockernet_course.engines.keeper.client import ask
from tests.learners import Came, Learner, left, names_of, together

SOME = (1, 5, 10, 20)


@dataclass
class Watch:
    """What was seen every two seconds while they were at it: megabytes, at most, of each one's kernel and engine."""

    peaks: dict[str, tuple[float, float]] = field(default_factory=dict)
    lowest: float = 1e9  # what the machine could still give

    @contextlib.contextmanager
    def __call__(self, learners: Sequence[Learner], pids: Sequence[int]) -> Iterator[None]:
        done = threading.Event()
        thread = threading.Thread(target=self._look, args=(learners, pids, done))
        thread.start()
        try:
            yield
        finally:
            done.set()
            thread.join()

    def _look(self, learners: Sequence[Learner], pids: Sequence[int], done: threading.Event) -> None:
        while not done.wait(2.0):
            self.lowest = min(self.lowest, available_mb())
            children = _children()
            for one, pid in zip(learners, pids, strict=True):
                keeper = _keeper(one)
                engine = [keeper, *_below(keeper, children)] if keeper else []
                now = (pss(_below(pid, children)), pss(engine))
                self.peaks[one.name] = max(self.peaks.get(one.name, (0.0, 0.0)), now, key=sum)


def _keeper(learner: Learner) -> int:
    """The pid of the process that keeps the learner's engine, of either kind; 0 if there is none."""
    for kind in private.TITLES:
        connection = state.listening(learner.runtime / "dockernet" / private.name_of(kind, learner.name))
        if connection is not None:
            with connection:
                connection.settimeout(2)
                return int((ask(connection, "status") or {"keeper": 0})["keeper"])
    return 0


def _children() -> dict[int, list[int]]:
    found: dict[int, list[int]] = {}
    for process in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            parent = int((process / "stat").read_text().rpartition(")")[2].split()[1])
            found.setdefault(parent, []).append(int(process.name))
    return found


def _below(pid: int, children: dict[int, list[int]]) -> list[int]:
    return [one for child in children.get(pid, ()) for one in (child, *_below(child, children))]


def available_mb() -> float:
    """What the machine could still give, as the kernel reckons it."""
    return int(Path("/proc/meminfo").read_text().partition("MemAvailable:")[2].split()[0]) / 1024


def wrong(came: list[Came]) -> list[str]:
    """What is not as it should be."""
    told = [f"{one.learner.name}: {one.failure}" for one in came if one.failure]
    for one in came:
        strange = {name for name in one.sees if name.startswith(("mine-", "net-"))} ^ names_of(one.learner)
        told += [f"{one.learner.name} sees, or misses: {', '.join(sorted(strange))}"] if strange else []
    return told


def row(count: int, came: list[Came], watch: Watch, before: float) -> list[str]:
    """A line of the table."""
    seconds = [one.seconds for one in came]
    passed = sum(not one.failure for one in came)
    kernel, engine = (mean(column) for column in zip(*watch.peaks.values(), strict=True))
    times = f"{median(seconds):.0f} ({min(seconds):.0f}–{max(seconds):.0f})"
    return [
        str(count),
        f"{passed} of {count}",
        times,
        *(f"{mb:.0f}" for mb in (kernel, engine, kernel + engine, before - watch.lowest)),
    ]


def measured(engine: str, count: int, folder: Path, *, accounts: bool) -> tuple[list[Came], list[str]]:
    """What came of so many learners, and their line of the table."""
    folder.chmod(0o755)
    before, watch = available_mb(), Watch()
    came = together(engine, count, folder, accounts=accounts, watch=watch)
    return came, row(count, came, watch, before)


def main(argv: Sequence[str]) -> int:
    """The exit code."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("counts", nargs="*", type=int, default=SOME)
    parser.add_argument("--engine", default="capsule", choices=("capsule", "vm"))
    parser.add_argument("--accounts", action="store_true")
    options = parser.parse_args(argv)
    whose = "each of another account" if options.accounts else "all of one user"
    head = ("learners", "passed", "chapter 02, s", "kernel, MB", "engine, MB", "together, MB", "machine, MB")
    table = Table(*head, title=f"Learners at once, each with a {options.engine}, {whose}")
    troubles = []
    for count in options.counts:
        with tempfile.TemporaryDirectory(prefix="dn") as folder:  # short: a socket's path has 107 bytes at most
            came, line = measured(options.engine, count, Path(folder), accounts=options.accounts)
            while left([one.learner for one in came]):
                time.sleep(0.5)
        troubles += wrong(came)
        table.add_row(*line)
    console = Console(width=110)
    console.print(table)
    for trouble in troubles:
        console.print(trouble, markup=False, highlight=False)
    return 1 if troubles else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
