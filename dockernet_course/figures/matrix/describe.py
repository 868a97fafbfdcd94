"""A matrix in words: as a table of text, and as sentences from which somebody could draw it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

from dockernet_course.experiments import Cell, Matrix, Way
from dockernet_course.figures.drawing.grammar import capital, count, listed, sentence
from dockernet_course.figures.drawing.metrics import literal
from dockernet_course.figures.matrix.look import LOOKS, NO_WAY, Guess, Look, key_of, look_of, misjudged, way_words

__all__ = ["matrix_alt", "matrix_text"]

WIDE = 88
WRONG = "≠"


def matrix_text(matrix: Matrix, title: str = "", guess: Guess | None = None) -> str:
    """Aligned lines, a table for each way: rows ask, columns are asked. Answers are written out where there is room."""
    cells = {key_of(cell): cell for cell in matrix}
    written = _table(matrix, cells, guess, written=True)
    lines = written if max(map(len, written), default=0) <= WIDE else _table(matrix, cells, guess, written=False)
    return "\n".join(line for line in (literal(title), *lines, _legend(matrix, guess)) if line)


def _table(matrix: Matrix, cells: dict[tuple[str, str, str], Cell], guess: Guess | None, *, written: bool) -> list[str]:
    """The rows of all ways in the same columns."""
    targets = [literal(target) for target in matrix.targets]
    rows = []
    for way in matrix.ways:
        rows.append([way_words(way, matrix), *targets])
        for source in matrix.sources:
            asked = [cells.get((source, target, way)) for target in matrix.targets]
            rows.append([literal(source), *(_entry(cell, guess, written=written) for cell in asked)])
    widths = [max((len(row[n]) for row in rows), default=0) for n in range(len(targets) + 1)]
    return ["  ".join(f"{entry:<{w}}" for entry, w in zip(row, widths, strict=True)).rstrip() for row in rows]


def _entry(cell: Cell | None, guess: Guess | None, *, written: bool) -> str:
    look = look_of(cell) if cell else NO_WAY
    mark = WRONG if cell and misjudged(cell, guess) else ""
    return f"{look.sign}{mark} {look.word if written else ''}".strip()


def _legend(matrix: Matrix, guess: Guess | None) -> str:
    used = {look_of(cell) for cell in matrix}
    parts = [f"{look.sign} {look.meaning}" for look in (*LOOKS.values(), NO_WAY) if look in used]
    wrong = any(misjudged(cell, guess) for cell in matrix)
    return "   ".join([*parts, *([f"{WRONG} you had said otherwise"] if wrong else [])])


def matrix_alt(matrix: Matrix, title: str = "", guess: Guess | None = None) -> str:
    """The picture in sentences: way by way, source by source; the commonest failure of a way last, as the rest."""
    said = [sentence(literal(title)), _size(matrix)]
    told: dict[tuple[tuple[str, str, Look], ...], str] = {}
    for way in matrix.ways:
        cells = [cell for cell in matrix if cell.way == way]
        answers = tuple((cell.source, cell.target, look_of(cell)) for cell in cells)
        before = told.setdefault(answers, way_words(way, matrix))
        same = before != way_words(way, matrix)
        words = f"the same as {before}" if same else _way([cell for cell in cells if cell.probe], matrix)
        said.append(f"{capital(way_words(way, matrix))}: {words}.")
    said.append(_wrong([cell for cell in matrix if misjudged(cell, guess)], matrix))
    return " ".join(part for part in said if part)


def _size(matrix: Matrix) -> str:
    ways = listed([way_words(way, matrix) for way in matrix.ways], "nothing")
    return f"{count(len(matrix.sources), 'source')}, {count(len(matrix.targets), 'target')}, asked {ways}."


def _way(asked: Sequence[Cell], matrix: Matrix) -> str:
    if not asked:
        return "there is no such way"
    failures = Counter(look for cell in asked if (look := look_of(cell)).tone != "reached")
    commonest = max(LOOKS.values(), key=lambda look: failures[look])
    rest = commonest if failures[commonest] > 1 else None
    of = {source: [cell for cell in asked if cell.source == source] for source in matrix.sources}
    parts = [
        f"{literal(source)} {', '.join(answers)}" for source in of if (answers := list(_answers(of[source], rest)))
    ]
    if not failures and len(asked) == sum(s != t for s in matrix.sources for t in matrix.targets) > 1:
        parts = [f"all {len(asked)} pairs reached"]
    if rest:
        among = count(failures[rest], "pair")
        parts.append(f"{'the other' if parts else 'all'} {among}: {rest.word}")
    return "; ".join(parts)


def _answers(cells: Sequence[Cell], rest: Look | None) -> Iterator[str]:
    """What one source met: the targets grouped by answer, in the order of the verdicts, without the rest."""
    for look in LOOKS.values():
        there = [literal(cell.target) for cell in cells if look_of(cell) == look]
        if there and look != rest:
            names = listed(there)
            yield f"reaches {names}" if look.tone == "reached" else f"does not reach {names} ({look.word})"


def _wrong(cells: Sequence[Cell], matrix: Matrix) -> str:
    """The marked answers, grouped by way and source."""
    groups: dict[tuple[Way, str], list[str]] = {}
    for cell in sorted(cells, key=lambda cell: matrix.ways.index(cell.way)):
        groups.setdefault((cell.way, cell.source), []).append(literal(cell.target))
    found = [f"{way_words(way, matrix)} {literal(s)} to {listed(t)}" for (way, s), t in groups.items()]
    return f"Marked, because you had said otherwise: {'; '.join(found)}." if found else ""
