"""The numbers of a matrix → matplotlib figure. It only paints."""

from __future__ import annotations

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import FancyBboxPatch, Polygon, Rectangle

from dockernet_course.figures.drawing.metrics import text_width
from dockernet_course.figures.drawing.mpl import draw_panels, write
from dockernet_course.figures.drawing.palette import THEMES, Theme
from dockernet_course.figures.drawing.primitives import Text
from dockernet_course.figures.drawing.style import TITLE, TITLE_LINE, TITLE_TOP, title_lines
from dockernet_course.figures.matrix.layout import ANGLE, MatrixLayout, Tile
from dockernet_course.figures.matrix.look import Tone

__all__ = ["draw_matrix", "tone_colour"]

LINE = 9.0


def draw_matrix(layout: MatrixLayout, *, title: str, theme: str = "light") -> Figure:
    """The matrix as a figure, its title above it."""
    lines = title_lines(title, layout.width, TITLE)
    head = TITLE_TOP + TITLE_LINE * len(lines) + 8 if lines else 6.0
    figure = draw_panels(lines, [], (layout.width, layout.height + head), theme)
    axes, colours = figure.axes[0], THEMES[theme]
    for stripe in layout.stripes:
        axes.add_patch(Rectangle((stripe.x, stripe.y + head), stripe.w, stripe.h, fc=colours.chip, ec="none", zorder=0))
    for tile in (*layout.tiles, *layout.samples):
        _tile(axes, tile, colours, head)
    for text in layout.texts:
        write(axes, text, colours, 0, head)
    for text in layout.rising:
        write(axes, text, colours, 0, head, angle=ANGLE)
    return figure


def tone_colour(tone: Tone, theme: Theme) -> str:
    """Who answered, as a colour."""
    return {"reached": theme.new, "said no": theme.gone, "nobody knew": theme.nets[3]}.get(tone, theme.muted)


def _tile(axes: Axes, tile: Tile, theme: Theme, dy: float) -> None:
    colour, solid = tone_colour(tile.look.tone, theme), tile.look.tone == "reached"
    if tile.look.tone != "none":
        _rectangle(axes, tile, dy, fc=colour if solid else theme.paper, ec=colour, lw=1.1)
    middle = tile.y + dy + tile.h / 2 - LINE * len(tile.lines) / 2 + (0.5 if tile.lines else 0)
    size = 11.0 if tile.h < 28 else 14.0 if tile.lines else 17.0
    ink = theme.on_mark if solid else colour
    _centred(axes, tile, middle + size * 0.36, tile.look.sign, size, ink, "bold")
    for number, line in enumerate(tile.lines):
        _centred(axes, tile, middle + size * 0.36 + LINE * (number + 1), line, 8.0, colour, "sans")
    if tile.wrong:
        _wrong(axes, tile, theme, dy)


def _rectangle(axes: Axes, tile: Tile, dy: float, *, fc: str, ec: str, lw: float, z: float = 2) -> None:
    box = "round,pad=0,rounding_size=2.5"
    axes.add_patch(FancyBboxPatch((tile.x, tile.y + dy), tile.w, tile.h, boxstyle=box, fc=fc, ec=ec, lw=lw, zorder=z))


def _centred(axes: Axes, tile: Tile, y: float, text: str, size: float, colour: str, face: str) -> None:
    plain = Text(tile.x + tile.w / 2, y, text, size, text_width(text, size, face), face, "middle")
    if text:
        write(axes, plain, THEMES["light"], 0, 0)
        axes.texts[-1].set_color(colour)


def _wrong(axes: Axes, tile: Tile, theme: Theme, dy: float) -> None:
    """A thick frame with a dark corner."""
    _rectangle(axes, tile, dy, fc="none", ec=theme.ink, lw=2.2, z=6)
    right, top, size = tile.x + tile.w, tile.y + dy, min(11.0, tile.h * 0.4)
    corner = [(right - size, top), (right, top), (right, top + size)]
    axes.add_patch(Polygon(corner, closed=True, fc=theme.ink, ec=theme.ink, lw=1.0, zorder=7))
