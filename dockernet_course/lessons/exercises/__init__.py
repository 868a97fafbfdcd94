'''Exercises: the learner changes the network, the course looks at it and judges. ``chNN.py`` holds those of chapter NN.

A chapter's module defines ``EXERCISES: tuple[Exercise, ...]``::

    def judge(now: Topology, about: Context) -> Outcome:
        """``now`` is what was seen; ``about.start`` the state at the start, ``about.lab`` the lab."""
        db = about.container(now, "db")       # by the text's name: on an engine of one's own it may have a suffix
        if db is None:
            return wrong("There is no container `db` yet.")
        if db.network_mode == "host":
            return wrong("`db` has no interface of its own.", "M10")
        return correct("`db` hangs on docker0 with an interface of its own.")

    def setup(lab: Lab) -> None:              # optional: what is there at the start; the lab is empty before
        lab.run("web")

    def reference(lab: Lab) -> None:          # its lines are shown by lesson.solution(...)
        lab.run("db")

    EXERCISES = (
        Exercise(
            id="02.second",                   # NN.slug
            title="Attach a second container",
            task="""Start a container called `db` …""",                  # Markdown: paragraphs, lists, fences
            terminal="docker run",            # optional: how the command line begins in the terminal, no solution
            setup=setup,
            judge=judge,
            hints=("Which command starts a container?", second_hint),    # str, or (Topology, Context) -> str
            reference=reference,
            wrong={"in host mode": Wrong(lambda lab: lab.run("db", network="host"), "M10")},
        ),
    )

An exercise that is a question about the live network has ``asks="the name of web's port"``: the learner answers with
``lesson.check("02.port", "veth…")``, the judge finds it in ``about.answer``, and ``reference`` and the actions of
``wrong`` return the answer.

*Not attempted* is not the judge's business: it is called only when something differs from the start, or when there is
an answer. Only a judge that looks at what no observation shows (a file, say) answers for that too: ``looks_closer``.
Nor is what must have stayed: whatever was there at the start does, but for what ``may`` names, and the engine's host.
An exercise that asks is about its start: ``truth(lab)`` is called then, and the judge finds it in ``about.truth``.
Each exercise is tested three ways: untouched, the reference, and at least two wrong solutions.
'''

from __future__ import annotations

import inspect
import re
import textwrap
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from importlib.util import find_spec

from dockernet_course.errors import LessonError
from dockernet_course.lab import Lab
from dockernet_course.lessons.exercises.context import Context
from dockernet_course.lessons.exercises.stayed import NOTHING, May, disturbed, renamed
from dockernet_course.lessons.notes import Note
from dockernet_course.observe import Topology, difference
from dockernet_course.widgets import markup

__all__ = [
    "Context",
    "Exercise",
    "Hint",
    "May",
    "Outcome",
    "Wrong",
    "correct",
    "find_exercise",
    "load_exercises",
    "not_attempted",
    "wrong",
]

_SIGNS = {"correct": "✓", "wrong": "✗", "not attempted": "–"}


@dataclass(frozen=True, repr=False)
class Outcome:
    """``verdict`` is "correct", "wrong" or "not attempted", ``why`` one or two sentences to the learner."""

    verdict: str
    why: str
    misconception: str = ""

    @property
    def correct(self) -> bool:
        """Whether the exercise is solved."""
        return self.verdict == "correct"

    def __repr__(self) -> str:
        return f"{_SIGNS[self.verdict]} {self.verdict}: {markup.plain(self.why)}"

    def _repr_html_(self) -> str:
        head = f"<strong>{_SIGNS[self.verdict]} {self.verdict}</strong>"
        return f'<div style="margin:.5em 0">{head}: {markup.html(self.why)}</div>'


def correct(why: str) -> Outcome:
    """The exercise is solved."""
    return Outcome("correct", why)


def wrong(why: str, misconception: str = "") -> Outcome:
    """Something was done, but not (yet) what was asked; ``misconception`` as in the list ("M2") where one shows."""
    return Outcome("wrong", why, misconception)


def not_attempted(why: str = "nothing has changed since the exercise began.") -> Outcome:
    """The learner has not begun."""
    return Outcome("not attempted", why)


Hint = str | Callable[[Topology, Context], str]


@dataclass(frozen=True)
class Wrong:
    """A wrong solution that the tests apply, the misconception that the judge must find, and a word it must say."""

    action: Callable[[Lab], object]
    misconception: str = ""
    says: str = ""


