"""Every chapter on each generation of the engine, and one table of what came of it.

``python -m tests.engines bookworm trixie sid``: two generations run at a time, each on a capsule of its own; notebooks
and pages go to ``_course/SUITE``. With ``--engine vm`` they run on virtual machines, and go to ``_course/SUITE-vm``.
Where there is but one generation, ``--halves`` has two engines run every other chapter each; the second one's go to
``_course/SUITE-2``.
The exit status is 1 if a chapter failed anywhere. That an engine of a known release does something else than is known
of it is such a failure, too: chapter 00 checks it (``00.as-expected``). What tests only if it can be had (``sid``) may
be out of reach, and then the table says so.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
from collections.abc import Collection, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from dockernet_course.course import notebooks
from dockernet_course.engines.build import pack
from dockernet_course.errors import PackError
from tests.sampling import some_chapters

__all__ = ["Run", "joined", "main", "table"]

IF_IN_REACH = ("sid",)
OUT = Path("_course")


@dataclass(frozen=True)
class Run:
    """What came of one generation: ``chapters`` by id, or why there are none (``trouble``).

    ``tried`` is False where its packages cannot be had.
    """

    suite: str
    version: str = ""
    chapters: dict[str, dict[str, Any]] | None = None
    trouble: str = ""
    tried: bool = True

    @property
    def head(self) -> str:
        """How it is called in the table."""
        return f"{self.version} ({self.suite})" if self.version else self.suite

    @property
    def good(self) -> bool:
        """Whether everything passed, or it need not be there and is not."""
        if self.chapters is None:
            return not self.tried and self.suite in IF_IN_REACH
        return not any(chapter["failure"] for chapter in self.chapters.values())

    def cell(self, chapter: str) -> str:
        """What the table says of a chapter on this engine."""
        if self.chapters is None:
            return "DID NOT RUN" if self.tried else "not in reach"
        found = self.chapters.get(chapter)
        if found is None:
            return "DID NOT RUN"
        hidden = f", {found['not_shown']} not shown" if found["not_shown"] else ""
        failed = "FAILED, " if found["failure"] else ""
        return f"{failed}{found['passed']} of {found['checks']}{hidden}, {_time([found])}"


def run(suite: str, wanted: Sequence[str], engine: str = "auto", out: Path = OUT, part: str = "") -> Run:
    """Run the chapters on that generation; ``part`` tells its folder and capsule from those of another run."""
    try:
        pack.ensure(suite)
    except PackError as error:
        return Run(suite, trouble=" ".join(str(error).split()), tried=False)
    folder = out / ((suite if engine == "auto" else f"{suite}-{engine}") + part)
    results = folder / "results.json"
    results.unlink(missing_ok=True)
    chosen = ["--engine", engine, "--suite", suite]
    command = ["-m", "dockernet_course.cli", "course", *chosen, "--out", str(folder), *wanted]
    environment = {**os.environ, "DOCKERNET_CAPSULE": f"{os.environ.get('DOCKERNET_CAPSULE', 'course')}-{suite}{part}"}
    ended = subprocess.run([sys.executable, *command], env=environment, capture_output=True, text=True, check=False)
    if not results.exists():
        return Run(suite, trouble=(ended.stdout + ended.stderr)[-2000:])
    found = json.loads(results.read_text("utf-8"))
    return Run(suite, found["engine"], {chapter["chapter"]: chapter for chapter in found["chapters"]})


def joined(halves: Sequence[Run]) -> Run:
    """Two runs on one generation as one; what went wrong in one went wrong in all."""
    first, *_ = halves
    bad = [half for half in halves if half.chapters is None]
    together = {key: found for half in halves for key, found in (half.chapters or {}).items()}
    return replace(bad[0], version=first.version) if bad else replace(first, chapters=together)


def _in_halves(suite: str, wanted: Sequence[str], engine: str) -> Run:
    numbers = [path.stem[:2] for path in notebooks(wanted)]
    with ThreadPoolExecutor(2) as pool:
        return joined(list(pool.map(lambda n: run(suite, numbers[n::2], engine, part="-2" * n), range(2))))


def table(runs: Sequence[Run], chapters: Sequence[str]) -> Table:
    """Chapter × engine."""
    shown = Table("chapter", *(run.head for run in runs), title="Checks passed, how long it took, the engine's share")
    for chapter in chapters:
        shown.add_row(chapter, *(run.cell(chapter) for run in runs))
    shown.add_section()
    shown.add_row("all", *(_time((run.chapters or {}).values()) for run in runs))
    return shown


def _time(chapters: Collection[dict[str, Any]]) -> str:
    """How long they took, and how much of that they waited for the engine."""
    total, waited = (sum(one[name] for one in chapters) for name in ("seconds", "engine_seconds"))
    return f"{total:.1f} s, {waited / total:.0%}" if total else "0.0 s"


def troubles(runs: Sequence[Run]) -> list[str]:
    """What went wrong, in words."""
    told = [f"{run.head}: {'not in reach. ' * (not run.tried)}{run.trouble}" for run in runs if run.trouble]
    for one in runs:
        failed = [chapter for chapter in (one.chapters or {}).values() if chapter["failure"]]
        told += [f"{chapter['chapter']} on {one.head} failed. {chapter['failure']}" for chapter in failed]
    return told


def main(arguments: Sequence[str]) -> int:
    """Run them and print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("suites", nargs="+")
    parser.add_argument("--chapters", nargs="*", default=(), help="only these, by number")
    parser.add_argument("--engine", default="auto", help="the kind of private engine: capsule or vm")
    parser.add_argument("--some", nargs="+", default=(), help="in a short run, these chapters and another one")
    parser.add_argument("--halves", action="store_true", help="every other chapter on a second engine")
    options = parser.parse_args(arguments)
    wanted = some_chapters(1, *options.some) if options.some else options.chapters
    if options.halves:
        runs = [_in_halves(suite, wanted, options.engine) for suite in options.suites]
    else:
        with ThreadPoolExecutor(2) as pool:
            runs = list(pool.map(lambda suite: run(suite, wanted, options.engine), options.suites))
    console = Console(width=max(120, Console().width))
    console.print(table(runs, [path.stem for path in notebooks(wanted)]))
    for trouble in troubles(runs):
        console.print(trouble, markup=False, highlight=False)
    return 0 if all(one.good for one in runs) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
