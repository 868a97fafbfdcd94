"""What an engine refuses, shown without an exception in the middle of a chapter."""

from __future__ import annotations

import time
from collections.abc import Callable

from dockernet_course.errors import CommandFailed, ContainerExited, LabError, LessonError, WaitTimeout
from dockernet_course.lab import ContainerHandle

__all__ = ["refused"]

_ENDS = 5.0  # seconds in which a program that cannot have its port has ended
_POLL = 0.1


def refused(action: Callable[[], object]) -> None:
    """Do what cannot be done, and print why as the docker command does: in the engine's words, or the container's last.

    A container that starts, and then ends at once, is no refusal of the engine's: that is told with its last words.
    Raises LessonError if the engine agrees, and what has nothing to do with it: an engine that does not answer in time.
    """
    try:
        _ended(action())
    except ContainerExited as error:
        print(f"{error.what}\n{error.state}")
    except (CommandFailed, WaitTimeout):
        raise
    except LabError as error:
        print(f"Error response from daemon: {error.state or error.what}")
    else:
        raise LessonError(
            "The engine did this, and the chapter expected that it cannot be done.", cure="Begin the chapter again."
        )


def _ended(made: object) -> None:
    """Wait for the end of a container that was started: its program may need a moment, whoever waited for it before.

    As a run that fails, it leaves nothing behind. Raises ContainerExited with its last words.
    """
    if not isinstance(made, ContainerHandle):
        return
    end = time.monotonic() + _ENDS
    try:
        while time.monotonic() < end:
            made.quietly(["true"])
            time.sleep(_POLL)
    except ContainerExited:
        made.remove()
        raise