@dataclass(frozen=True)
class Exercise:
    """A task, its judge, hints, a reference solution and wrong ones; the module's docstring has an example."""

    id: str
    title: str
    task: str
    judge: Callable[[Topology, Context], Outcome]
    hints: tuple[Hint, ...]
    reference: Callable[[Lab], object]
    wrong: Mapping[str, Wrong]
    setup: Callable[[Lab], object] | None = None
    terminal: str = ""
    asks: str = ""
    looks_closer: bool = False
    may: May = NOTHING
    truth: Callable[[Lab], object] | None = None

    def outcome(self, now: Topology, about: Context) -> Outcome:
        """Judge what was seen; untouched is not attempted, whatever the judge would say."""
        if self.asks:
            if about.answer is None:
                return not_attempted(f'answer with `lesson.check("{self.id}", …)`, where … is {self.asks}.')
            return self.judge(now, about)
        if not self.looks_closer and not about.by_hand and not difference(about.start, now):
            return not_attempted()
        return self._meddled(about) or self._renamed(now, about) or self._left_alone(self.judge(now, about), now, about)

    def _is_beside_the_task(self, now: Topology, about: Context) -> bool:
        """Whether what is wrong is something that the task leaves alone."""
        return bool(self._meddled(about) or self._renamed(now, about)) or self.judge(now, about).correct

    def _meddled(self, about: Context) -> Outcome | None:
        """What was done to the engine's host and is no part of the task: whatever is seen else may come of it."""
        meant = [change for change in about.by_hand if not self.may.lets(change)]
        if not meant:
            return None
        more = f", and {len(meant) - 1} more" if len(meant) > 1 else ""
        return wrong(
            f"On the engine's host, {meant[0]}{more}. This exercise leaves the host as it is: undo that, or "
            "`lesson.reset()` brings back the start, on a private engine with the host's network."
        )

    def _renamed(self, now: Topology, about: Context) -> Outcome | None:
        """A container that the task names, and that has another name now."""
        changed = renamed(now, about, self.may)
        return wrong(f"{changed}. The task is about a container of that name: let it keep it.") if changed else None

    def _left_alone(self, found: Outcome, now: Topology, about: Context) -> Outcome:
        """Correct only if what the task leaves alone is as it was."""
        amiss = disturbed(now, about, self.may) if found.correct else ""
        return wrong(f"What was asked for is there, but {amiss}. Leave the rest as it is.") if amiss else found

    def hint(self, level: int, now: Topology, about: Context, found: Outcome | None = None) -> str:
        """The hint of that level, from 0; beyond the last one, the last one again.

        Where the task itself is done, and something is not as it was that it leaves alone, that is the hint.
        """
        if not self.asks and found and found.verdict == "wrong" and self._is_beside_the_task(now, about):
            return found.why
        hint = self.hints[min(level, len(self.hints) - 1)]
        return hint if isinstance(hint, str) else hint(now, about)

    def solution(self) -> str:
        """The lines of the reference solution, as a person would type them in a cell."""
        _, _, body = inspect.getsource(self.reference).partition(":\n")
        lines = (re.sub(r"  # type: ignore.*", "", line) for line in textwrap.dedent(body).splitlines())
        return "\n".join(line.removeprefix("return ") for line in lines if line)

    def poster(self, extra: str = "") -> Note:
        """The task as it is shown to the learner; ``extra`` says what else a terminal on this engine needs."""
        begins = f", with a command that begins with `{self.terminal}`" if self.terminal else ""
        extra = "" if self.terminal.startswith("ip ") else extra  # that makes nothing of Docker's
        where = f"{'Find it out' if self.asks else 'Do it'} in a cell, or in a terminal{begins}. {extra}"
        return Note(f"Exercise {self.id}: {self.title}", f"{inspect.cleandoc(self.task)}\n\n{where.strip()}")


@cache
def load_exercises(number: str) -> tuple[Exercise, ...]:
    """The exercises of chapter ``number`` ("02"); none if it has no module."""
    name = f"{__name__}.ch{number}"
    return tuple(import_module(name).EXERCISES) if find_spec(name) else ()


def find_exercise(eid: str) -> Exercise:
    """The exercise of that id. Raises LessonError if there is none."""
    known = load_exercises(eid[:2]) if re.fullmatch(r"\d\d\.[a-z0-9-]+", eid) else ()
    for exercise in known:
        if exercise.id == eid:
            return exercise
    ids = ", ".join(exercise.id for exercise in known) or "none"
    raise LessonError(f"There is no exercise {eid!r}.", state=f"Known here: {ids}.")
