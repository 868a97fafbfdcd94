"""A layout as drawing instructions for a web page: SVG elements in plain values, colours by name.

The numbers are the layout's own, as ``mpl`` puts them on a figure; here are only colours, widths and shapes, which
are the painter's, too.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from math import cos, pi, sin
from typing import NamedTuple

from dockernet_course.figures.drawing.metrics import limited
from dockernet_course.figures.drawing.palette import SHAPES, THEMES, Theme
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
from dockernet_course.figures.drawing.style import DASHES, ROUND, SAMPLES, arrow_head

__all__ = ["BEHIND", "DEPTH", "FRONT", "Stroke", "colours", "line_strokes", "stop_strokes", "strokes"]

Number = float | int
DASH, WIRE_DASH = "3.5 2.4", "4.7 3.2"
SIGNS = {"new": "+", "gone": "−", "changed": "~"}
BEHIND, FRONT = 2, 4
DEPTH: dict[Kind, int] = {
    "host": 0,
    "container": 3,
    "bar": 3,
    "idle-bar": 3,
    "end": FRONT,
    "port": FRONT,
    "uplink": FRONT,
}


class Stroke(NamedTuple):
    """One SVG element: its tag, attributes, and its text, if it is one."""

    tag: str
    attributes: dict[str, str | Number]
    text: str = ""


def colours(theme: str) -> dict[str, str]:
    """The colours that the strokes name, of one theme."""
    chosen: Theme = THEMES[theme]
    named = {name: value for name, value in vars(chosen).items() if name != "nets"}
    return named | {f"net-{n}": colour for n, colour in enumerate(chosen.nets)}


def strokes(layout: Layout) -> tuple[tuple[float, Stroke], ...]:
    """Everything with its depth, from back to front."""
    found: list[tuple[float, Stroke]] = []
    for box in layout.boxes:
        found += [(DEPTH.get(box.kind, 2), stroke) for stroke in _box(box)]
    found += [(1, _wire(wire)) for wire in layout.wires]
    found += [(5, stroke) for glyph in layout.glyphs for stroke in _glyph(glyph)]
    found += [(5, stroke) for item in layout.legend for stroke in _legend(item)]
    found += [(6, _text(text)) for text in layout.texts]
    found += [(7, stroke) for badge in layout.badges for stroke in _badge(badge)]
    found += [(1.5 if line.behind else 3.5, stroke) for line in layout.lines for stroke in line_strokes(line)]
    found += [(8, stroke) for stop in layout.stops for stroke in stop_strokes(stop)]
    return tuple(sorted(found, key=lambda item: item[0]))


def line_strokes(line: Line) -> Iterator[Stroke]:
    """A packet's way, between what is behind and what is in front."""
    width, dashes = DASHES[line.style]
    plain: dict[str, str | Number] = {"d": _path(line.points), "fill": "none", "stroke-linejoin": "round"}
    yield Stroke("path", plain | {"stroke": _colour("paper"), "stroke-width": width + 1.6})
    way: dict[str, str | Number] = {"stroke": _colour(line.tone), "stroke-width": width}
    if dashes:
        way["stroke-dasharray"] = " ".join(f"{part * width:.2f}" for part in dashes)
    yield Stroke("path", plain | way)
    if line.arrow:
        face: dict[str, str | Number] = {"fill": _colour(line.tone), "stroke": _colour("paper"), "stroke-width": 0.7}
        yield Stroke("path", face | {"d": f"{_path(arrow_head(*line.arrow))}z"})


def _path(points: Iterable[tuple[float, float]]) -> str:
    return f"M{'L'.join(f'{x:.2f} {y:.2f}' for x, y in points)}"


