"""Every variable of the environment that the course reads, with its type: here, and nowhere else.

A value that cannot be is an error that names the variable, before anything starts. Standard library only, for the
programs beside the course (``keeper.apart``) read some of them, too.
"""

from __future__ import annotations

import math
import os
import re
from pathlib import Path

from dockernet_course.errors import EngineUnsupported, InvalidName, InvalidSetting

__all__ = [
    *("CACHE", "CAPSULE", "CHOICES", "DATA", "ENGINE", "IDLE", "SUITE", "TIMES"),
    *("cache", "capsule", "check", "chosen", "data", "engine", "idle", "named", "suite", "times"),
]

ENGINE = "DOCKERNET_ENGINE"
"""Which engine: one of ``CHOICES``, or an address."""

SUITE = "DOCKERNET_SUITE"
"""The release of the distribution whose engine a private one is."""

CAPSULE = "DOCKERNET_CAPSULE"
"""The name of the private engine."""

CACHE = "DOCKERNET_CACHE"
"""The folder with the engine packs."""

DATA = "DOCKERNET_DATA"
"""The folder with the learner's progress."""

IDLE = "DOCKERNET_IDLE"
"""How many seconds a private engine lives after its last lease."""

TIMES = "DOCKERNET_TIMES"
"""The file in which a lesson notes how long it waited for the engine."""

CHOICES = ("auto", "own", "capsule", "vm", "private")
_IDLE_SECONDS, _WEEK = 20.0, 7 * 24 * 3600
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,31}(@vm)?")


def engine() -> str:
    """One of ``CHOICES``, or an address. Raises :class:`EngineUnsupported`."""
    return chosen(_text(ENGINE) or "auto", f"{ENGINE} asks")


def chosen(choice: str, who: str = "you asked") -> str:
    """The same for a choice that was made by hand, by ``who``."""
    if choice not in CHOICES and "://" not in choice:
        raise EngineUnsupported(
            f"{choice!r} is no engine ({who} for it).",
            cure=f"Choose one of {', '.join(CHOICES)}, or an address: unix:///path/of/its.sock or tcp://host:port.",
        )
    return choice


def suite() -> str | None:
    """The release; None if it is not set. Raises :class:`InvalidSetting`."""
    given = _text(SUITE)
    if given and not given.isalnum():
        raise _invalid(SUITE, given, "the name of a release: bookworm, trixie, noble …")
    return given or None


def capsule() -> str:
    """The private engine's name, ``default`` if it is not set. Raises :class:`InvalidName`."""
    return named(_text(CAPSULE) or "default")


def named(name: str) -> str:
    """The name, if it can be a private engine's: short, for it is in a socket's path. Raises :class:`InvalidName`."""
    if not _NAME.fullmatch(name):
        raise InvalidName(
            f"{name!r} cannot be the name of a private engine.",
            cure=f"Use up to 32 letters, digits, '_', '.' or '-', a letter or digit first ({CAPSULE}).",
        )
    return name


def cache() -> Path | None:
    """The folder with the packs; None if it is not set."""
    return _folder(CACHE)


def data() -> Path | None:
    """The folder with the progress; None if it is not set."""
    return _folder(DATA)


def idle() -> float:
    """How many seconds a private engine lives after its last lease. Raises :class:`InvalidSetting`."""
    given = _text(IDLE)
    try:
        seconds = float(given) if given else _IDLE_SECONDS
    except ValueError:
        seconds = math.nan
    if not 0 <= seconds <= _WEEK:
        raise _invalid(IDLE, given, f"a number of seconds, from 0 to {_WEEK} (a week)")
    return seconds


def times() -> Path | None:
    """The file for the times; None if it is not set."""
    given = _text(TIMES)
    return Path(given) if given else None


def check() -> None:
    """Raise the error of the first one that cannot be."""
    for read in (engine, suite, capsule, idle):
        read()


def _text(name: str) -> str:
    return os.environ.get(name, "").strip()


def _folder(name: str) -> Path | None:
    """The path from the root on: a keeper has another working directory."""
    given = _text(name)
    return Path(given).expanduser().absolute() if given else None


def _invalid(name: str, given: str, wanted: str) -> InvalidSetting:
    return InvalidSetting(f"{name}={given} cannot be.", cure=f"It takes {wanted}; or unset it.")
