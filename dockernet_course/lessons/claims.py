"""The claims of a chapter: each one holds on this engine, does not, or cannot be shown on it."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass, field

from dockernet_course.errors import LessonError

__all__ = ["FAILED", "NOT_SHOWN", "PASSED", "Claims", "likely_cause"]

PASSED, FAILED, NOT_SHOWN = "passed", "failed", "not shown"


@dataclass
class Claims:
    """The claims made so far in the chapter of that ``number``, by id; ``note`` is told the result of each.

    A cell may run again: the last result counts. Two claims with one id are told apart by their sentences, which is
    why a sentence has nothing in it that changes from run to run.
    """

    number: str
    note: Callable[[str, str], object]
    results: dict[str, str] = field(default_factory=dict)
    _sentences: dict[str, str] = field(default_factory=dict)

    def count(self, cid: str, why: str, result: str) -> None:
        """Record a result. Raises LessonError for an id of another chapter, or of another claim."""
        if not cid.startswith(f"{self.number}."):
            raise LessonError(f"The check {cid!r} is not of this chapter.", cure=f"Its id begins with {self.number}.")
        if self._sentences.setdefault(cid, why) != why:
            raise LessonError(
                f"Two checks have the id {cid!r}.",
                state=f"One says: {self._sentences[cid]}\nThe other: {why}",
                cure="Give each an id of its own, and a sentence that is the same in every run.",
            )
        self.results[cid] = result
        self.note(cid, result)

    def having(self, result: str) -> tuple[str, ...]:
        """The ids with that result."""
        return tuple(cid for cid, got in self.results.items() if got == result)


def likely_cause(chapter: str, version: str, settings: Collection[str]) -> str:
    """What a claim that fails each time may come from: a setting of the engine, if there is one, before its release."""
    if not settings:
        return f"this engine differs from what the text says (Docker Engine {version}): please report it."
    return (
        f"the reason may be how this engine is set: {', '.join(settings)}. "
        f'A capsule has Docker\'s defaults: begin("{chapter}", engine="capsule")'
    )
