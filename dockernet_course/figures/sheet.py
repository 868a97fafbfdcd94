"""Small multiples: the key frames of a film on one sheet, two in a row, everything in the same place in each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from matplotlib.figure import Figure

from dockernet_course.figures.alt import alt_text
from dockernet_course.figures.layout import MAX_WIDTH, layouts
from dockernet_course.figures.paint import TITLE, TITLE_LINE, TITLE_TOP, draw_panels, title_lines
from dockernet_course.figures.shapes import Layout
from dockernet_course.figures.show import Picture
from dockernet_course.observe.model import Topology

__all__ = ["Film", "Frame", "Sheet", "film_sheet", "show_film"]

COLUMNS, GUTTER, CAPTION = 2, 15.0, 30.0
MOST = 8


class Frame(Protocol):
    """What a sheet needs of a frame."""

    @property
    def title(self) -> str:
        """What happened."""

    @property
    def topology(self) -> Topology:
        """The network after it."""


class Film(Protocol):
    """What a sheet needs of a film."""

    @property
    def frames(self) -> Sequence[Frame]:
        """In the order of time."""


@dataclass(frozen=True, repr=False)
class Sheet(Picture):
    """Several maps as one picture."""

    layouts: tuple[Layout, ...]
    captions: tuple[str, ...]
    alt: str
    title: str = ""
    theme: str = "light"

    def _figure(self) -> Figure:
        wide = max((plain.width for plain in self.layouts), default=0.0)
        tall = max((plain.height for plain in self.layouts), default=0.0) + CAPTION + 8
        lines = title_lines(self.title, 2 * wide + GUTTER, TITLE)
        head = TITLE_TOP + TITLE_LINE * len(lines) if lines else 0.0
        panels = [
            (caption, plain, (i % COLUMNS) * (wide + GUTTER), head + (i // COLUMNS) * tall + CAPTION)
            for i, (caption, plain) in enumerate(zip(self.captions, self.layouts, strict=True))
        ]
        rows = -(-len(panels) // COLUMNS)
        return draw_panels(lines, panels, (COLUMNS * wide + GUTTER, head + rows * tall), self.theme)


def film_sheet(frames: Sequence[tuple[str, Topology]], *, title: str = "", theme: str = "light") -> Sheet:
    """The frames (caption, network) as one picture; each marks what changed since the one before."""
    half = (MAX_WIDTH - GUTTER) / COLUMNS
    topologies = [topology for _, topology in frames]
    captions = tuple(f"{i}. {caption}" for i, (caption, _) in enumerate(frames, 1))
    before = [None, *topologies]
    words = [f"{c} {alt_text(t, old)}" for c, t, old in zip(captions, topologies, before, strict=False)]
    plain = layouts(topologies, max_width=half, min_width=half)
    return Sheet(plain, captions, " ".join([title, *words]).strip(), title, theme)


def show_film(film: Film, *, title: str = "", theme: str = "light") -> Sheet:
    """The key frames of a recorded film: those in which the picture changes, at most eight."""
    frames = [(frame.title, frame.topology) for frame in film.frames]
    plain = layouts([topology for _, topology in frames])
    seen = [i for i, now in enumerate(plain) if i == 0 or _drawn(now) != _drawn(plain[i - 1])]
    kept = [seen[round(i * (len(seen) - 1) / (MOST - 1))] for i in range(MOST)] if len(seen) > MOST else seen
    return film_sheet([frames[i] for i in kept], title=title, theme=theme)


def _drawn(layout: Layout) -> tuple[object, ...]:
    """What is seen of a map, the marks aside."""
    places = sorted((b.key, b.kind, b.x, b.y, b.dashed) for b in layout.boxes)
    return (places, sorted((t.x, t.y, t.text) for t in layout.texts))
