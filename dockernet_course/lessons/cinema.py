"""Showing a film of the kernel's events: step by step where there is a kernel, as pictures and a table elsewhere."""

from __future__ import annotations

from dockernet_course import widgets
from dockernet_course.figures import frame_maps, show_film
from dockernet_course.lessons.notes import show
from dockernet_course.observe import Film

__all__ = ["film_widget", "watch"]

COLUMNS = ("Step", "ms", "Where", "What happens", "The kernel's words")


def watch(film: Film, *, title: str = "What happened, step by step") -> None:
    """Show a film: the map of each step with *Back* and *Next*, and the same as a table."""
    show(film_widget(film, title=title))
    rows = [(str(n), f"{at_ms:.3f}", where, what, words) for n, at_ms, where, what, words in film.table()]
    show(widgets.Table("The same as a table", COLUMNS, rows, folded=True, text=film.text(times=False)))


def film_widget(film: Film, *, title: str) -> widgets.Film:
    """The widget that ``watch`` shows."""
    frames = film.frames
    maps = frame_maps([frame.topology for frame in frames], [""] * len(frames))  # the widget itself says the title
    steps = [
        widgets.Step(frame.title, frame.where, frame.at_us / 1000, frame.event, picture)
        for frame, picture in zip(frames, maps, strict=True)
    ]
    return widgets.Film(steps, show_film(film, title=title))
