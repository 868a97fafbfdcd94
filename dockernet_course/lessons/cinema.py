"""Showing a film of the kernel's events: step by step where there is a kernel, as pictures and a table elsewhere."""

from __future__ import annotations

from dockernet_course import widgets
from dockernet_course.figures import film_view
from dockernet_course.lessons.notes import show
from dockernet_course.lessons.walks import COLOURS
from dockernet_course.observe import Film

__all__ = ["watch"]

COLUMNS = ("Step", "ms", "Where", "What happens", "The kernel's words")


def watch(film: Film, *, title: str = "What happened, step by step") -> None:
    """Show a film: the map of each step with *Back* and *Next*, and the same as a table."""
    show(widgets.FilmWidget(film_view(film, title=title), COLOURS))
    rows = [(str(n), f"{at_ms:.3f}", where, what, words) for n, at_ms, where, what, words in film.table()]
    show(widgets.Table("The same as a table", COLUMNS, rows, folded=True, text=film.text(times=False)))