def stop_strokes(stop: Stop) -> Iterator[Stroke]:
    """A number of a packet's way, in front of everything."""
    place: dict[str, str | Number] = {
        "x": stop.x - stop.w / 2, "y": stop.y - stop.h / 2, "width": stop.w, "height": stop.h, "rx": stop.h / 2
    }  # fmt: skip
    yield Stroke("rect", place | {"fill": _colour("paper"), "stroke": _colour("paper"), "stroke-width": 2.8})
    face = _colour("paper" if stop.hollow else stop.tone)
    yield Stroke("rect", place | {"fill": face, "stroke": _colour(stop.tone), "stroke-width": 1.3})
    text: dict[str, str | Number] = {
        "x": stop.x,
        "y": stop.y + stop.h / 4,
        "font-size": stop.h - 3.4,
        "class": "dn-bold",
    }
    colour = _colour(stop.tone if stop.hollow else "on_mark")
    yield Stroke("text", text | {"text-anchor": "middle", "fill": colour}, stop.label)


def _colour(name: str) -> str:
    return f"var(--dn-{name.replace('_', '-')})"


def _net(index: int | None) -> str:
    return "muted" if index is None else f"net-{index % len(THEMES['light'].nets)}"


def _tone(tone: str) -> str:
    return tone.replace("-", "_") if tone in {"muted", "faint", "on-bar"} else "ink"


def _rectangle(box: Box, face: str, edge: str, width: float, *, dash: str = "") -> Stroke:
    attributes: dict[str, str | Number] = {
        "x": box.x, "y": box.y, "width": box.w, "height": box.h, "rx": ROUND.get(box.kind, 5.0),
        "fill": _colour(face), "stroke": _colour(edge), "stroke-width": width,
    }  # fmt: skip
    return Stroke("rect", attributes | ({"stroke-dasharray": dash} if dash else {}))


def _line(x1: float, y1: float, x2: float, y2: float, colour: str, width: float, dash: str = "") -> Stroke:
    attributes: dict[str, str | Number] = {
        "x1": x1, "y1": y1, "x2": x2, "y2": y2, "stroke": _colour(colour), "stroke-width": width
    }  # fmt: skip
    return Stroke("line", attributes | ({"stroke-dasharray": dash} if dash else {}))


def _box(box: Box) -> Iterator[Stroke]:
    thick = {"new": 2.4, "changed": 1.8}.get(box.mark, 1.1)
    edge = box.mark or ("faint" if box.dim else "ink")
    dash = DASH if box.dashed else ""
    match box.kind:
        case "host":
            yield _rectangle(box, "host", "host_edge", 1.1)
        case "bar" | "idle-bar":
            yield from _bar(box, dash)
        case "end":
            width = 2.0 if box.mark in {"new", "changed"} else 1.1
            yield _rectangle(box, "box", "faint" if box.dim else _net(box.net), width, dash=dash)
        case "container":
            yield _rectangle(box, "chip", edge, max(0.9, thick - 0.4), dash=dash)
        case _:
            yield _rectangle(box, "box", edge, thick, dash=dash)


def _bar(bar: Box, dash: str) -> Iterator[Stroke]:
    edge = "faint" if bar.dim else bar.mark if bar.mark in {"new", "changed"} else _net(bar.net)
    width = {"new": 2.4, "changed": 1.8}.get(bar.mark, 1.3)
    yield _rectangle(bar, "box" if bar.kind == "idle-bar" else _net(bar.net), edge, width, dash=dash)
    if bar.closed:
        for x in (bar.x - 3.0, bar.x + bar.w + 3.0):
            yield _line(x, bar.y - 3, x, bar.y + bar.h + 3, edge, 2.6)


def _wire(wire: Wire) -> Stroke:
    colour = "faint" if wire.dim or wire.mark == "gone" else _net(wire.net)
    width = 2.8 if wire.mark in {"new", "changed"} else 1.8
    return _line(wire.x, wire.y1, wire.x, wire.y2, colour, width, WIRE_DASH if wire.dashed else "")


def _text(text: Text) -> Stroke:
    attributes: dict[str, str | Number] = {
        "x": text.x, "y": text.y, "font-size": text.size, "text-anchor": text.anchor, "fill": _colour(_tone(text.tone)),
        "textLength": round(text.width, 2), "class": f"dn-{text.face}",
    }  # fmt: skip
    return Stroke("text", attributes, limited(text.text))


