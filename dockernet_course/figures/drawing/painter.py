"""Layout → shapes: the one place where colours, widths, dashes, depths and outlines of everything are decided."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import chain
from math import cos, radians, sin

from dockernet_course.figures.drawing.palette import SHAPES
from dockernet_course.figures.drawing.primitives import (
    Badge,
    Box,
    Glyph,
    Kind,
    Layout,
    LegendItem,
    Line,
    Stop,
    Text,
    Wire,
)
from dockernet_course.figures.drawing.shapes import Circle, Label, Path, Rectangle, Segment, Shape
from dockernet_course.figures.drawing.style import (
    CAPTION,
    CAPTION_LINE,
    LEFT,
    TITLE,
    TITLE_LINE,
    TITLE_TOP,
    title_lines,
)

__all__ = [
    "BEHIND",
    "FRONT",
    "caption_labels",
    "depth",
    "label",
    "line_shapes",
    "shapes",
    "stop_shapes",
    "title_labels",
]

BEHIND, FRONT = 2, 4
"""Below the first lie the host and the wires; from the second on lies what stands on the edge of something else."""

DEPTH: dict[Kind, int] = {
    "host": 0,
    "container": 3,
    "bar": 3,
    "idle-bar": 3,
    "end": FRONT,
    "port": FRONT,
    "uplink": FRONT,
}
WIRE, PASSING_BEHIND, PASSING, SIGN, TEXT, BADGE, STOP = 1, 1.5, 3.5, 5, 6, 7, 8
ROUND = {"host": 7.0, "bar": 3.0, "idle-bar": 3.0, "end": 3.5, "port": 3.5, "uplink": 3.5, "container": 4.0}
DASH, WIRE_DASH = (3.2, 2.2), (2.6, 1.8)
WAYS: dict[str, tuple[float, tuple[float, ...]]] = {
    "there": (2.1, ()),
    "back": (1.9, (3.4, 2.0)),
    "aside": (1.5, (1.0, 1.6)),
}
MARKS = {"new": "+", "gone": "−", "changed": "~"}
THICK = {"new": 2.4, "changed": 1.8}
SAMPLES = {"down": "end", "idle": "idle-bar", "closed": "bar"}
ARROW_HEAD = ((4.2, 0.0), (-3.2, 3.4), (-1.8, 0.0), (-3.2, -3.4))


def shapes(layout: Layout) -> tuple[Shape, ...]:
    """Everything, from back to front."""
    parts = (
        *map(_box, layout.boxes),
        map(_wire, layout.wires),
        *map(_glyph, layout.glyphs),
        *map(_legend, layout.legend),
        map(label, layout.texts),
        *map(_badge, layout.badges),
        *map(line_shapes, layout.lines),
        *map(stop_shapes, layout.stops),
    )
    return tuple(sorted(chain.from_iterable(parts), key=lambda shape: shape.depth))


def depth(box: Box) -> int:
    """How near to the reader the box is."""
    return DEPTH.get(box.kind, BEHIND)


def title_labels(lines: Sequence[str]) -> Iterator[Shape]:
    """The title of a whole sheet, at its top."""
    for i, line in enumerate(lines):
        yield Label(LEFT, TITLE_TOP + 12 + TITLE_LINE * i, line, TITLE, "bold", depth=TEXT, fill="ink")


def caption_labels(caption: str, width: float) -> Iterator[Shape]:
    """The caption of a picture of that width, just above it."""
    lines = title_lines(caption, width, CAPTION)
    for i, line in enumerate(reversed(lines)):
        yield Label(LEFT, -3.0 - CAPTION_LINE * i, line, CAPTION, "bold", depth=TEXT, fill="ink")


def label(text: Text, *, angle: float = 0.0) -> Shape:
    """A text of a layout."""
    place = (text.x, text.y, text.text, text.size, text.face, text.anchor, text.width, angle)
    return Label(*place, depth=TEXT, fill=_tone(text.tone))


def line_shapes(line: Line) -> Iterator[Shape]:
    """A packet's way, on paper of its own, so that it can be seen everywhere; where ways meet, no paper covers any."""
    width, dash = WAYS[line.style]
    z = PASSING_BEHIND if line.behind else PASSING
    yield Path(line.points, False, depth=z, edge="paper", width=width + 1.6)
    yield Path(line.points, False, depth=z + 0.1, edge=line.tone, width=width, dash=dash)
    if line.arrow:
        x, y, angle = line.arrow
        c, s = cos(radians(angle)), sin(radians(angle))
        head = tuple((x + a * c - b * s, y + a * s + b * c) for a, b in ARROW_HEAD)
        yield Path(head, depth=z + 0.2, fill=line.tone, edge="paper", width=0.7)


