"""The numbers of a matrix → shapes."""

from __future__ import annotations

from collections.abc import Iterator

from dockernet_course.figures.drawing.painter import label
from dockernet_course.figures.drawing.shapes import Label, Path, Rectangle, Shape
from dockernet_course.figures.matrix.layout import ANGLE, MatrixLayout, Tile
from dockernet_course.figures.matrix.look import Tone

__all__ = ["matrix_shapes", "tone_colour"]

LINE = 9.0
STRIPE, TILE, TEXT, WRONG = 0, 2, 6, 7


def matrix_shapes(layout: MatrixLayout) -> Iterator[Shape]:
    """Everything but the title."""
    for stripe in layout.stripes:
        yield Rectangle(stripe.x, stripe.y, stripe.w, stripe.h, depth=STRIPE, fill="chip")
    for tile in (*layout.tiles, *layout.samples):
        yield from _tile(tile)
    yield from map(label, layout.texts)
    yield from (label(text, angle=ANGLE) for text in layout.rising)


def tone_colour(tone: Tone) -> str:
    """Who answered, as a colour."""
    return {"reached": "new", "said no": "gone", "nobody knew": "net-3"}.get(tone, "muted")


def _tile(tile: Tile) -> Iterator[Shape]:
    colour, solid = tone_colour(tile.look.tone), tile.look.tone == "reached"
    place = (tile.x, tile.y, tile.w, tile.h, 2.5)
    if tile.look.tone != "none":
        yield Rectangle(*place, depth=TILE, fill=colour if solid else "paper", edge=colour, width=1.1)
    middle, centre = tile.x + tile.w / 2, tile.y + tile.h / 2 - LINE * len(tile.lines) / 2 + (0.5 if tile.lines else 0)
    size = 11.0 if tile.h < 28 else 14.0 if tile.lines else 17.0
    ink, base = "on_mark" if solid else colour, centre + size * 0.36
    if tile.look.sign:
        yield Label(middle, base, tile.look.sign, size, "bold", "middle", depth=TEXT, fill=ink)
    for number, line in enumerate(tile.lines, 1):
        yield Label(middle, base + LINE * number, line, 8.0, "sans", "middle", depth=TEXT, fill=colour)
    if tile.wrong:  # a thick frame with a dark corner
        yield Rectangle(*place, depth=TEXT, edge="ink", width=2.2)
        right, size = tile.x + tile.w, min(11.0, tile.h * 0.4)
        corner = ((right - size, tile.y), (right, tile.y), (right, tile.y + size))
        yield Path(corner, depth=WRONG, fill="ink", edge="ink", width=1.0)