def _glyph(glyph: Glyph) -> Iterator[Stroke]:
    x, y, r, colour = glyph.x, glyph.y, glyph.r, _tone(glyph.tone)
    if glyph.kind == "net":
        on_bar = glyph.tone == "on-bar"
        face = colour if on_bar or glyph.tone == "faint" else _net(glyph.net)
        shape = SHAPES[glyph.net % len(SHAPES)] if glyph.net is not None else "o"
        edge = _colour(face if on_bar else "box")
        yield Stroke("path", {"d": _shape(shape, x, y, r), "fill": _colour(face), "stroke": edge, "stroke-width": 0.7})
    elif glyph.kind == "lock":
        body: dict[str, str | Number] = {"x": x - r, "y": y - 1, "width": 2 * r, "height": 1.5 * r}
        yield Stroke("circle", {"cx": x, "cy": y - 1.5, "r": r * 0.62, "fill": "none", "stroke": _colour(colour),
                                "stroke-width": 1.4})  # fmt: skip
        yield Stroke("rect", body | {"fill": _colour(colour)})
    else:
        yield Stroke("path", {"d": f"M{x} {y}l-3 5h6z", "fill": _colour(colour)})
        yield _line(x, y + 4, x, y + r, colour, 1.2)


def _shape(shape: str, x: float, y: float, r: float) -> str:
    """The outline of a network's sign, as matplotlib's marker of that name has it."""
    if shape == "o":
        return f"M{x - r} {y}a{r} {r} 0 1 0 {2 * r} 0a{r} {r} 0 1 0 {-2 * r} 0z"
    corners: dict[str, list[tuple[float, float]]] = {
        "s": [(-1, -1), (1, -1), (1, 1), (-1, 1)],
        "D": [(0, -1.41), (1.41, 0), (0, 1.41), (-1.41, 0)],
        "^": [(0, -1), (1, 1), (-1, 1)],
        "v": [(0, 1), (1, -1), (-1, -1)],
        "P": _cross(0.0),
        "X": _cross(pi / 4),
    }
    points = corners.get(shape) or [(sin(2 * pi * n / 5), -cos(2 * pi * n / 5)) for n in range(5)]
    return f"M{'L'.join(f'{x + r * a:.3f} {y + r * b:.3f}' for a, b in points)}z"


def _cross(turned: float) -> list[tuple[float, float]]:
    """A plus of arms a third as wide as it is long, turned by an angle."""
    arm, c, s = 1 / 3, cos(turned), sin(turned)
    outline: list[tuple[float, float]] = []
    corners = [(-arm, -1.0), (arm, -1.0), (arm, -arm)]
    for _ in range(4):
        outline += corners
        corners = [(-b, a) for a, b in corners]
    return [(a * c - b * s, a * s + b * c) for a, b in outline]


def _badge(badge: Badge) -> Iterator[Stroke]:
    yield Stroke("circle", {"cx": badge.x, "cy": badge.y, "r": 5.6, "fill": _colour(badge.mark),
                            "stroke": _colour("paper"), "stroke-width": 0.9})  # fmt: skip
    yield Stroke("text", {"x": badge.x, "y": badge.y + 3.3, "font-size": 9.5, "text-anchor": "middle",
                          "fill": _colour("on_mark"), "class": "dn-bold"}, SIGNS[badge.mark])  # fmt: skip


def _legend(item: LegendItem) -> Iterator[Stroke]:
    x, y, tall = item.x, item.y, 9.0
    if item.sign == "arrow":
        yield from _glyph(Glyph("arrow", x + 7, y - 4.5, 9.0, None, "muted"))
        return
    edge = "faint" if item.sign == "dim" else "muted"
    sample = Box("legend", SAMPLES.get(item.sign, "stopped"), x, y - tall / 2, 14, tall)
    yield _rectangle(sample, "box", edge, 1.1, dash=DASH if item.sign in {"down", "idle", "stopped"} else "")
    if item.sign == "closed":
        for side in (x - 1.5, x + 15.5):
            yield _line(side, y - tall / 2 - 2, side, y + tall / 2 + 2, edge, 2.2)
