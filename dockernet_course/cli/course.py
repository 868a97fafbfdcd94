"""Commands about the course: ``lab``, ``course``, ``notebooks``.

What they need of the course is imported in them: it brings Jupyter and matplotlib, which takes seconds that
``dockernet doctor`` or ``dockernet shell`` should not take.
"""

from __future__ import annotations

import json
import os
import sys
import webbrowser
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.table import Table

from dockernet_course import settings
from dockernet_course.cli.engine import Choice, Name, Suite
from dockernet_course.cli.output import console, progress_bar
from dockernet_course.engines import DEFAULT_SUITE, Engine, find_engine, hold
from dockernet_course.errors import LessonError
from dockernet_course.locking import unused
from dockernet_course.scratch import scratch

if TYPE_CHECKING:
    from dockernet_course.course import Result

__all__ = ["register"]

Chapters = Annotated[list[str] | None, typer.Argument(help="Only these, by number (02) or name.")]


def register(app: typer.Typer) -> None:
    """Add these commands to the whole."""
    app.command()(lab)
    app.command()(course)
    app.command(name="notebooks")(store)


def lab(
    folder: Annotated[Path, typer.Option(help="Where your copy of the notebooks is kept.")] = Path("my-course"),
    engine: Choice = "auto",
    suite: Suite = None,
    name: Name = None,
    browser: Annotated[bool, typer.Option(help="Open a browser.")] = True,
) -> None:
    """Open the course in JupyterLab, on your own copy of the notebooks; terminals open on the engine's host."""
    from dockernet_course.course import handed_out, learners_copy

    for line in learners_copy(handed_out(), folder):
        typer.echo(line)
    found = _found(engine, suite, name)
    lease = hold(found, f"JupyterLab {os.getpid()}")
    typer.echo(f"Docker Engine {found.version}: {found.why}.\nYour copy of the notebooks: {folder.resolve()}")
    shown = browser and _has_browser()
    if not shown:
        typer.echo("Open the address that begins with http://127.0.0.1 below in a browser. Ctrl-C ends the course.")
    lease.keep_over_exec()  # this process becomes the server: signals reach it, and the lease ends with it
    sys.stdout.flush()
    os.execve(sys.executable, _jupyterlab(found, folder.resolve(), browser=shown), _environment(found))  # noqa: S606


def _jupyterlab(engine: Engine, folder: Path, *, browser: bool) -> list[str]:
    """The command that serves the folder; nothing of it asks the internet for news, or the learner about them."""
    from dockernet_course.course import QUIET, notebooks

    shell = [sys.executable, "-m", "dockernet_course.cli", "shell", "--engine", _choice(engine)]
    return [
        *(sys.executable, "-m", "jupyterlab", f"--ServerApp.root_dir={folder}"),
        f"--LabApp.default_url=/lab/tree/{notebooks()[0].name}",
        f"--ServerApp.terminado_settings={json.dumps({'shell_command': shell})}",
        *("--ServerApp.answer_yes=True", "--ServerApp.log_level=WARN"),
        *(f"--LabApp.{name}={value}" for name, value in QUIET.items()),
        *([] if browser else ["--no-browser"]),
        *(["--allow-root"] if os.geteuid() == 0 else []),
    ]


def course(
    chapters: Chapters = None,
    out: Annotated[Path, typer.Option(help="Where the executed notebooks and pages go.")] = Path("_course"),
    engine: Choice = "auto",
    suite: Suite = None,
    name: Name = None,
) -> None:
    """Run every chapter on a live engine; write executed notebooks and pages; exit status 1 if any cell failed."""
    from dockernet_course.course import notebooks, write_glossary, write_index, write_results

    out.mkdir(parents=True, exist_ok=True)
    with _alone(out), _running(engine, suite, name) as found:
        results = [_run(source, out, found) for source in notebooks(chapters or ())]
    write_index(results, f"Docker Engine {found.version} ({found.kind})", out)
    write_glossary(out)
    write_results(results, found.version, out)
    console().print(_table(results, found))
    typer.echo(f"Pages: {out / 'index.html'}")
    for result in (result for result in results if result.failure):
        typer.echo(f"\n{result.chapter} failed. {result.failure}", err=True)
    raise typer.Exit(1 if any(result.failure for result in results) else 0)


