"""Parts of sentences, for pictures in words."""

from __future__ import annotations

from collections.abc import Iterable

__all__ = ["capital", "count", "listed", "sentence"]


def sentence(text: str) -> str:
    """The text with a full stop, unless it ends with something like one."""
    return text if not text or text[-1] in ".?!:" else f"{text}."


def listed(words: Iterable[str], none: str = "none") -> str:
    """One, two and three."""
    *first, last = tuple(words) or (none,)
    return f"{', '.join(first)} and {last}" if first else last


def count(number: int, what: str) -> str:
    """1 port, 2 ports."""
    return f"{number} {what}{'' if number == 1 else 's'}"


def capital(text: str) -> str:
    """The text as it begins a sentence."""
    return text[:1].upper() + text[1:]
