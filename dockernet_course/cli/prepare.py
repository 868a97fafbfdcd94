"""The command ``prepare``: for whoever makes an environment for learners (Binder's image, a hub's)."""

from __future__ import annotations

import sys
from enum import Enum
from pathlib import Path
from typing import Annotated

import typer

from dockernet_course.cli.engine import Suite
from dockernet_course.cli.output import progress_bar
from dockernet_course.engines import pack, ready

__all__ = ["register"]


class Kind(Enum):
    """Which private engines are laid ready."""

    CAPSULE = "capsule"
    VM = "vm"
    BOTH = "both"


def register(app: typer.Typer) -> None:
    """Add the command to the whole."""
    app.command()(prepare)


def prepare(
    engine: Annotated[Kind, typer.Option(help="For hosts that allow user namespaces, for those that do not.")] = (
        Kind.BOTH
    ),
    suite: Suite = None,
) -> None:
    """Lay everything ready in this environment for its learners: private engines, JupyterLab's settings.

    What needs the distribution's package sources is done now, so that learners need no network. Doing it again only
    does what is missing.
    """
    from dockernet_course.course import write_settings

    pack.shared_folder().mkdir(parents=True, exist_ok=True)  # from here on the cache is there
    with progress_bar() as progress:
        ready.lay_ready(suite, capsule=engine is not Kind.VM, vm=engine is not Kind.CAPSULE, progress=progress)
        progress("looking at the fonts", 1.0)
        import matplotlib.font_manager  # noqa: F401 (keeps a list of them, which takes seconds to make)
    typer.echo(f"Engines: {pack.cache_folder()}")
    for path in write_settings(Path(sys.prefix)):
        typer.echo(f"Settings: {path}")
