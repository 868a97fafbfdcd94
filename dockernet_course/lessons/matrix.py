"""The reachability matrix, said beforehand and measured: what came differently, and why."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from dockernet_course.errors import LessonError
from dockernet_course.experiments import WAYS, Cell, Explanation, Matrix, explain
from dockernet_course.experiments.why import offer
from dockernet_course.figures import Guess, Key, capital, key_of, listed, misjudged, show_matrix, way_words
from dockernet_course.lab import Lab, View
from dockernet_course.lessons.catalogue import Misconception, misconceptions
from dockernet_course.lessons.notes import Note, show
from dockernet_course.lessons.questions import find_grid
from dockernet_course.observe import Topology, observe
from dockernet_course.widgets import Grid

__all__ = ["COMMITTED", "CellGroup", "Comparison", "Foresight", "compare", "explained", "failures", "what_failed"]

COMMITTED = "committed"
"""The result of a grid that was filled in and has not been compared."""

REACHED = "reached"
OTHERWISE = "What came differently from what you said?"
DOUBTS = {"M3", "M4", "M7", "M15", "M17", "M38"}
"""Misconceptions by which somebody expects less than there is; the others are behind hopes that fail."""

MOST = 6
Why = Callable[[Cell], Explanation]


@dataclass(frozen=True)
class CellGroup:
    """Cells that came out the same way for the same reason; ``why`` is the first one's, ``alike`` that of all."""

    cells: tuple[Cell, ...]
    why: Explanation
    alike: bool = True

    @property
    def seen(self) -> str:
        """What was measured in these cells: that they were reached, or the kind of failure."""
        probe = self.cells[0].probe
        return REACHED if probe is None or probe.ok else str(probe.verdict)

    @property
    def belief(self) -> Misconception | None:
        """What somebody may have believed who expected the opposite."""
        fits = (self.why.misconception in DOUBTS) == (self.seen == REACHED)
        return misconceptions().get(self.why.misconception) if fits else None


@dataclass(frozen=True)
class Comparison:
    """``groups`` of what came differently; where nothing was said (``said`` is 0), of what failed."""

    said: int
    right: int
    groups: tuple[CellGroup, ...]

    @property
    def result(self) -> str:
        """As it is kept: right, the misconception behind most wrong cells, or wrong."""
        behind = Counter(group.belief.id for group in self.groups if group.belief for _ in group.cells)
        return "right" if self.right == self.said else behind.most_common(1)[0][0] if behind else "wrong"

    def note(self, matrix: Matrix) -> Note:
        """The comparison for the learner: how much was right, and a line with the reason for each group."""
        if not self.said:
            title = "What failed, and why" if self.groups else "Nothing failed"
        else:
            title = f"{self.right} of {self.said} as you said"
        return Note(title, "\n".join(f"- {_told(group, matrix, bool(self.said))}" for group in self.groups))


def compare(matrix: Matrix, guess: Guess | None, why: Why) -> Comparison:
    """What came differently from the guess; without one, what failed. Grouped by answer and mechanism."""
    said = [cell for cell in matrix if cell.probe and key_of(cell) in (guess or {})]
    wrong = [cell for cell in said if misjudged(cell, guess)]
    failed = [cell for cell in matrix if cell.probe and not cell.probe.ok]
    return Comparison(len(said), len(said) - len(wrong), _grouped(wrong if said else failed, why))


def failures(matrix: Matrix, topology: Topology) -> Note:
    """What failed in a matrix, and why, as far as the observation proves it."""
    return compare(matrix, None, lambda cell: explained(topology, cell)).note(matrix)


def what_failed(lab: View, matrix: Matrix) -> Note:
    """What failed in a matrix that was just measured, and why, as far as the network proves it."""
    return failures(matrix, observe(lab))


def _grouped(cells: Iterable[Cell], why: Why) -> tuple[CellGroup, ...]:
    groups: dict[tuple[str, str, str], list[tuple[Cell, Explanation]]] = {}
    for cell in cells:
        reason = why(cell)
        key = (str(cell.probe and cell.probe.verdict), reason.mechanism, reason.misconception)
        groups.setdefault(key, []).append((cell, reason))
    return tuple(_group(group) for group in groups.values())


