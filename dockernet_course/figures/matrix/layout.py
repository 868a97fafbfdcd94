"""Matrix → numbers: a grid of tiles for each way, side by side as far as there is room. Points, y downwards.

The names of the sources stand once at the left, so that a row runs through all ways; the names of the targets stand
over each grid, level where they fit, else rising. In wide tiles the answer is written out under its sign.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from dockernet_course.experiments import Cell, Matrix, Way
from dockernet_course.figures.drawing.metrics import literal, shorten, text_width, wrap
from dockernet_course.figures.drawing.primitives import Text
from dockernet_course.figures.matrix.look import LOOKS, NO_WAY, Guess, Look, look_of, misjudged, way_words

__all__ = ["ANGLE", "MatrixLayout", "Stripe", "Tile", "matrix_layout"]

MAX_WIDTH = 690.0
MARGIN, GAP = 8.0, 18.0
NAME, WAY, WORD = 9.5, 10.5, 8.0
LABEL = (58.0, 110.0)
TILE = (17.0, 74.0)
WRITTEN = 54.0
"""From this width on the answer is written out."""
ANGLE = 50.0
LONGEST = 92.0
CORNER = "from ↓   to →"


@dataclass(frozen=True)
class Tile:
    """One answer. ``lines`` are its words, where there is room; ``wrong`` when something else had been said."""

    x: float
    y: float
    w: float
    h: float
    look: Look
    lines: tuple[str, ...] = ()
    wrong: bool = False


@dataclass(frozen=True)
class Stripe:
    """A band behind every second row, by which the eye keeps to its row."""

    x: float
    y: float
    w: float
    h: float


@dataclass(frozen=True)
class MatrixLayout:
    """The whole picture without its title; ``samples`` are the legend's, ``rising`` texts go up at ``ANGLE``."""

    width: float
    height: float
    tiles: tuple[Tile, ...]
    samples: tuple[Tile, ...]
    stripes: tuple[Stripe, ...]
    texts: tuple[Text, ...]
    rising: tuple[Text, ...]


@dataclass
class _Sheet:
    """Where the parts are collected, and the measures that all grids share."""

    matrix: Matrix
    guess: Guess | None
    label: float
    tile: float = 0.0
    abreast: int = 1
    tiles: list[Tile] = field(default_factory=list)
    samples: list[Tile] = field(default_factory=list)
    stripes: list[Stripe] = field(default_factory=list)
    texts: list[Text] = field(default_factory=list)
    rising: list[Text] = field(default_factory=list)

    @property
    def written(self) -> bool:
        return self.tile >= WRITTEN

    @property
    def tall(self) -> float:
        if self.written:
            return 42.0 if any(len(_lines(look_of(cell), self.tile)) > 1 for cell in self.matrix) else 34.0
        return max(17.0, min(self.tile, 24.0))

    @property
    def grid(self) -> float:
        return self.tile * len(self.matrix.targets)

    @property
    def names(self) -> list[str]:
        """The targets' names as they are written."""
        return [_name(target, self.tile - 4 if self.level else LONGEST) for target in self.matrix.targets]

    @property
    def level(self) -> bool:
        """Whether the targets' names stand level over their columns."""
        return self.written or max(map(_wide, self.matrix.targets), default=0.0) <= self.tile - 4

    @property
    def head(self) -> float:
        """The height of the names over a grid."""
        return 17.0 if self.level else 4 + _rise(self.names) * math.sin(math.radians(ANGLE)) + NAME

    @property
    def beyond(self) -> float:
        """How far the last rising name reaches beyond its grid."""
        return 0.0 if self.level else _rise(self.names[-1:]) * math.cos(math.radians(ANGLE))

    def text(self, x: float, y: float, text: str, size: float, **more: str) -> None:
        face = more.get("face", "sans")
        self.texts.append(Text(x, y, text, size, text_width(text, size, face), **more))  # type: ignore[arg-type]


def matrix_layout(matrix: Matrix, guess: Guess | None = None, *, title_width: float = 0.0) -> MatrixLayout:
    """The picture in numbers. ``title_width`` is what the title would like to have."""
    sheet = _Sheet(matrix, guess, _label_width(matrix))
    _measure(sheet)
    y = 2.0
    for start in range(0, len(matrix.ways), sheet.abreast):
        y = _band(sheet, matrix.ways[start : start + sheet.abreast], y)
    width = _width(sheet)
    width = min(MAX_WIDTH, max(width, min(title_width + 2 * MARGIN, 460.0), 330.0))
    y = _legend(sheet, width, y)
    return MatrixLayout(
        width,
        y,
        tuple(sheet.tiles),
        tuple(sheet.samples),
        tuple(sheet.stripes),
        tuple(sheet.texts),
        tuple(sheet.rising),
    )


def _name(name: str, room: float) -> str:
    return shorten(literal(name), room, NAME, "bold")


def _wide(name: str) -> float:
    return text_width(_name(name, LONGEST), NAME, "bold")


def _rise(names: Sequence[str]) -> float:
    return max((text_width(name, NAME, "bold") for name in names), default=0.0)


