"""What every painter needs beside the layout: sizes of titles, rounded corners, dashes, the head of an arrow."""

from __future__ import annotations

from math import cos, radians, sin

from dockernet_course.figures.drawing.metrics import literal, wrap
from dockernet_course.figures.drawing.primitives import Kind

__all__ = [
    "CAPTION",
    "CAPTION_LINE",
    "DASHES",
    "LEFT",
    "ROUND",
    "SAMPLES",
    "TITLE",
    "TITLE_LINE",
    "TITLE_TOP",
    "arrow_head",
    "title_lines",
]

TITLE, TITLE_LINE, TITLE_TOP = 13.0, 17.0, 8.0
CAPTION, CAPTION_LINE = 9.5, 12.0
LEFT = 8.0
ROUND = {"host": 7.0, "bar": 3.0, "idle-bar": 3.0, "end": 3.5, "port": 3.5, "uplink": 3.5, "container": 4.0}
DASHES = {"there": (2.1, None), "back": (1.9, (3.4, 2.0)), "aside": (1.5, (1.0, 1.6))}
SAMPLES: dict[str, Kind] = {"down": "end", "idle": "idle-bar", "closed": "bar"}


def title_lines(title: str, width: float, size: float) -> tuple[str, ...]:
    """A title in lines that fit."""
    return wrap(literal(title), width - 2 * LEFT, size, "bold") if title else ()


def arrow_head(x: float, y: float, angle: float) -> list[tuple[float, float]]:
    """The corners of a small arrow's head with its middle at (x, y)."""
    c, s = cos(radians(angle)), sin(radians(angle))
    return [(x + a * c - b * s, y + a * s + b * c) for a, b in ((4.2, 0.0), (-3.2, 3.4), (-1.8, 0.0), (-3.2, -3.4))]