def _group(found: Sequence[tuple[Cell, Explanation]]) -> CellGroup:
    return CellGroup(tuple(cell for cell, _ in found), found[0][1], len({why.text for _, why in found}) == 1)


def _told(group: CellGroup, matrix: Matrix, said: bool) -> str:
    sign, first = "✗" if group.seen == REACHED else "✓", group.cells[0]
    head = f"You said {sign}, measured **{group.seen}**" if said else f"**{group.seen}**"
    example = "" if group.alike else f"`{first.source}` to `{first.target}`: "
    belief = group.belief if said else None
    behind = f" Behind it is often the belief that {belief.belief}." if belief else ""
    mechanism = f"*{capital(group.why.mechanism)}.* {example}{group.why.text}"
    call = offer(first, group.why)
    looks = f" To look for what proves it: `{call}`." if call else ""
    return f"{head}, {_places(group.cells, matrix)}. {mechanism}{behind}{looks}"


def _places(cells: Sequence[Cell], matrix: Matrix) -> str:
    """Where these cells are: ways that have the same pairs together, the targets of a source together."""
    ways: dict[str, dict[str, list[str]]] = {}
    for cell in cells:
        ways.setdefault(way_words(cell.way, matrix), {}).setdefault(cell.source, []).append(cell.target)
    same: dict[str, list[str]] = {}
    for way, pairs in ways.items():
        same.setdefault(_pairs(pairs), []).append(way)
    return "; ".join(f"{listed(way)}: {pairs}" for pairs, way in same.items())


def _pairs(pairs: Mapping[str, Sequence[str]]) -> str:
    told = [f"`{source}` to {listed([f'`{target}`' for target in targets])}" for source, targets in pairs.items()]
    more = sum(len(targets) for targets in list(pairs.values())[MOST:])
    return ", ".join([*told[:MOST], *([f"and {more} more"] if more else [])])


class Foresight:
    """The grids of a lesson: asked, committed to, compared. ``kept`` is told each result, by the grid's id."""

    def __init__(self, lab: Lab, kept: Callable[[str, str], object]) -> None:
        self._lab, self._kept = lab, kept
        self.grids: dict[str, Grid] = {}
        self.guesses: dict[str, Mapping[Key, bool]] = {}

    def ask(self, gid: str, sources: Iterable[object], targets: Iterable[object], ways: Iterable[str]) -> None:
        """Show the grid. Raises LessonError for one that is not there, or for a way that there is not."""
        question, ways = find_grid(gid), tuple(ways)
        if unknown := set(ways) - set(WAYS):
            raise LessonError(f"There is no way {unknown.pop()!r}.", state=f"The ways: {', '.join(WAYS)}.")
        words = {way: way_words(way) for way in ways}
        self.guesses.pop(gid, None)
        self.grids[gid] = Grid(question, _names(sources), _names(targets), words, lambda g: self._closed(gid, g))
        show(self.grids[gid])

    def _closed(self, gid: str, guess: Mapping[Key, bool] | None) -> None:
        if guess is not None:
            self.guesses[gid] = guess
        self._kept(gid, "skipped" if guess is None else COMMITTED)

    def compare(self, gid: str, matrix: Matrix) -> None:
        """Show what came differently, or what failed where nothing was said. Raises LessonError for an unknown grid."""
        guess, topology = self.guesses.get(find_grid(gid).id), observe(self._lab)
        found = compare(matrix, guess, lambda cell: explained(topology, cell))
        if found.said:
            self._kept(gid, found.result)
        if found.said > found.right:
            show(show_matrix(matrix, OTHERWISE, guess))
        show(found.note(matrix))


def explained(topology: Topology, cell: Cell) -> Explanation:
    """Why, as far as it can be seen now."""
    try:
        return explain(topology, cell)
    except KeyError:
        return Explanation("gone since", "One of the two is no longer there, so nothing can be said about it.")


def _names(things: Iterable[object]) -> list[str]:
    """By the text's names; handles have one."""
    return [str(getattr(thing, "name", thing)) for thing in things]
