"""One chapter, executed end to end on a live engine."""

from __future__ import annotations

import json
import os
import signal
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from secrets import token_hex
from tempfile import gettempdir

import nbformat
import papermill
from jupyter_client.localinterfaces import localhost
from jupyter_client.manager import AsyncKernelManager
from nbclient.exceptions import CellTimeoutError, DeadKernelError
from nbformat import NotebookNode
from papermill.exceptions import PapermillExecutionError
from traitlets import default

from dockernet_course import settings
from dockernet_course.course.chapters import pages
from dockernet_course.files import write_text
from dockernet_course.lessons import chapter
from dockernet_course.processes import children
from dockernet_course.scratch import temporary

__all__ = ["Result", "run_chapter", "write_results"]

CELL_SECONDS = 300
"""How long one cell may take. Chapters answer within seconds; what hangs is to end in words."""

_STARTS = 3  # of a kernel
_SOCKETS_FOLDER = 80  # characters of its path; a socket's may have 107 (unix(7))


@dataclass(frozen=True)
class Result:
    """What came of a chapter: how many ``checks`` it has, which passed, which the engine cannot show, what failed.

    ``failure`` is empty if no cell failed and each check ran. Of the ``seconds``, it waited ``engine_seconds`` for the
    engine's answers.
    """

    chapter: str
    seconds: float
    checks: int
    passed: int
    not_shown: int
    failure: str
    notebook: Path
    engine_seconds: float = 0.0


def run_chapter(source: Path, out: Path, *, engine: str = "auto", kernel: AsyncKernelManager | None = None) -> Result:
    """Execute the notebook ``source`` with papermill and write it, with its outputs, into the folder ``out``.

    ``engine`` is the chapter's parameter ENGINE; ``kernel`` runs already, and goes on; without it, the chapter has one
    of its own. A cell that fails is part of the result, not an exception.
    """
    target = out / source.name
    began = time.monotonic()
    with _times() as times, _kernels_end():
        failure = _execute(source, target, engine, kernel)
        seconds = time.monotonic() - began
        engine_seconds = _seconds(times)
    printed = list(_printed(nbformat.read(target, as_version=4)))
    passed = sum(line.startswith("✓ ") for line in printed)
    not_shown = sum(line.startswith("– not shown here") for line in printed)
    checks = 0 if source in pages() else len(chapter(source.stem).checks)
    if not failure and passed + not_shown != checks:
        failure = f"It ran {passed + not_shown} of its {checks} checks."
    return Result(source.stem, seconds, checks, passed, not_shown, failure, target, engine_seconds)


def write_results(results: Iterable[Result], version: str, out: Path) -> None:
    """Write what came of the chapters on an engine of that version, for programs: ``results.json``."""
    chapters = [{**asdict(result), "notebook": result.notebook.name} for result in results]
    text = json.dumps({"engine": version, "chapters": chapters}, indent=1, ensure_ascii=False)
    write_text(out / "results.json", text + "\n")


def _execute(source: Path, target: Path, engine: str, kernel: AsyncKernelManager | None) -> str:
    """Run it and write ``target``; what failed, in words, or an empty string."""
    for _ in range(_STARTS):
        try:
            return _executed(source, target, engine, kernel)
        except RuntimeError:  # of jupyter_client: the kernel died before it was ready
            continue
    return "Its kernel did not start."


class _LocalKernel(AsyncKernelManager):
    """Its messages go through Unix sockets of its own, in the folder for temporary files.

    TCP ports are chosen before the kernel opens them. Where many start at once, another one takes one meanwhile: then
    the kernel dies, and jupyter_client may wait for it without an end.
    """

    @default("transport")
    def _transport(self) -> str:
        return "ipc" if len(gettempdir()) < _SOCKETS_FOLDER else "tcp"

    @default("ip")
    def _ip_default(self) -> str:
        """Of Unix sockets, what their paths begin with: by itself it is in the folder of the notebook, for all."""
        return f"{gettempdir()}/kernel-{token_hex(6)}" if self.transport == "ipc" else localhost()


def _executed(source: Path, target: Path, engine: str, kernel: AsyncKernelManager | None) -> str:
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
            km=kernel,
            kernel_manager_class=_LocalKernel,
        )
    except PapermillExecutionError as error:
        return f"In the cell\n{_indented(error.source)}\n{error.ename}: {error.evalue}"
    except DeadKernelError:
        return "Its kernel died."
    except CellTimeoutError:
        return f"One of its cells took more than {CELL_SECONDS} s."
    return ""


@contextmanager
def _times() -> Iterator[Path]:
    """A file in which the lesson's kernel says, when the chapter is closed, how long it waited for the engine."""
    before = os.environ.get(settings.TIMES)
    with temporary("chapter") as folder:  # beside it Jupyter's file with the kernel's ports and key
        file = folder / "times"
        os.environ[settings.TIMES] = str(file)
        try:
            yield file
        finally:
            os.environ.pop(settings.TIMES)
            os.environ.update({settings.TIMES: before} if before else {})


@contextmanager
def _kernels_end() -> Iterator[None]:
    """End a kernel that is only starting when a signal ends this run: nbclient does not, and it writes its file anew.

    The lab of one that has begun closes all the same: a watchdog waits for that.
    """
    before = set(children())
    try:
        yield
    except (KeyboardInterrupt, SystemExit):
        for child in set(children()) - before:
            with suppress(OSError):  # it has ended meanwhile
                os.kill(child, signal.SIGKILL)
                os.waitpid(child, 0)
        raise


def _seconds(times: Path) -> float:
    """What the kernel wrote; none where it was killed before it could, or while it did."""
    with suppress(OSError, ValueError):
        return float(times.read_text() or 0)
    return 0.0


def _printed(notebook: NotebookNode) -> Iterator[str]:
    for cell in notebook["cells"]:
        for output in cell.get("outputs", []):
            if output["output_type"] == "stream":
                yield from output["text"].splitlines()


def _indented(text: str) -> str:
    return "\n".join(f"    {line}" for line in text.splitlines())