def _label_width(matrix: Matrix) -> float:
    longest = max((_wide(source) for source in matrix.sources), default=0.0)
    return min(max(longest + 10, LABEL[0]), LABEL[1])


def _measure(sheet: _Sheet) -> None:
    """As many grids abreast as leave tiles of a readable size; the rest goes below, in bands of about equal length."""
    ways = len(sheet.matrix.ways)
    for bands in range(1, ways + 1):
        sheet.abreast = math.ceil(ways / bands)
        sheet.tile = _tile(sheet)
        if sheet.tile >= TILE[0]:
            return


def _tile(sheet: _Sheet) -> float:
    columns = max(len(sheet.matrix.targets), 1)
    title = max((text_width(way_words(way, sheet.matrix), WAY, "bold") for way in sheet.matrix.ways), default=0.0)
    room = MAX_WIDTH - 2 * MARGIN - sheet.label - GAP * (sheet.abreast - 1)
    for beyond in (0.0, LONGEST * math.cos(math.radians(ANGLE))):
        sheet.tile = min(TILE[1], (room - beyond) / (sheet.abreast * columns))
        if sheet.beyond <= beyond:
            break
    return sheet.tile if sheet.grid >= title or sheet.abreast == 1 else 0.0


def _width(sheet: _Sheet) -> float:
    return 2 * MARGIN + sheet.label + sheet.abreast * sheet.grid + GAP * (sheet.abreast - 1) + sheet.beyond


def _band(sheet: _Sheet, ways: Sequence[Way], top: float) -> float:
    """The grids of some ways side by side; returns the y below them."""
    first = top + 14 + sheet.head + (4 if sheet.level else 0)
    wide = sheet.label + len(ways) * sheet.grid + GAP * (len(ways) - 1)
    sheet.text(MARGIN, first - 6, CORNER, WORD, tone="muted")
    for row, source in enumerate(sheet.matrix.sources):
        y = first + row * sheet.tall
        if row % 2 == 0:
            sheet.stripes.append(Stripe(MARGIN - 4, y, wide + 6, sheet.tall))
        sheet.text(MARGIN, y + sheet.tall / 2 + NAME * 0.36, _name(source, sheet.label - 8), NAME, face="bold")
    for number, way in enumerate(ways):
        _grid(sheet, way, MARGIN + sheet.label + number * (sheet.grid + GAP), top, first)
    return first + len(sheet.matrix.sources) * sheet.tall + 10


def _grid(sheet: _Sheet, way: Way, left: float, top: float, first: float) -> None:
    sheet.text(left, top + 11, way_words(way, sheet.matrix), WAY, face="bold", tone="muted")
    for column, name in enumerate(sheet.names):
        middle = left + (column + 0.5) * sheet.tile
        wide = text_width(name, NAME, "bold")
        if sheet.level:
            sheet.text(middle, first - 6, name, NAME, face="bold", anchor="middle")
        else:
            sheet.rising.append(Text(middle + 2, first - 5, name, NAME, wide, "bold"))
    columns = {target: n for n, target in enumerate(sheet.matrix.targets)}
    rows = {source: n for n, source in enumerate(sheet.matrix.sources)}
    for cell in sheet.matrix:
        if cell.way == way:
            x, y = left + columns[cell.target] * sheet.tile, first + rows[cell.source] * sheet.tall
            sheet.tiles.append(_placed(sheet, cell, x, y))


def _placed(sheet: _Sheet, cell: Cell, x: float, y: float) -> Tile:
    look, wrong = look_of(cell), misjudged(cell, sheet.guess)
    pad = 2.0 if sheet.written else 1.2
    lines = _lines(look, sheet.tile) if sheet.written else ()
    return Tile(x + pad, y + pad, sheet.tile - 2 * pad, sheet.tall - 2 * pad, look, lines, wrong)


def _lines(look: Look, wide: float) -> tuple[str, ...]:
    return wrap(look.word, wide - 10, WORD) if look.word else ()


def _legend(sheet: _Sheet, width: float, top: float) -> float:
    x, y = MARGIN, top + 8
    for sample, words in _entries(sheet):
        wide = 20 + text_width(words, WORD)
        if x > MARGIN and x + wide > width - MARGIN:
            x, y = MARGIN, y + 18
        sheet.samples.append(Tile(x, y - 7, 14, 14, sample.look, (), sample.wrong))
        sheet.text(x + 19, y + WORD * 0.36, words, WORD, tone="muted")
        x += wide + 14
    return y + 14


def _entries(sheet: _Sheet) -> Iterator[tuple[Tile, str]]:
    """What the legend explains: only what is there, in the order of the verdicts."""
    used = {tile.look for tile in sheet.tiles}
    for look in (*LOOKS.values(), NO_WAY):
        if look in used:
            yield Tile(0, 0, 0, 0, look), look.meaning
    if any(tile.wrong for tile in sheet.tiles):
        yield Tile(0, 0, 0, 0, Look("", "", "none", ""), (), wrong=True), "you had said otherwise"
