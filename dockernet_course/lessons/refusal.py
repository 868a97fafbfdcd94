"""Showing that an engine says no, without an exception in the middle of a chapter."""

from __future__ import annotations

from collections.abc import Callable

from dockernet_course.errors import ContainerExited, LabError, LessonError

__all__ = ["refused"]


def refused(action: Callable[[], object]) -> None:
    """Do what the engine refuses, and print its words as the docker command does. Raises LessonError if it agrees.

    What it starts, and what then ends at once, is no refusal of the engine's: that is told with its last words.
    """
    try:
        action()
    except ContainerExited as error:
        print(f"{error.what}\n{error.state}")
    except LabError as error:
        print(f"Error response from daemon: {error.state or error.what}")
    else:
        raise LessonError("The engine did what it was expected to refuse.", cure="Begin the chapter again.")
