"""Solutions that a learner might hand in: wrong ones that look right, and right ones that look unusual.

Each is an action on the lab at the start of an exercise; for an exercise that asks, what the action returns is the
answer. One module a chapter. ``tests/live/test_exercise_cases.py`` tries them all.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from dockernet_course.lab import Lab

__all__ = ["Case", "right", "wrong"]


@dataclass(frozen=True)
class Case:
    """``says`` is a word that the verdict must say, ``misconception`` the one that it must find."""

    exercise: str
    what: str
    action: Callable[[Lab], object]
    right: bool
    says: str = ""
    misconception: str = ""

    def __str__(self) -> str:
        return f"{self.exercise} {'right' if self.right else 'wrong'}: {self.what}"


def right(exercise: str, what: str, action: Callable[[Lab], object]) -> Case:
    """A right solution, unusual as it is."""
    return Case(exercise, what, action, right=True)


def wrong(exercise: str, what: str, action: Callable[[Lab], object], says: str, misconception: str = "") -> Case:
    """A wrong solution, and what has to be said of it."""
    return Case(exercise, what, action, right=False, says=says, misconception=misconception)
