"""What became of a datagram, as a verdict. UDP asks for no answer: who received it was reached (RFC 768). Pure."""

from __future__ import annotations

from dataclasses import replace

from dockernet_course.experiments.model import Cell, Probe, Verdict
from dockernet_course.experiments.situation import Situation
from dockernet_course.experiments.walk import Walk

__all__ = ["SILENCE", "judged"]

SILENCE = "The datagram came there; no answer was seen, and UDP asks for none."
_VERDICTS = {
    "answered": Verdict.OK,
    "answered by another": Verdict.ANOTHER,
    "refused": Verdict.REFUSED,
    "no neighbour": Verdict.NO_ROUTE,
    "not sent": Verdict.NO_ROUTE,
    "unreachable": Verdict.NO_ROUTE,
}


def judged(followed: Walk, cell: Cell) -> Cell:
    """The cell with the verdict that the walk proves; a server that was there is what it came to, answer or not."""
    q, output, outcome = followed.question, followed.output, followed.verdict.outcome
    probe = Probe(q.kind, cell.source, q.target, _VERDICTS.get(outcome, Verdict.TIMEOUT), output, q.port)
    asked = replace(cell, probe=probe)
    if outcome != "delivered":
        return asked
    came = Situation(followed.world, asked).listener == "there"
    return replace(asked, probe=replace(probe, verdict=Verdict.OK if came else Verdict.REFUSED))
