"""What a prediction shows: a question, its options, and what to say to each. Plain values, no Jupyter."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["ChoiceQuestion", "GridQuestion", "Option"]


@dataclass(frozen=True)
class Option:
    """A possible answer. The ``feedback`` of a wrong one diagnoses its ``misconception`` (like "M2")."""

    text: str
    feedback: str
    right: bool = False
    misconception: str = ""


@dataclass(frozen=True)
class ChoiceQuestion:
    """A question with one right option; ``explanation`` unfolds when somebody has committed or skipped.

    The texts are one paragraph of Markdown each: ``code``, *emphasis*, **strong**, and nothing else.
    """

    id: str
    text: str
    options: tuple[Option, ...]
    explanation: str

    @property
    def right(self) -> Option:
        """The right option."""
        return next(option for option in self.options if option.right)


@dataclass(frozen=True)
class GridQuestion:
    """A question answered for each pair and way; ``explanation`` unfolds when somebody has committed or skipped.

    What it is about (which containers, which ways) is said where it is asked. Texts as in a ``ChoiceQuestion``.
    """

    id: str
    text: str
    explanation: str