def stop_shapes(stop: Stop) -> Iterator[Shape]:
    """A number of a packet's way, in front of everything."""
    place = (stop.x - stop.w / 2, stop.y - stop.h / 2, stop.w, stop.h, stop.h / 2)
    face, ink = ("paper", stop.tone) if stop.hollow else (stop.tone, "on_mark")
    yield Rectangle(*place, depth=STOP, fill="paper", edge="paper", width=2.8)
    yield Rectangle(*place, depth=STOP + 0.1, fill=face, edge=stop.tone, width=1.3)
    base = stop.y + stop.h / 4
    yield Label(stop.x, base, stop.label, stop.h - 3.4, "bold", "middle", depth=STOP + 0.2, fill=ink)


def _net(index: int | None) -> str:
    return "muted" if index is None else f"net-{index % len(SHAPES)}"


def _tone(tone: str) -> str:
    return tone.replace("-", "_") if tone in {"muted", "faint", "on-bar"} else "ink"


def _box(box: Box) -> Iterator[Shape]:
    fill, edge, width = _face(box)
    place, dash = (box.x, box.y, box.w, box.h, ROUND.get(box.kind, 5.0)), DASH if box.dashed else ()
    yield Rectangle(*place, depth=depth(box), fill=fill, edge=edge, width=width, dash=dash)
    if box.closed:
        yield from _shut(box.x - 3, box.y - 3, box.w + 6, box.h + 6, depth=depth(box), edge=edge, width=2.6)


def _face(box: Box) -> tuple[str, str, float]:
    """Its fill, its edge and how wide that is."""
    edge, width = box.mark or ("faint" if box.dim else "ink"), THICK.get(box.mark, 1.1)
    net = "faint" if box.dim else _net(box.net)
    match box.kind:
        case "host":
            return "host", "host_edge", 1.1
        case "bar" | "idle-bar":
            fill = "box" if box.kind == "idle-bar" else _net(box.net)
            return fill, box.mark if box.mark in THICK and not box.dim else net, THICK.get(box.mark, 1.3)
        case "end":
            return "box", net, 2.0 if box.mark in THICK else 1.1
        case "container":
            return "chip", edge, max(0.9, width - 0.4)
        case _:
            return "box", edge, width


def _shut(x: float, y: float, w: float, h: float, *, depth: float, edge: str, width: float) -> Iterator[Shape]:
    """The left and the right edge of a place that nothing leaves."""
    for side in (x, x + w):
        yield Segment(side, y, side, y + h, depth=depth, edge=edge, width=width)


def _wire(wire: Wire) -> Shape:
    edge = "faint" if wire.dim or wire.mark == "gone" else _net(wire.net)
    width, dash = 2.8 if wire.mark in THICK else 1.8, WIRE_DASH if wire.dashed else ()
    return Segment(wire.x, wire.y1, wire.x, wire.y2, depth=WIRE, edge=edge, width=width, dash=dash)


def _glyph(glyph: Glyph) -> Iterator[Shape]:
    x, y, r, ink = glyph.x, glyph.y, glyph.r, _tone(glyph.tone)
    match glyph.kind:
        case "net":
            fill = ink if ink in {"on_bar", "faint"} else _net(glyph.net)
            edge = fill if ink == "on_bar" else "box"
            corners = tuple((x + r * a, y + r * b) for a, b in SHAPES[(glyph.net or 0) % len(SHAPES)])
            sign = Path(corners, depth=SIGN) if corners else Circle(x, y, r, depth=SIGN)
            yield replace(sign, fill=fill, edge=edge, width=0.7)
        case "lock":
            yield Circle(x, y - 1.5, r * 0.62, depth=SIGN, edge=ink, width=1.4)
            yield Rectangle(x - r, y - 1, 2 * r, 1.5 * r, depth=SIGN, fill=ink)
        case "arrow":
            yield Path(((x, y), (x - 3, y + 5), (x + 3, y + 5)), depth=SIGN, fill=ink)
            yield Segment(x, y + 4, x, y + r, depth=SIGN, edge=ink, width=1.2)


def _badge(badge: Badge) -> Iterator[Shape]:
    yield Circle(badge.x, badge.y, 5.6, depth=BADGE, fill=badge.mark, edge="paper", width=0.9)
    yield Label(badge.x, badge.y + 3.3, MARKS[badge.mark], 9.5, "bold", "middle", depth=BADGE, fill="on_mark")


def _legend(item: LegendItem) -> Iterator[Shape]:
    x, y = item.x, item.y
    if item.sign == "arrow":
        yield from _glyph(Glyph("arrow", x + 7, y - 4.5, 9.0, None, "muted"))
        return
    edge, dash = "faint" if item.sign == "dim" else "muted", DASH if item.sign in {"down", "idle", "stopped"} else ()
    rounding = ROUND.get(SAMPLES.get(item.sign, ""), 5.0)
    yield Rectangle(x, y - 4.5, 14, 9, rounding, depth=SIGN, fill="box", edge=edge, width=1.1, dash=dash)
    if item.sign == "closed":
        yield from _shut(x - 1.5, y - 6.5, 17, 13, depth=SIGN, edge=edge, width=2.2)
