"""A shape as a drawing instruction for a web page: one SVG element in plain values, its colours by name."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from dockernet_course.figures.drawing.metrics import limited
from dockernet_course.figures.drawing.shapes import Circle, Label, Path, Rectangle, Segment, Shape, Styled

__all__ = ["Stroke", "strokes"]

Attributes = dict[str, str | float]


class Stroke(NamedTuple):
    """One SVG element: its tag, attributes, and its text, if it is one."""

    tag: str
    attributes: Attributes
    text: str = ""


def strokes(shapes: Iterable[Shape]) -> list[Stroke]:
    """An element for each shape, in their order."""
    return [_stroke(shape) for shape in shapes]


def _stroke(shape: Shape) -> Stroke:
    match shape:
        case Rectangle(x=x, y=y, w=w, h=h):
            rounding: Attributes = {"rx": shape.rounding} if shape.rounding else {}
            return Stroke("rect", {"x": x, "y": y, "width": w, "height": h, **rounding, **_filled(shape)})
        case Segment():
            ends: Attributes = {"x1": shape.x1, "y1": shape.y1, "x2": shape.x2, "y2": shape.y2}
            return Stroke("line", ends | _edge(shape))
        case Path():
            way = f"M{'L'.join(f'{x:.2f} {y:.2f}' for x, y in shape.points)}"
            bends: Attributes = {"d": f"{way}z"} if shape.closed else {"d": way, "stroke-linejoin": "round"}
            return Stroke("path", bends | _filled(shape))
        case Circle():
            return Stroke("circle", {"cx": shape.x, "cy": shape.y, "r": shape.r, **_filled(shape)})
        case Label():
            return _text(shape)


def _text(label: Label) -> Stroke:
    """A browser has fonts of its own: where the layout measured the text, it is to fill just that room."""
    room: Attributes = {} if label.room is None else {"textLength": round(label.room, 2)}
    place: Attributes = {"x": label.x, "y": label.y, "font-size": label.size, "text-anchor": label.anchor}
    return Stroke("text", {**place, **_filled(label), **room, "class": f"dn-{label.face}"}, limited(label.text))


def _filled(shape: Styled) -> Attributes:
    return {"fill": _colour(shape.fill) if shape.fill else "none"} | _edge(shape)


def _edge(shape: Styled) -> Attributes:
    edge: Attributes = {"stroke": _colour(shape.edge), "stroke-width": shape.width} if shape.edge else {}
    dash = " ".join(f"{part * shape.width:.2f}" for part in shape.dash)
    return edge | ({"stroke-dasharray": dash} if dash else {})


def _colour(name: str) -> str:
    return f"var(--dn-{name.replace('_', '-')})"
