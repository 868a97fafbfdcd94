"""Commands about Compose: ``rehearse`` a file; ``engine compose`` fetches the plugin."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Annotated

import typer

from dockernet_course.cli.engine import Suite, engines
from dockernet_course.cli.output import progress_bar
from dockernet_course.engines import compose, find_engine, private
from dockernet_course.observe import groups
from dockernet_course.rehearsal import Rehearsal, as_json, rehearse

__all__ = ["register"]


def register(app: typer.Typer) -> None:
    """Add these commands to the whole."""
    app.command(name="rehearse")(rehearse_)
    engines.command(name="compose")(fetch)


def fetch() -> None:
    """Fetch the Compose plugin (13 MB): then 'docker compose' works in terminals on private engines."""
    with progress_bar() as progress:
        compose.plugin(progress=progress)
        for running in private.status():
            compose.put_onto(running.name)
    typer.echo("The Compose plugin is there: 'docker compose' works in 'dockernet shell'.")


def rehearse_(
    file: Annotated[Path, typer.Argument(help="The Compose file.")] = Path("compose.yaml"),
    profile: Annotated[list[str] | None, typer.Option(help="Also the services of this profile ('*': of all).")] = None,
    to_json: Annotated[Path | None, typer.Option("--json", help="Write what was found to a file ('-': here).")] = None,
    png: Annotated[Path | None, typer.Option("--png", help="Write the map to a file.")] = None,
    matrix: Annotated[bool, typer.Option("--matrix", help="Also measure who reaches whom.")] = False,
    suite: Suite = None,
) -> None:
    """Rebuild the networks of a Compose file in a private engine, with stand-ins, and say what it makes of them.

    Nothing of this machine that the file names is touched, and no image is pulled.
    """
    with progress_bar() as progress:
        engine = find_engine("private", suite=suite, capsule="rehearsal", progress=progress)
        held = rehearse(file, profiles=profile or (), engine=engine, progress=progress)
    with held as rehearsal:
        if to_json is None or to_json != Path("-"):
            typer.echo(repr(rehearsal))
            if matrix:
                typer.echo(f"\n{_drawn(rehearsal)}")
        if to_json is not None:
            _write(to_json, json.dumps(as_json(rehearsal, matrix=matrix), indent=2, ensure_ascii=False) + "\n")
        if png is not None:
            png.write_bytes(_picture(rehearsal))


def _write(file: Path, text: str) -> None:
    if file == Path("-"):
        sys.stdout.write(text)
    else:
        file.write_text(text, "utf-8")


def _drawn(rehearsal: Rehearsal) -> str:
    from dockernet_course.figures import show_matrix

    return repr(show_matrix(rehearsal.matrix()))


def _picture(rehearsal: Rehearsal) -> bytes:
    from dockernet_course.figures import sheet_view  # half a second, which who wants no picture need not wait

    drawn = sheet_view(groups(rehearsal.topology), title=f"What does {rehearsal.file.name} make?")
    return drawn.picture().png()
