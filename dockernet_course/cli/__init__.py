"""The dockernet command."""

import typer

app = typer.Typer()
