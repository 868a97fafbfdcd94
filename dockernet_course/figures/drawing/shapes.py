"""What pictures are made of in the end: rectangles, straight lines, paths, circles and labels.

A shape has all that is seen of it, so that whoever renders it has nothing to decide. Points, y downwards, as in a
layout.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

__all__ = ["Circle", "Label", "Path", "Point", "Rectangle", "Segment", "Shape", "Styled"]

Point = tuple[float, float]


@dataclass(frozen=True, kw_only=True)
class Styled:
    """What all shapes have: ``fill`` and ``edge`` are names of ``palette.colours``, or nothing is drawn there.

    A greater ``depth`` is nearer to the reader. ``dash`` is how long its dashes and gaps are, in widths of the line.
    """

    depth: float
    fill: str | None = None
    edge: str | None = None
    width: float = 0.0
    dash: tuple[float, ...] = ()


@dataclass(frozen=True)
class Rectangle(Styled):
    """(x, y) is its upper left corner; ``rounding`` is the radius of all four."""

    x: float
    y: float
    w: float
    h: float
    rounding: float = 0.0


@dataclass(frozen=True)
class Segment(Styled):
    """A straight line. Lines end just where their points are."""

    x1: float
    y1: float
    x2: float
    y2: float


@dataclass(frozen=True)
class Path(Styled):
    """From point to point: the outline of an area if it is ``closed``, else a line with round bends."""

    points: tuple[Point, ...]
    closed: bool = True


@dataclass(frozen=True)
class Circle(Styled):
    """(x, y) is its middle."""

    x: float
    y: float
    r: float


@dataclass(frozen=True)
class Label(Styled):
    """A line of text in the colour of its ``fill``; with ``angle`` it rises, in degrees, around its anchor.

    ``room`` is how wide the layout made it, if that was measured.
    """

    x: float
    y: float
    text: str
    size: float
    face: str = "sans"
    anchor: Literal["start", "middle", "end"] = "start"
    room: float | None = None
    angle: float = 0.0


Shape = Rectangle | Segment | Path | Circle | Label
