"""Showing the way of one packet: on the map, with the list of its steps."""

from __future__ import annotations

from dockernet_course.experiments.walk import Walk
from dockernet_course.figures import walk_picture
from dockernet_course.lessons.notes import show

__all__ = ["show_walk"]


def show_walk(seen: Walk, *, title: str) -> None:
    """Show a walk: the map of the network as it was then, the packet's way on it, and its steps below.

    The title says which question the picture answers.
    """
    show(walk_picture(seen, title=title))