def store(
    chapters: Chapters = None,
    suite: Suite = DEFAULT_SUITE,
    name: Name = None,
    everything: Annotated[
        bool, typer.Option("--all", help="Also outputs that say the same: after a change of how things are drawn.")
    ] = False,
) -> None:
    """Run the chapters and store their outputs in the repository's notebooks, where they differ."""
    from dockernet_course.course import notebooks, pages, store_outputs

    failed = False
    with _alone(notebooks()[0].parent), scratch("notebooks") as folder, _running("capsule", suite, name) as found:
        for source in notebooks(chapters) if chapters else [*notebooks(), *pages()]:
            result = _run(source, folder, found)
            if result.failure:
                failed = True
                typer.echo(f"{source.name} is left as it was. {result.failure}", err=True)
                continue
            changed = store_outputs(source, result.notebook, everything=everything)
            typer.echo(f"{source.name}: {'stored' if changed else 'no difference'}")
    raise typer.Exit(1 if failed else 0)


def _found(choice: str, suite: str | None, name: str | None) -> Engine:
    with progress_bar() as progress:
        return find_engine(choice, suite=suite, capsule=name, progress=progress)


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """Nobody else's chapters are written there meanwhile. Raises :class:`LessonError` if somebody's are."""
    with unused(folder.resolve()) as free:
        if not free:
            raise LessonError(
                f"Another run of the course writes into {folder}.", cure="Wait for its end, or choose a folder (--out)."
            )
        yield


@contextmanager
def _running(choice: str, suite: str | None, name: str | None) -> Iterator[Engine]:
    """An engine for chapters that run by themselves: no lab and no progress of the learner's is touched.

    A private engine is one beside the learner's, and beside those of other runs, unless somebody gives it a name.
    """
    before = dict(os.environ)
    with scratch("course") as data:
        os.environ.setdefault(settings.CAPSULE, f"course-{os.getpid()}")
        os.environ[settings.DATA] = str(data)
        try:
            found = _found(choice, suite, name)
            os.environ.update(_environment(found))
            with hold(found, f"course {os.getpid()}"):
                yield found
        finally:
            os.environ.clear()
            os.environ.update(before)


def _choice(engine: Engine) -> str:
    return engine.kind if engine.private else engine.address


def _environment(engine: Engine) -> dict[str, str]:
    """For kernels and terminals: the same engine as here, also when it was chosen by options."""
    certificates = {name: value for name, value in engine.variables.items() if engine.tls and name != "DOCKER_HOST"}
    chosen = {settings.ENGINE: _choice(engine)}
    return {**os.environ, **certificates, **chosen, **({settings.CAPSULE: engine.name} if engine.name else {})}


def _run(source: Path, out: Path, engine: Engine) -> Result:
    from dockernet_course.course import pages, run_chapter, write_page

    typer.echo(f"{source.stem} …", err=True)
    result = run_chapter(source, out, engine=_choice(engine))
    if source not in pages():
        write_page(result.notebook)
    return result


def _table(results: list[Result], engine: Engine) -> Table:
    title = f"Docker Engine {engine.version} ({engine.kind})"
    table = Table("chapter", "seconds", "the engine's", "checks passed", "", title=title)
    table.columns[0].no_wrap = True
    for r in results:
        hidden = f", {r.not_shown} not shown here" if r.not_shown else ""
        times, passed = (f"{r.seconds:.1f}", f"{r.engine_seconds:.1f}"), f"{r.passed} of {r.checks}{hidden}"
        table.add_row(r.chapter, *times, passed, "FAILED" if r.failure else "ok")
    table.add_section()
    table.add_row("all", f"{sum(r.seconds for r in results):.1f}", f"{sum(r.engine_seconds for r in results):.1f}")
    return table


def _has_browser() -> bool:
    try:
        webbrowser.get()
    except webbrowser.Error:
        return False
    return bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))
