"""What the command prints beside plain lines: errors, progress, the doctor's tables."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.table import Table
from rich.text import Text

from dockernet_course.engines import Report, pack
from dockernet_course.errors import DockernetError

__all__ = ["console", "progress_bar", "show_error", "show_report"]


def console(*, error: bool = False) -> Console:
    """A console on what standard output (or error) is now; words are never cut or coloured by what they look like."""
    return Console(stderr=error, highlight=False, markup=False, soft_wrap=True)


def show_error(error: DockernetError) -> None:
    """What happened, the state seen, what to do next; on standard error."""
    out = console(error=True)
    out.print(Text(error.what, style="bold red"))
    for part in (error.state, error.cure):
        if part:
            out.print(part)


@contextmanager
def progress_bar() -> Iterator[pack.Progress]:
    """A bar on standard error for work that says what it does and how far it is; gone when the work is done.

    Where there is no terminal, each step is one line.
    """
    out = console(error=True)
    if not out.is_terminal:
        yield _lines(out)
        return
    from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

    columns = (SpinnerColumn(), TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn())
    with Progress(*columns, console=out, transient=True) as bar:
        task = bar.add_task("", total=1.0)

        def told(what: str, part: float) -> None:
            bar.update(task, completed=part, description=what or bar.tasks[task].description)

        yield told


def _lines(out: Console) -> pack.Progress:
    last = ""

    def told(what: str, part: float) -> None:
        nonlocal last
        if what and what != last:
            out.print(f"{what} …" if part < 1 else what)
            last = what

    return told


def show_report(report: Report) -> None:
    """The doctor's report as a person reads it."""
    out = console()
    out.print(Text("The course can run here." if report.usable else "The course cannot run here.", style="bold"))
    out.print(report.why[:1].upper() + report.why[1:] + ("" if report.why.endswith(".") else "."))
    if report.engine is not None:
        facts = _table("engine", "")
        for name, value in vars(report.engine).items():
            facts.add_row(name.replace("_", " "), _worded(value))
        out.print(facts)
    has = _table("this machine", "")
    for ability in report.abilities:
        has.add_row(f"{'✓' if ability.ok else '✗'} {ability.name}", ability.text)
    has.add_row("  versions", f"course {report.course}, Python {report.python}, {report.machine}")
    out.print(has)
    if report.passed_over:
        others = _table("passed over", "because")
        for one in report.passed_over:
            others.add_row(one.name, one.reason)
        out.print(others)
    for line in report.notes:
        out.print(f"· {line}")
    for line in report.advice:
        out.print(f"→ {line}")


def _table(*headings: str) -> Table:
    table = Table(box=None, pad_edge=False, title_justify="left")
    for heading in headings:
        table.add_column(heading, overflow="fold")
    return table


def _worded(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return "–" if value is None else str(value)
