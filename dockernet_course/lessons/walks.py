"""Showing the way of one packet: step by step where there is a kernel, as one picture elsewhere."""

from __future__ import annotations

from dockernet_course import widgets
from dockernet_course.experiments.walk import Walk
from dockernet_course.figures import colours, walk_view
from dockernet_course.lessons.notes import show

__all__ = ["COLOURS", "show_walk"]

COLOURS = {theme: colours(theme) for theme in ("light", "dark")}


def show_walk(seen: Walk, *, title: str) -> None:
    """Show a walk on the map of the network as it was then, with *Back*, *Next* and *Play*, and its steps as a list.

    The title says which question that answers.
    """
    show(widgets.WalkWidget(walk_view(seen, title=title), COLOURS))
