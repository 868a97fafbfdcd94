"""Shapes → matplotlib ``Figure``. No pyplot and no global state: it works in threads.

The one module, with ``fonts``, that imports matplotlib, half a second of work: who draws imports it where it draws.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from math import cos, radians, sin
from typing import Any

from matplotlib.artist import Artist
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import FancyBboxPatch, Patch, Polygon
from matplotlib.patches import Rectangle as Sharp
from matplotlib.text import Text as Written

from dockernet_course.figures.drawing.fonts import runs
from dockernet_course.figures.drawing.metrics import text_width
from dockernet_course.figures.drawing.painter import caption_labels, shapes, title_labels
from dockernet_course.figures.drawing.palette import colours
from dockernet_course.figures.drawing.primitives import Layout
from dockernet_course.figures.drawing.shapes import Circle, Label, Path, Point, Rectangle, Segment, Shape, Styled
from dockernet_course.figures.drawing.style import TITLE, TITLE_LINE, TITLE_TOP, title_lines

__all__ = ["Panel", "Placed", "artists", "draw", "draw_panels", "render"]

DPI = 192
Palette = Mapping[str, str]
Panel = tuple[str, Layout, float, float]
Placed = tuple[Iterable[Shape], float, float]
"""Shapes, and how far to the right and down they are put."""
ALIGNED = {"start": "left", "middle": "center", "end": "right"}
BEFORE = {"start": 0.0, "middle": 0.5, "end": 1.0}


def draw(layout: Layout, *, title: str, theme: str = "light") -> Figure:
    """The map as a figure of ``layout.width`` points, its title wrapped above it."""
    lines = title_lines(title, layout.width, TITLE)
    head = TITLE_TOP + TITLE_LINE * len(lines) if title else 0.0
    return draw_panels(lines, [("", layout, 0.0, head)], (layout.width, layout.height + head), theme)


def draw_panels(title: Sequence[str], panels: Sequence[Panel], size: tuple[float, float], theme: str) -> Figure:
    """One or several maps (caption, layout, x, y) under one title, on a sheet of ``size`` points."""
    placed: list[Placed] = [(title_labels(title), 0.0, 0.0)]
    for caption, layout, x, y in panels:
        placed += [(caption_labels(caption, layout.width), x, y), (shapes(layout), x, y)]
    return render(placed, size, theme)


def render(placed: Iterable[Placed], size: tuple[float, float], theme: str) -> Figure:
    """All the shapes on a sheet of ``size`` points."""
    palette = colours(theme)
    figure = Figure(figsize=(size[0] / 72, size[1] / 72), dpi=DPI, facecolor=palette["paper"])
    axes = figure.add_axes((0.0, 0.0, 1.0, 1.0))
    axes.set(xlim=(0, size[0]), ylim=(size[1], 0))
    axes.set_axis_off()
    for some, dx, dy in placed:
        for shape in some:
            for artist in artists(shape, palette, dx, dy):
                axes.add_artist(artist)
    return figure


def artists(shape: Shape, palette: Palette, dx: float, dy: float) -> Iterator[Artist]:
    """What matplotlib draws for a shape at an offset: one artist, but for a label one for each run of a font."""
    match shape:
        case Label():
            yield from _written(shape, palette, dx, dy)
        case Segment():
            yield _line(shape, ((shape.x1, shape.y1), (shape.x2, shape.y2)), palette, dx, dy)
        case Path(closed=False):
            yield _line(shape, shape.points, palette, dx, dy)
        case Circle():
            yield _disc(shape, palette, dx, dy)
        case _:
            yield _area(shape, palette, dx, dy)


def _line(shape: Segment | Path, points: Sequence[Point], palette: Palette, dx: float, dy: float) -> Line2D:
    ends: dict[str, Any] = {"solid_capstyle": "butt", "solid_joinstyle": "round", "dash_joinstyle": "round"}
    xs, ys = [x + dx for x, _ in points], [y + dy for _, y in points]
    colour, style = _colour(shape.edge, palette), _style(shape)
    return Line2D(xs, ys, color=colour, lw=shape.width, ls=style, zorder=shape.depth, **ends)


def _disc(shape: Circle, palette: Palette, dx: float, dy: float) -> Line2D:
    """A marker: its middle is put on that of a pixel, as upright lines are, so that a wire ends amid its sign."""
    face, edge = _colour(shape.fill, palette), _colour(shape.edge, palette)
    look: dict[str, Any] = {"mfc": face, "mec": edge, "mew": shape.width, "zorder": shape.depth}
    return Line2D([shape.x + dx], [shape.y + dy], marker="o", ms=2 * shape.r, ls="", **look)


def _area(shape: Rectangle | Path, palette: Palette, dx: float, dy: float) -> Patch:
    face, edge = _colour(shape.fill, palette), _colour(shape.edge, palette)
    look: dict[str, Any] = {"fc": face, "ec": edge, "lw": shape.width, "ls": _style(shape), "zorder": shape.depth}
    if isinstance(shape, Path):
        return Polygon([(x + dx, y + dy) for x, y in shape.points], closed=True, **look)
    at = (shape.x + dx, shape.y + dy)
    if not shape.rounding:
        return Sharp(at, shape.w, shape.h, **look)
    return FancyBboxPatch(at, shape.w, shape.h, boxstyle=f"round,pad=0,rounding_size={shape.rounding}", **look)


def _written(label: Label, palette: Palette, dx: float, dy: float) -> Iterator[Written]:
    parts = runs(label.text, label.size, label.face)
    one = len(parts) == 1
    begins = 0.0 if one else BEFORE[label.anchor] * text_width(label.text, label.size, label.face)
    for part in parts:
        along = part.at - begins
        yield Written(
            label.x + dx + along * cos(radians(label.angle)),
            label.y + dy - along * sin(radians(label.angle)),
            part.text,
            fontproperties=part.font,
            fontsize=label.size,
            ha=ALIGNED[label.anchor] if one else "left",
            va="baseline",
            color=_colour(label.fill, palette),
            parse_math=False,
            usetex=False,
            rotation=label.angle,
            rotation_mode="anchor",
            zorder=label.depth,
        )


def _colour(name: str | None, palette: Palette) -> str:
    return palette[name] if name else "none"


def _style(shape: Styled) -> Any:
    return (0, shape.dash) if shape.dash else "-"
