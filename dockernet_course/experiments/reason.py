"""One explanation of a cell of the matrix: when it fits, and what it says."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from dockernet_course.experiments.situation import Situation

__all__ = ["Reason", "always"]


@dataclass(frozen=True)
class Reason:
    """One of them; the last of each table always fits."""

    mechanism: str
    when: Callable[[Situation], bool]
    text: str
    misconception: str = ""


def always(_: Situation) -> bool:
    """The condition of a table's last reason."""
    return True
