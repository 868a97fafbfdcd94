"""What a diagnosis says, frozen."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from dockernet_course.experiments.model import Probe
from dockernet_course.experiments.walk import Walk

__all__ = ["Diagnosis", "Evidence"]


@dataclass(frozen=True)
class Evidence:
    """A command that anybody can type on the engine's host, and what it printed: three lines at most."""

    command: str
    lines: tuple[str, ...]

    def __str__(self) -> str:
        return "\n".join([f"$ {self.command}", *(f"  {line}" for line in self.lines)])


@dataclass(frozen=True, repr=False)
class Diagnosis:
    """Whether the source reaches the target ``way``, and if not, why.

    ``can`` is None where nothing could be asked. ``cause`` names the mechanism in two or three words, empty where none
    was proved: then ``text`` says what it may be, ``ruled_out`` what it is not, and ``unseen`` what could not be
    looked at. ``cure`` is what to do about it.
    """

    source: str
    target: str
    way: str
    can: bool | None
    cause: str
    text: str
    evidence: tuple[Evidence, ...] = ()
    cure: str = ""
    ruled_out: tuple[str, ...] = ()
    unseen: str = ""
    probe: Probe | None = field(default=None, compare=False)
    walk: Walk | None = field(default=None, compare=False)

    def __repr__(self) -> str:
        return "\n".join(self._lines())

    def _lines(self) -> Iterator[str]:
        answer = {True: "they can talk", False: "they cannot talk", None: "nothing to ask"}[self.can]
        yield f"{self.source} → {self.target}, {self.way}: {answer}."
        yield f"Why: {self.text}" if self.cause or self.can is not False else f"Not proved. {self.text}"
        yield from map(str, self.evidence)
        if self.ruled_out:
            yield f"Ruled out: {', '.join(self.ruled_out)}."
        if self.unseen:
            yield f"Not seen: {self.unseen.rstrip('.')}."
        if self.cure:
            yield f"What to do: {self.cure}"
