"""Layout → matplotlib ``Figure``. No pyplot and no global state: it works in threads. It only paints.

The one module, with ``fonts``, that imports matplotlib, half a second of work: who draws imports it where it draws.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from math import cos, radians, sin

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties
from matplotlib.lines import Line2D
from matplotlib.patches import Circle, FancyBboxPatch, Polygon, Rectangle

from dockernet_course.figures.drawing.fonts import runs
from dockernet_course.figures.drawing.metrics import font_file, text_width
from dockernet_course.figures.drawing.palette import SHAPES, THEMES, Theme
from dockernet_course.figures.drawing.primitives import Badge, Box, Glyph, Layout, LegendItem, Line, Stop, Text, Wire
from dockernet_course.figures.drawing.style import (
    CAPTION,
    CAPTION_LINE,
    DASHES,
    LEFT,
    ROUND,
    SAMPLES,
    TITLE,
    TITLE_LINE,
    TITLE_TOP,
    arrow_head,
    title_lines,
)

__all__ = ["Panel", "draw", "draw_panels", "write"]

DPI = 192
Panel = tuple[str, Layout, float, float]


def draw(layout: Layout, *, title: str, theme: str = "light") -> Figure:
    """The map as a figure of ``layout.width`` points, its title wrapped above it."""
    lines = title_lines(title, layout.width, TITLE)
    head = TITLE_TOP + TITLE_LINE * len(lines) if title else 0.0
    return draw_panels(lines, [("", layout, 0.0, head)], (layout.width, layout.height + head), theme)


def draw_panels(title: Sequence[str], panels: Sequence[Panel], size: tuple[float, float], theme: str) -> Figure:
    """One or several maps (caption, layout, x, y) under one title, on a sheet of ``size`` points."""
    colours = THEMES[theme]
    figure = Figure(figsize=(size[0] / 72, size[1] / 72), dpi=DPI, facecolor=colours.paper)
    axes = figure.add_axes((0.0, 0.0, 1.0, 1.0))
    axes.set(xlim=(0, size[0]), ylim=(size[1], 0))
    axes.set_axis_off()
    for i, line in enumerate(title):
        write(axes, Text(LEFT, TITLE_TOP + 12 + TITLE_LINE * i, line, TITLE, 0, "bold"), colours, 0, 0)
    for caption, layout, x, y in panels:
        above = title_lines(caption, layout.width, CAPTION)
        for i, line in enumerate(above):
            base = -3.0 - CAPTION_LINE * (len(above) - 1 - i)
            write(axes, Text(LEFT, base, line, CAPTION, 0, "bold"), colours, x, y)
        _Painter(axes, colours, x, y).paint(layout)
    return figure


@cache
def _font(face: str) -> FontProperties:
    return FontProperties(fname=str(font_file(face)))


def write(axes: Axes, text: Text, theme: Theme, dx: float, dy: float, *, angle: float = 0.0) -> None:
    """Put a line of text at an offset; with ``angle`` it rises, in degrees, around its anchor."""
    parts = runs(text.text, text.size, text.face)
    one = len(parts) == 1
    before = 0.0 if one else {"start": 0.0, "middle": 0.5, "end": 1.0}[text.anchor]
    begins = before * text_width(text.text, text.size, text.face)
    for part in parts:
        along = part.at - begins
        axes.text(
            text.x + dx + along * cos(radians(angle)),
            text.y + dy - along * sin(radians(angle)),
            part.text,
            fontproperties=part.font,
            fontsize=text.size,
            ha={"start": "left", "middle": "center", "end": "right"}[text.anchor] if one else "left",
            va="baseline",
            color=theme.tone(text.tone),
            parse_math=False,
            usetex=False,
            rotation=angle,
            rotation_mode="anchor",
            zorder=6,
        )


class _Painter:
    """Paints one layout at an offset."""

    def __init__(self, axes: Axes, theme: Theme, dx: float, dy: float) -> None:
        self.axes, self.theme, self.dx, self.dy = axes, theme, dx, dy

    def paint(self, layout: Layout) -> None:
        """Everything, from back to front."""
        for box in layout.boxes:
            self._box(box)
        for wire in layout.wires:
            self._wire(wire)
        for glyph in layout.glyphs:
            self._glyph(glyph)
        for item in layout.legend:
            self._legend(item)
        for text in layout.texts:
            write(self.axes, text, self.theme, self.dx, self.dy)
        for badge in layout.badges:
            self._badge(badge)
        for way in layout.lines:
            self._way(way)
        for stop in layout.stops:
            self._stop(stop)

    def _rectangle(self, box: Box, *, face: str, edge: str, width: float, z: float, dash: str = "-") -> None:
        style = f"round,pad=0,rounding_size={ROUND.get(box.kind, 5.0)}"
        at = (box.x + self.dx, box.y + self.dy)
        patch = FancyBboxPatch(at, box.w, box.h, boxstyle=style, fc=face, ec=edge, lw=width, zorder=z)
        if dash == "--":
            patch.set_linestyle((0, (3.2, 2.2)))
        self.axes.add_patch(patch)

    def _box(self, box: Box) -> None:
        theme = self.theme
        thick = {"new": 2.4, "changed": 1.8}.get(box.mark, 1.1)
        edge = theme.mark(box.mark) if box.mark else theme.faint if box.dim else theme.ink
        dash = "--" if box.dashed else "-"
        match box.kind:
            case "host":
                self._rectangle(box, face=theme.host, edge=theme.host_edge, width=1.1, z=0)
            case "bar" | "idle-bar":
                self._bar(box)
            case "end":
                edge = theme.faint if box.dim else theme.net(box.net)
                width = 2.0 if box.mark in {"new", "changed"} else 1.1
                self._rectangle(box, face=theme.box, edge=edge, width=width, z=4, dash=dash)
            case "container":
                self._rectangle(box, face=theme.chip, edge=edge, width=max(0.9, thick - 0.4), z=3, dash=dash)
            case "port" | "uplink":
                self._rectangle(box, face=theme.box, edge=edge, width=thick, z=4, dash=dash)
            case _:
                self._rectangle(box, face=theme.box, edge=edge, width=thick, z=2, dash=dash)

    def _bar(self, bar: Box) -> None:
        theme, colour = self.theme, self.theme.net(bar.net)
        hollow = bar.kind == "idle-bar"
        edge = theme.faint if bar.dim else theme.mark(bar.mark) if bar.mark in {"new", "changed"} else colour
        width = {"new": 2.4, "changed": 1.8}.get(bar.mark, 1.3)
        dash = "--" if bar.dashed else "-"
        self._rectangle(bar, face=theme.box if hollow else colour, edge=edge, width=width, z=3, dash=dash)
        if bar.closed:
            for x in (bar.x - 3.0, bar.x + bar.w + 3.0):
                self._line((x, x), (bar.y - 3, bar.y + bar.h + 3), edge, 2.6, 3.5)

    def _line(self, xs: tuple[float, float], ys: tuple[float, float], colour: str, width: float, z: float) -> Line2D:
        line = Line2D([x + self.dx for x in xs], [y + self.dy for y in ys], color=colour, lw=width, zorder=z)
        line.set_solid_capstyle("butt")
        self.axes.add_line(line)
        return line

    def _wire(self, wire: Wire) -> None:
        gone = wire.mark == "gone"
        colour = self.theme.faint if wire.dim or gone else self.theme.net(wire.net)
        width = 2.8 if wire.mark in {"new", "changed"} else 1.8
        line = self._line((wire.x, wire.x), (wire.y1, wire.y2), colour, width, 1)
        if wire.dashed:
            line.set_linestyle((0, (2.6, 1.8)))

    def _glyph(self, glyph: Glyph) -> None:
        x, y, theme = glyph.x + self.dx, glyph.y + self.dy, self.theme
        if glyph.kind == "net":
            on_bar = glyph.tone == "on-bar"
            colour = theme.on_bar if on_bar else theme.faint if glyph.tone == "faint" else theme.net(glyph.net)
            shape = SHAPES[glyph.net % len(SHAPES)] if glyph.net is not None else "o"
            edge = colour if on_bar else theme.box
            self.axes.plot(
                [x], [y], marker=shape, ms=2 * glyph.r, mfc=colour, mec=edge, mew=0.7, ls="", zorder=5, clip_on=False
            )
        elif glyph.kind == "lock":
            colour = theme.tone(glyph.tone)
            self.axes.add_patch(
                Rectangle((x - glyph.r, y - 1), 2 * glyph.r, 1.5 * glyph.r, fc=colour, ec="none", zorder=5)
            )
            self.axes.add_patch(Circle((x, y - 1.5), glyph.r * 0.62, fc="none", ec=colour, lw=1.4, zorder=4.5))
        else:
            head = [(x, y), (x - 3, y + 5), (x + 3, y + 5)]
            colour = theme.tone(glyph.tone)
            self.axes.add_patch(Polygon(head, closed=True, fc=colour, ec="none", zorder=5))
            self._line((glyph.x, glyph.x), (glyph.y + 4, glyph.y + glyph.r), colour, 1.2, 5)

    def _badge(self, badge: Badge) -> None:
        x, y = badge.x + self.dx, badge.y + self.dy
        colour = self.theme.mark(badge.mark)
        self.axes.add_patch(Circle((x, y), 5.6, fc=colour, ec=self.theme.paper, lw=0.9, zorder=7))
        sign = {"new": "+", "gone": "−", "changed": "~"}[badge.mark]
        self.axes.text(
            x, y + 3.3, sign, fontproperties=_font("bold"), fontsize=9.5, ha="center", va="baseline",
            color=self.theme.on_mark, zorder=8, parse_math=False, gid="badge",
        )  # fmt: skip

    def _way(self, way: Line) -> None:
        """Above wires and below labels, on paper of its own, so that it can be seen everywhere."""
        xs, ys = ([at[axis] + offset for at in way.points] for axis, offset in ((0, self.dx), (1, self.dy)))
        width, dashes = DASHES[way.style]
        colour, z = self.theme.hue(way.tone), 1.5 if way.behind else 3.6
        for ink, wide, more in ((self.theme.paper, width + 1.6, 0.0), (colour, width, 0.1)):
            line = Line2D(xs, ys, color=ink, lw=wide, zorder=z + more, solid_joinstyle="round", dash_joinstyle="round")
            if dashes and ink == colour:
                line.set_linestyle((0, dashes))
            self.axes.add_line(line)
        if way.arrow:
            head = [(x + self.dx, y + self.dy) for x, y in arrow_head(*way.arrow)]
            self.axes.add_patch(Polygon(head, closed=True, fc=colour, ec=self.theme.paper, lw=0.7, zorder=z + 0.2))

    def _stop(self, stop: Stop) -> None:
        theme, colour = self.theme, self.theme.hue(stop.tone)
        at = (stop.x + self.dx - stop.w / 2, stop.y + self.dy - stop.h / 2)
        style = f"round,pad=0,rounding_size={stop.h / 2}"
        for face, edge, wide, z in ((theme.paper, theme.paper, 2.8, 8.0),
                                    (theme.paper if stop.hollow else colour, colour, 1.3, 8.1)):  # fmt: skip
            self.axes.add_patch(FancyBboxPatch(at, stop.w, stop.h, boxstyle=style, fc=face, ec=edge, lw=wide, zorder=z))
        self.axes.text(
            stop.x + self.dx, stop.y + self.dy + stop.h / 4, stop.label, fontproperties=_font("bold"),
            fontsize=stop.h - 3.4, ha="center", va="baseline", color=colour if stop.hollow else theme.on_mark,
            zorder=9, parse_math=False, gid="stop",
        )  # fmt: skip

    def _legend(self, item: LegendItem) -> None:
        x, y, theme = item.x, item.y, self.theme
        if item.sign == "arrow":
            self._glyph(Glyph("arrow", x + 7, y - 4.5, 9.0, None, "muted"))
            return
        tall = 9.0
        sample = Box(
            "legend", SAMPLES.get(item.sign, "stopped"), x, y - tall / 2, 14, tall, None, dim=item.sign == "dim"
        )
        dash = "--" if item.sign in {"down", "idle", "stopped"} else "-"
        edge = theme.faint if item.sign == "dim" else theme.muted
        self._rectangle(sample, face=theme.box, edge=edge, width=1.1, z=2, dash=dash)
        if item.sign == "closed":
            for side in (x - 1.5, x + 15.5):
                self._line((side, side), (y - tall / 2 - 2, y + tall / 2 + 2), edge, 2.2, 3.5)
