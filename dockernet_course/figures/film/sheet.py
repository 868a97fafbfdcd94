"""Small multiples: the key frames of a film on one sheet, two in a row, everything in the same place in each."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from dockernet_course.figures.drawing.grammar import sentence
from dockernet_course.figures.drawing.metrics import literal
from dockernet_course.figures.drawing.primitives import Layout
from dockernet_course.figures.drawing.style import CAPTION, CAPTION_LINE, TITLE, TITLE_LINE, TITLE_TOP, title_lines
from dockernet_course.figures.map.assemble import compose_legend
from dockernet_course.figures.map.describe import describe, describe_changes
from dockernet_course.figures.map.layout import MAX_WIDTH, Reel, layouts, reel
from dockernet_course.figures.map.picture import FigurePicture
from dockernet_course.observe import Film, Topology

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from dockernet_course.figures.drawing.mpl import Panel

__all__ = ["Sheet", "film_sheet", "show_film"]

COLUMNS, GUTTER, GAP = 2, 6.0, 8.0
MOST = 10


@dataclass(frozen=True, repr=False)
class Sheet(FigurePicture):
    """Several maps as one picture, with one legend."""

    layouts: tuple[Layout, ...]
    captions: tuple[str, ...]
    alt: str
    title: str = ""
    theme: str = "light"

    def _figure(self) -> Figure:
        from dockernet_course.figures.drawing.mpl import draw_panels

        wide, tall = self.layouts[0].width, self.layouts[0].height
        width = COLUMNS * wide + (COLUMNS - 1) * GUTTER
        lines = title_lines(self.title, width, TITLE)
        y = TITLE_TOP + TITLE_LINE * len(lines) if lines else 0.0
        panels: list[Panel] = []
        for start in range(0, len(self.layouts), COLUMNS):
            row = range(start, min(start + COLUMNS, len(self.layouts)))
            head = 8 + CAPTION_LINE * max(len(title_lines(self.captions[i], wide, CAPTION)) for i in row)
            panels += [(self.captions[i], self.layouts[i], (i - start) * (wide + GUTTER), y + head) for i in row]
            y += head + tall + GAP
        signs = {sign for layout in self.layouts for sign in layout.signs}
        legend = compose_legend(signs, width)
        panels.append(("", legend, 0.0, y - GAP))
        return draw_panels(lines, panels, (width, y - GAP + legend.height), self.theme)


def film_sheet(frames: Sequence[tuple[str, Topology]], *, title: str = "", theme: str = "light") -> Sheet:
    """The frames (caption, network) as one picture; each marks what changed since the one before."""
    return _sheet(enumerate(caption for caption, _ in frames), reel([topology for _, topology in frames]), title, theme)


def show_film(film: Film, *, title: str = "", theme: str = "light") -> Sheet:
    """The key frames of a recorded film, with their numbers in it: those in which the picture changes, at most ten."""
    whole = reel([frame.topology for frame in film.frames])
    seen = whole.changes()
    if len(seen) > MOST:
        seen = [seen[round(i * (len(seen) - 1) / (MOST - 1))] for i in range(MOST)]
    return _sheet([(i, film.frames[i].title) for i in seen], whole.pick(seen), title, theme)


def _sheet(titles: Iterable[tuple[int, str]], film: Reel, title: str, theme: str) -> Sheet:
    half = (MAX_WIDTH - GUTTER) / COLUMNS
    captions = tuple(f"{i}. {caption}" for i, caption in titles)
    said = [describe(film.plain[0]), *(describe_changes(scene) for scene in film.marked[1:])]
    words = [f"{sentence(literal(caption))} {text}" for caption, text in zip(captions, said, strict=True)]
    plain = layouts(film, max_width=half, min_width=half, legend=False)
    return Sheet(plain, captions, " ".join([sentence(literal(title)), *words]).strip(), title, theme)
