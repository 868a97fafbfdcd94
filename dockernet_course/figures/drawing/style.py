"""Titles and captions: how large they are, and where they are broken."""

from __future__ import annotations

from dockernet_course.figures.drawing.metrics import literal, wrap

__all__ = ["CAPTION", "CAPTION_LINE", "LEFT", "TITLE", "TITLE_LINE", "TITLE_TOP", "title_lines"]

TITLE, TITLE_LINE, TITLE_TOP = 13.0, 17.0, 8.0
CAPTION, CAPTION_LINE = 9.5, 12.0
LEFT = 8.0


def title_lines(title: str, width: float, size: float) -> tuple[str, ...]:
    """A title in lines that fit."""
    return wrap(literal(title), width - 2 * LEFT, size, "bold") if title else ()
