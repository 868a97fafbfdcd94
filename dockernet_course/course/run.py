"""One chapter, executed end to end on a live engine."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import nbformat
import papermill
from nbclient.exceptions import CellTimeoutError, DeadKernelError
from nbformat import NotebookNode
from papermill.exceptions import PapermillExecutionError

from dockernet_course.lessons.catalogue import chapter

__all__ = ["Result", "run_chapter"]

CELL_SECONDS = 300
"""How long one cell may take. Chapters answer within seconds; what hangs is to end in words."""


@dataclass(frozen=True)
class Result:
    """What came of a chapter: how many ``checks`` it has, which passed, which the engine cannot show, what failed.

    ``failure`` is empty if no cell failed and each check ran.
    """

    chapter: str
    seconds: float
    checks: int
    passed: int
    not_shown: int
    failure: str
    notebook: Path


def run_chapter(source: Path, out: Path, *, engine: str = "auto") -> Result:
    """Execute the notebook ``source`` with papermill and write it, with its outputs, into the folder ``out``.

    ``engine`` is the chapter's parameter ENGINE. A cell that fails is part of the result, not an exception.
    """
    target = out / source.name
    began, failure = time.monotonic(), ""
    try:
        papermill.execute_notebook(
            str(source),
            str(target),
            parameters={"ENGINE": engine},
            kernel_name="python3",
            language="python",
            cwd=str(source.parent),
            progress_bar=False,
            log_output=False,
            execution_timeout=CELL_SECONDS,
            extra_arguments=["--log-level=ERROR"],  # no warning that a local kernel's messages are not encrypted
        )
    except PapermillExecutionError as error:
        failure = f"In the cell\n{_indented(error.source)}\n{error.ename}: {error.evalue}"
    except DeadKernelError:
        failure = "Its kernel died."
    except CellTimeoutError:
        failure = f"One of its cells took more than {CELL_SECONDS} s."
    seconds = time.monotonic() - began
    printed = list(_printed(nbformat.read(target, as_version=4)))
    passed = sum(line.startswith("✓ ") for line in printed)
    not_shown = sum(line.startswith("– not shown here") for line in printed)
    checks = len(chapter(source.stem).checks)
    if not failure and passed + not_shown != checks:
        failure = f"It ran {passed + not_shown} of its {checks} checks."
    return Result(source.stem, seconds, checks, passed, not_shown, failure, target)


def _printed(notebook: NotebookNode) -> Iterator[str]:
    for cell in notebook["cells"]:
        for output in cell.get("outputs", []):
            if output["output_type"] == "stream":
                yield from output["text"].splitlines()


def _indented(text: str) -> str:
    return "\n".join(f"    {line}" for line in text.splitlines())
