"""Commands about the course: ``lab``, ``course``, ``notebooks``."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
import webbrowser
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import nbformat
import typer
from rich.table import Table

from dockernet_course.cli.engine import Choice, Name, Suite
from dockernet_course.cli.output import console, progress_bar
from dockernet_course.course import (
    Result,
    learners_copy,
    normal,
    notebooks,
    run_chapter,
    with_stored_outputs,
    write_index,
    write_page,
)
from dockernet_course.course.chapters import FOLDER
from dockernet_course.engines import DEFAULT_SUITE, Engine, find_engine

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
    for line in learners_copy([*notebooks(), *FOLDER.glob("*.md")], folder):
        typer.echo(line)
    with _engine(engine, suite, name, "JupyterLab") as found:
        typer.echo(f"Docker Engine {found.version}: {found.why}")
        shell = [sys.executable, "-m", "dockernet_course.cli", "shell", "--engine", _choice(found)]
        command = [sys.executable, "-m", "jupyter", "lab", f"--ServerApp.root_dir={folder.resolve()}"]
        command += [f"--LabApp.default_url=/lab/tree/{notebooks()[0].name}"]
        command += [f"--ServerApp.terminado_settings={json.dumps({'shell_command': shell})}"]
        command += [] if browser and _has_browser() else ["--no-browser"]
        command += ["--allow-root"] if os.geteuid() == 0 else []
        status = subprocess.run(command, env=_environment(found), check=False).returncode
    raise typer.Exit(status)


def course(
    chapters: Chapters = None,
    out: Annotated[Path, typer.Option(help="Where the executed notebooks and pages go.")] = Path("_course"),
    engine: Choice = "auto",
    suite: Suite = None,
    name: Name = None,
) -> None:
    """Run every chapter on a live engine; write executed notebooks and pages; exit status 1 if any cell failed."""
    out.mkdir(parents=True, exist_ok=True)
    with _engine(engine, suite, name, "course") as found, _run_environment(found):
        results = [_run(source, out, found) for source in notebooks(chapters or ())]
    write_index(results, f"Docker Engine {found.version} ({found.kind})", out)
    shutil.copy(FOLDER / "glossary.md", out)
    console().print(_table(results, found))
    typer.echo(f"Pages: {out / 'index.html'}")
    for result in (result for result in results if result.failure):
        typer.echo(f"\n{result.chapter} failed. {result.failure}", err=True)
    raise typer.Exit(1 if any(result.failure for result in results) else 0)


def store(chapters: Chapters = None, suite: Suite = DEFAULT_SUITE, name: Name = None) -> None:
    """Run the chapters and store their outputs in the repository's notebooks, where they differ."""
    with (
        tempfile.TemporaryDirectory() as folder,
        _engine("capsule", suite, name, "notebooks") as found,
        _run_environment(found),
    ):
        for source in notebooks(chapters or ()):
            result = _run(source, Path(folder), found)
            if result.failure:
                typer.echo(f"{source.name} is left as it was. {result.failure}", err=True)
                raise typer.Exit(1)
            stored = nbformat.read(source, as_version=4)
            fresh = normal(nbformat.read(result.notebook, as_version=4))
            text = nbformat.writes(with_stored_outputs(fresh, stored)) + "\n"
            changed = text != source.read_text("utf-8")
            source.write_text(text, "utf-8")
            typer.echo(f"{source.name}: {'stored' if changed else 'no difference'}")


@contextmanager
def _engine(choice: str, suite: str | None, name: str | None, holder: str) -> Iterator[Engine]:
    with progress_bar() as progress:
        found = find_engine(choice, suite=suite, capsule=name, progress=progress)
    with found.hold(f"{holder} {os.getpid()}"):
        yield found


def _choice(engine: Engine) -> str:
    return "capsule" if engine.capsule else engine.address


def _environment(engine: Engine) -> dict[str, str]:
    """For kernels and terminals: the same engine as here, also when it was chosen by options."""
    chosen = {"DOCKERNET_ENGINE": _choice(engine)}
    return {**os.environ, **chosen, **({"DOCKERNET_CAPSULE": engine.capsule} if engine.capsule else {})}


@contextmanager
def _run_environment(engine: Engine) -> Iterator[None]:
    """While chapters run by themselves: their engine, and no trace in the learner's progress."""
    before = dict(os.environ)
    with tempfile.TemporaryDirectory() as data:
        os.environ.update(_environment(engine), DOCKERNET_DATA=data)
        try:
            yield
        finally:
            os.environ.clear()
            os.environ.update(before)


def _run(source: Path, out: Path, engine: Engine) -> Result:
    typer.echo(f"{source.stem} …", err=True)
    result = run_chapter(source, out, engine=_choice(engine))
    write_page(result.notebook)
    return result


def _table(results: list[Result], engine: Engine) -> Table:
    table = Table("chapter", "engine", "seconds", "checks passed", "not shown here", "")
    for r in results:
        failed = "FAILED" if r.failure else "ok"
        kind = f"{engine.version} ({engine.kind})"
        table.add_row(r.chapter, kind, f"{r.seconds:.1f}", str(r.passed), str(r.not_shown), failed)
    return table


def _has_browser() -> bool:
    try:
        webbrowser.get()
    except webbrowser.Error:
        return False
    return bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))
