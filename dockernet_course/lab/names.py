"""Which names Docker accepts, checked before the engine is asked. Pure."""

from __future__ import annotations

import re
from collections.abc import Collection
from itertools import count

from dockernet_course.errors import InvalidName

__all__ = ["JOINED", "PREDEFINED", "checked", "free", "joined", "quoted"]

PREDEFINED = ("bridge", "host", "none")
"""The networks that every engine has; they cannot be removed."""
JOINED = "container:"
"""What a network mode begins with that shares another container's network namespace."""

# The engine's rule for names of containers (moby, daemon/names); for networks it is laxer, the course is not.
_NAME = re.compile(r"[a-zA-Z0-9][a-zA-Z0-9_.-]+")
_SHOWN = 60


def checked(name: object, what: str) -> str:
    """The name, if Docker accepts it for a ``what`` ("container"). Raises InvalidName."""
    if isinstance(name, str) and _NAME.fullmatch(name):
        return name
    raise InvalidName(
        f"Docker does not accept {quoted(name)} as a name for a {what}.",
        cure="A name has two characters or more: letters, digits, '_', '.' and '-'; the first is a letter or a digit.",
    )


def quoted(value: object) -> str:
    """Foreign text inside a message of ours: in quotes, short, without control characters."""
    text = repr(value)
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…{text[-1]}"


def joined(mode: str) -> str:
    """The container whose network namespace that network mode shares, as the mode names it; or nothing."""
    return mode.removeprefix(JOINED) if mode.startswith(JOINED) else ""


def free(name: str, taken: Collection[str]) -> str:
    """The name itself, or with the first suffix that makes it free: ``web-2``."""
    if name not in taken:
        return name
    return next(candidate for n in count(2) if (candidate := f"{name}-{n}") not in taken)
