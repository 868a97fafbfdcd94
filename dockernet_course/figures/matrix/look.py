"""How an answer of the network looks: a sign, a word and a tone. Colour never stands alone.

The tones group the answers by who gave them: somebody answered, somebody said no, nobody said anything, or nobody
knew the name, in which case no packet was sent to anybody.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from dockernet_course.experiments import Cell, Matrix, Verdict, Way

__all__ = ["LOOKS", "NO_WAY", "Guess", "Key", "Look", "Tone", "key_of", "look_of", "misjudged", "way_words"]

Key = tuple[str, str, str]
"""Source, target, way."""

Guess = Mapping[Key, bool]
"""What somebody said beforehand: whether the target would be reached. Cells of which nothing was said are not in it."""

Tone = Literal["reached", "said no", "silence", "nobody knew", "none"]


@dataclass(frozen=True)
class Look:
    """``word`` stands in a cell where there is room, ``meaning`` in the legend."""

    sign: str
    word: str
    tone: Tone
    meaning: str


LOOKS = {
    Verdict.OK: Look("✓", "", "reached", "reached"),
    Verdict.NAME_NOT_FOUND: Look("∅", "name not found", "nobody knew", "name not found"),
    Verdict.REFUSED: Look("✗", "refused", "said no", "refused: a kernel says no"),
    Verdict.RESET: Look("↯", "reset", "said no", "reset: cut off"),
    Verdict.PROHIBITED: Look("⊖", "prohibited", "said no", "prohibited: a rule says no"),
    Verdict.NO_ROUTE: Look("↛", "no route", "silence", "no route: no way, or nobody there"),
    Verdict.TIMEOUT: Look("⋯", "timeout", "silence", "timeout: silence"),
    Verdict.NO_ANSWER: Look("⋮", "no answer", "silence", "no answer by UDP, which tells nothing"),
    Verdict.SILENT: Look("…", "connected only", "silence", "connected, then silence"),
    Verdict.ANOTHER: Look("⇢", "another one", "nobody knew", "answered by another one"),
    Verdict.NOT_MEASURED: Look("?", "not measured", "none", "not measured"),
}
NO_WAY = Look("·", "", "none", "nothing to ask")
_WAYS = {"name": "by name", "address": "by address", "published": "by its published port"}


def look_of(cell: Cell) -> Look:
    """Sign, word and tone of the cell's answer; ``NO_WAY`` where nothing could be asked."""
    return LOOKS[cell.probe.verdict] if cell.probe else NO_WAY


def key_of(cell: Cell) -> Key:
    """The cell's source, target and way."""
    return cell.source, cell.target, cell.way


def misjudged(cell: Cell, guess: Guess | None) -> bool:
    """Whether it came differently from what was said; of a way that there is not, nothing said counts."""
    said = (guess or {}).get(key_of(cell))
    return cell.probe is not None and said is not None and said is not cell.probe.ok


def way_words(way: Way | str, matrix: Matrix | None = None) -> str:
    """The way in words, after "reached"; ``matrix`` tells the port, if it is one for all."""
    ports = {cell.probe.port for cell in matrix or () if cell.way == way and cell.probe}
    if way == "port":
        return f"at port {ports.pop()}" if len(ports) == 1 and None not in ports else "at the service's port"
    return _WAYS.get(way, way)
