"""What a diagnosis says, frozen."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from dockernet_course.experiments.model import Probe
from dockernet_course.experiments.walk import Walk
from dockernet_course.observe import Topology

__all__ = ["SCHEMA", "Diagnosis", "Evidence"]

SCHEMA = 1
"""Version of ``as_json``'s form: a field that goes or changes its meaning raises it, a new one does not."""


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
    looked at. ``cure`` is what to do about it. ``world`` is the network in which this was found.
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
    world: Topology | None = field(default=None, compare=False)

    @property
    def exit_status(self) -> int:
        """For scripts: 0 they can talk, 1 they cannot, 2 that was not measured."""
        return {True: 0, False: 1, None: 2}[self.can]

    def as_json(self) -> dict[str, Any]:
        """Plain values, for ``json.dumps``: ``schema`` is the version of their form.

        ``asked`` is the question and its answer, or None where nothing was asked; the rest is as the fields here.
        """
        return {
            "schema": SCHEMA,
            "source": self.source,
            "target": self.target,
            "way": self.way,
            "can": self.can,
            "exit_status": self.exit_status,
            "cause": self.cause,
            "text": self.text,
            "evidence": [{"command": shown.command, "lines": list(shown.lines)} for shown in self.evidence],
            "cure": self.cure,
            "ruled_out": list(self.ruled_out),
            "unseen": self.unseen,
            "asked": _asked(self.probe) if self.probe else None,
        }

    def __repr__(self) -> str:
        return "\n".join(self._lines())

    def _lines(self) -> Iterator[str]:
        unknown = str(self.probe.verdict) if self.probe else "nothing to ask"
        answer = {True: "they can talk", False: "they cannot talk", None: unknown}[self.can]
        yield f"{self.source} → {self.target}, {self.way}: {answer}."
        yield f"Why: {self.text}" if self.cause or self.can is not False else f"Not proved. {self.text}"
        yield from map(str, self.evidence)
        if self.ruled_out:
            yield f"Ruled out: {', '.join(self.ruled_out)}."
        if self.unseen:
            yield f"Not seen: {self.unseen.rstrip('.')}."
        if self.cure:
            yield f"What to do: {self.cure}"


def _asked(probe: Probe) -> dict[str, Any]:
    return {
        "kind": probe.kind,
        "address": probe.target,
        "port": probe.port,
        "verdict": str(probe.verdict),
        "command": probe.output.command,
        "output": probe.output.text,
        "exit_code": probe.output.exit_code,
    }
