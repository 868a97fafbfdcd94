"""What engines differ in, as a table: what it is, on this engine, on others."""

from __future__ import annotations

from collections.abc import Iterable

from dockernet_course.capabilities import Answered
from dockernet_course.widgets import Table

__all__ = ["engines_table"]


FEW = 6


def engines_table(answers: Iterable[Answered]) -> Table:
    """A row for each answer; more than a few open on a click, for who meets all of them is not to read them all."""
    rows = [(answer.capability.question, str(answer), answer.capability.others) for answer in answers]
    many = len(rows) > FEW
    title = f"Engines differ: {len(rows)} questions, and what this one does" if many else "Engines differ"
    return Table(title, ("What", "On this engine", "On others"), rows, folded=many)
