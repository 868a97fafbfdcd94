"""Commands about Compose: ``engine compose`` fetches the plugin, for terminals that are open already, too."""

from __future__ import annotations

import typer

from dockernet_course.cli.engine import engines
from dockernet_course.cli.output import progress_bar
from dockernet_course.engines import compose, private

__all__ = ["register"]


def register(app: typer.Typer) -> None:  # noqa: ARG001 (as the others)
    """Add these commands to the whole."""
    engines.command(name="compose")(fetch)


def fetch() -> None:
    """Fetch the Compose plugin (13 MB): then 'docker compose' works in terminals on private engines."""
    with progress_bar() as progress:
        compose.plugin(progress=progress)
        for running in private.status():
            compose.put_onto(running.name)
    typer.echo("The Compose plugin is there: 'docker compose' works in 'dockernet shell'.")
