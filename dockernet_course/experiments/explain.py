"""Why a cell of the matrix is as it is: the first reason that fits. Pure over the observation."""

from __future__ import annotations

from dockernet_course.experiments import failures, reasons
from dockernet_course.experiments.model import Cell, Explanation, Verdict
from dockernet_course.experiments.reason import Reason
from dockernet_course.experiments.situation import Situation
from dockernet_course.observe import Topology

__all__ = ["explain", "reason_for"]


def explain(topology: Topology, cell: Cell) -> Explanation:
    """Why the cell is as it is, in the world as it was observed: before or after the asking.

    Raises KeyError for a container that the observation does not have.
    """
    situation = Situation(topology, cell)
    reason = reason_for(situation)
    return Explanation(reason.mechanism, reason.text.format_map(situation.words()), reason.misconception)


def reason_for(situation: Situation) -> Reason:
    """The first reason that fits; the last one of each table always does."""
    return next(reason for reason in _table(situation) if reason.when(situation))


def _table(situation: Situation) -> tuple[Reason, ...]:
    match situation.verdict:
        case None:
            return reasons.NOTHING
        case Verdict.NAME_NOT_FOUND:
            return reasons.NAME_NOT_FOUND
        case Verdict.OK:
            return _answered(situation)
        case Verdict.NOT_MEASURED:
            return reasons.NOT_MEASURED
        case Verdict.ANOTHER:
            return reasons.ANOTHER
        case Verdict.REFUSED:
            return failures.REFUSED
        case Verdict.RESET:
            return failures.RESET
        case Verdict.NO_ANSWER:
            return failures.NO_ANSWER
        case Verdict.SILENT:
            return failures.SILENT
        case _:
            return failures.LOST


def _answered(situation: Situation) -> tuple[Reason, ...]:
    return {"name": reasons.NAMED, "published": reasons.PUBLISHED}.get(situation.way, reasons.REACHED)
