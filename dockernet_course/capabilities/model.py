"""What engines can do: the questions, what each generation is known to do, and what was found on one. Pure.

``expected.toml`` holds the questions and what is known, each row with its source. What depends on the machine, or on
how its owner set it up, has no expectation: there is only the finding.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from typing import Any

from dockernet_course.errors import LessonError

__all__ = [
    "Answered",
    "Capability",
    "Expectation",
    "Finding",
    "Here",
    "Version",
    "capability",
    "foundation",
    "known",
    "release",
]

Here = bool | str
Version = tuple[int, int]
_WORDS = {True: "yes", False: "no"}


@dataclass(frozen=True)
class Expectation:
    """What the releases from ``since`` up to ``before`` (which is not among them) are known to do, and from where.

    ``given``: on such engines only; capability id → what was found of it.
    """

    found: Here
    since: Version
    before: Version
    source: str
    given: Mapping[str, Here] = field(default_factory=dict)

    def covers(self, version: Version, found: Mapping[str, Here]) -> bool:
        """Whether it is about that release, on an engine of which that was found."""
        return self.since <= version < self.before and self.given.items() <= found.items()


@dataclass(frozen=True)
class Capability:
    """Something that engines differ in. ``others`` says in words what the generations do.

    ``setting`` names what the owner of an engine can set it with: there it need not be as expected. ``without`` says
    what an engine that lacks it is like, and which setting makes it so; ``rests_on`` names what must be there for the
    question to have a meaning.
    """

    id: str
    question: str
    others: str
    setting: str = ""
    expectations: tuple[Expectation, ...] = ()
    without: str = ""
    rests_on: tuple[str, ...] = ()

    def expected(self, version: Version, found: Mapping[str, Here] | None = None) -> Expectation | None:
        """What is known of that release, where that was ``found``; None if nothing is."""
        return next((e for e in self.expectations if e.covers(version, found or {})), None)

    @property
    def concerns(self) -> tuple[str, ...]:
        """The ids of what its expectations depend on."""
        return tuple(dict.fromkeys(cid for e in self.expectations for cid in e.given))


@dataclass(frozen=True)
class Finding:
    """What was found: yes or no, or a word. Where it cannot be known, ``here`` is empty and ``why`` says why."""

    here: Here
    why: str = ""


@dataclass(frozen=True)
class Answered:
    """A question, answered on an engine of that ``version``; ``private``: it runs with its defaults.

    ``given``: what was found of the capabilities that it ``concerns``.
    """

    capability: Capability
    finding: Finding
    version: str
    private: bool
    given: Mapping[str, Here] = field(default_factory=dict)

    @property
    def here(self) -> Here:
        """Yes or no, or a word; empty where it cannot be known."""
        return self.finding.here

    @property
    def expected(self) -> Expectation | None:
        """What is known of this release, set up like this."""
        return self.capability.expected(release(self.version), self.given)

    @property
    def differs(self) -> bool:
        """Whether this release is known to do something else, and nobody has set it so."""
        settable = self.capability.setting and not self.private
        return self.here != "" and self.expected is not None and self.here != self.expected.found and not settable

    @property
    def lacking(self) -> str:
        """Why a claim that rests on this is not shown here, in words; empty where the engine has it, or may have it."""
        if self.here not in (False, "none"):
            return ""
        return self.capability.without or f"{self.capability.question} Here: {word(self.here)}"

    @property
    def unknown_release(self) -> bool:
        """Whether something is known of other releases, and nothing of this one."""
        return bool(self.capability.expectations) and self.expected is None

    def __str__(self) -> str:
        said = word(self.here)
        if self.here == "":
            return f"not known here: {self.finding.why}"
        if self.differs and self.expected:
            return f"{said}, where {word(self.expected.found)} was expected of {self.version}"
        if self.expected and self.here != self.expected.found:
            return f"{said}, as this engine is set up ({self.capability.setting})"
        return f"{said} (nothing was known of {self.version})" if self.unknown_release else said

    def __repr__(self) -> str:
        return f"<{self.capability.id}: {self}>"


def word(here: Here) -> str:
    """A finding for people: yes or no where it is one of these, else the word that was found."""
    return _WORDS[here] if isinstance(here, bool) else here


def release(version: str) -> Version:
    """``26.1.5+dfsg1`` → (26, 1); (0, 0) for what is no version."""
    found = re.match(r"v?(\d+)(?:\.(\d+))?", version)
    return (int(found[1]), int(found[2] or 0)) if found else (0, 0)


def foundation(cid: str) -> Iterator[str]:
    """What that capability rests on, the deepest first, and itself. Raises LessonError if there is none of that id."""
    for below in capability(cid).rests_on:
        yield from foundation(below)
    yield cid


@cache
def known() -> dict[str, Capability]:
    """All capabilities by id, in the order of the table."""
    rows = tomllib.loads(files(__package__).joinpath("expected.toml").read_text("utf-8"))
    return {cid: _capability(cid, row) for cid, row in rows.items()}


def capability(cid: str) -> Capability:
    """The one of that id. Raises LessonError if there is none."""
    if cid not in known():
        raise LessonError(f"There is no capability {cid!r}.", state=f"There is: {', '.join(known())}.")
    return known()[cid]


def _capability(cid: str, row: Mapping[str, Any]) -> Capability:
    return Capability(
        id=cid,
        question=row["question"],
        others=row["others"],
        setting=row.get("setting", ""),
        expectations=tuple(map(_expectation, row.get("expected", ()))),
        without=row.get("without", ""),
        rests_on=tuple(row.get("rests-on", ())),
    )


def _expectation(row: Mapping[str, Any]) -> Expectation:
    since, before = release(row["since"]), release(row["before"])
    return Expectation(row["found"], since, before, row["source"], row.get("with", {}))
