"""The ``dockernet`` command: puts its parts together, and shows errors of ours in words instead of a traceback."""

from __future__ import annotations

import errno
from typing import Any

import typer
from typer.core import TyperGroup

from dockernet_course.cli import compose, course, engine, network, prepare
from dockernet_course.cli.ending import tidily
from dockernet_course.cli.output import show_error
from dockernet_course.errors import DockernetError, EngineError

__all__ = ["app"]

_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EROFS)


class _InWords(TyperGroup):
    """A group of commands whose failures, as far as they are ours, end the command with their message and status 1."""

    def invoke(self, ctx: Any) -> Any:
        try:
            with tidily():
                return super().invoke(ctx)
        except DockernetError as error:
            show_error(error)
            raise typer.Exit(1) from error
        except OSError as error:
            if error.errno not in _FULL and "temporary directory" not in str(error):
                raise
            cure = "Free some there, or let TMPDIR, XDG_RUNTIME_DIR and DOCKERNET_CACHE name folders on another disk."
            show_error(EngineError("There is no room to write what is needed.", state=str(error), cure=cure))
            raise typer.Exit(1) from error


app = typer.Typer(
    cls=_InWords,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    help="Learn Docker networking on a live engine.",
)
engine.register(app)
compose.register(app)
course.register(app)
network.register(app)
prepare.register(app)
