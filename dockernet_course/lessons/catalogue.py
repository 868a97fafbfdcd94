"""What the course is made of, from data files: chapters with their objectives, and the list of misconceptions."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

from dockernet_course.errors import LessonError

__all__ = ["Chapter", "Misconception", "Objective", "chapter", "chapters", "misconceptions", "read_folder"]


@dataclass(frozen=True)
class Objective:
    """Something that the learner can do afterwards, and the ids of the checks that prove what it rests on."""

    text: str
    checks: tuple[str, ...]


@dataclass(frozen=True)
class Chapter:
    """A chapter: ``id`` is the name of its notebook, ``minutes`` what a learner needs, ``refutes`` misconceptions.

    ``private`` tells that it needs the outside and the host of a private engine, ``needs`` which capabilities it is
    about: an engine that lacks one cannot show it at all.
    """

    id: str
    title: str
    minutes: int
    refutes: tuple[str, ...]
    objectives: tuple[Objective, ...]
    private: bool = False
    needs: tuple[str, ...] = ()

    @property
    def number(self) -> str:
        """The two digits with which its checks, questions and exercises begin."""
        return self.id[:2]

    @property
    def checks(self) -> tuple[str, ...]:
        """The ids of all its checks, each once."""
        return tuple(dict.fromkeys(check for objective in self.objectives for check in objective.checks))


@dataclass(frozen=True)
class Misconception:
    """What learners believe, and the id of the chapter that refutes it, or "later"."""

    id: str
    belief: str
    chapter: str


@cache
def chapters() -> tuple[Chapter, ...]:
    """All chapters in order, from ``chapters/NN.toml``."""
    return tuple(
        Chapter(
            id=row["id"],
            title=row["title"],
            minutes=row["minutes"],
            refutes=tuple(row["refutes"]),
            objectives=tuple(Objective(o["text"], tuple(o["checks"])) for o in row.get("objective", ())),
            private=row.get("private", False),
            needs=tuple(row.get("needs", ())),
        )
        for row in read_folder("chapters").values()
    )


def chapter(cid: str) -> Chapter:
    """The chapter of that id ("02-bridge"). Raises LessonError if there is none."""
    for known in chapters():
        if known.id == cid:
            return known
    raise LessonError(f"There is no chapter {cid!r}.", state=f"The chapters: {', '.join(c.id for c in chapters())}.")


@cache
def misconceptions() -> dict[str, Misconception]:
    """All misconceptions by id, in the order of the list."""
    rows = tomllib.loads(files(__package__).joinpath("misconceptions.toml").read_text("utf-8"))
    return {mid: Misconception(mid, row["belief"], row["chapter"]) for mid, row in rows.items()}


def read_folder(name: str) -> dict[str, dict[str, Any]]:
    """The data files ``NN.toml`` of a folder of this room, by chapter's number, in order."""
    paths = sorted(files(__package__).joinpath(name).iterdir(), key=lambda path: path.name)
    return {path.name[:2]: tomllib.loads(path.read_text("utf-8")) for path in paths if path.name.endswith(".toml")}
