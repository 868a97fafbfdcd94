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
            title="Plug in a second container",
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
from dockernet_course.lessons.notes import Note
from dockernet_course.observe import Container, Network, Topology, difference
from dockernet_course.widgets import markup

__all__ = [
    "Context",
    "Exercise",
    "Hint",
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


@dataclass(frozen=True)
class Context:
    """What a judge may need beside the observation: the state at the ``start``, the ``lab``, the learner's answer."""

    lab: Lab
    start: Topology
    answer: object = None

    def container(self, now: Topology, name: str) -> Container | None:
        """The observed container that the text calls ``name`` (a taken name got a suffix), or None."""
        ids = [handle.id for handle in self.lab.containers() if handle.name == name]
        return next((c for c in now.containers if c.id in ids), None)

    def network(self, now: Topology, name: str) -> Network | None:
        """The observed network that the text calls ``name``, or None."""
        ids = [handle.id for handle in self.lab.networks() if handle.name == name]
        return next((n for n in now.networks if n.id in ids or (n.name == name and not n.mine)), None)


Hint = str | Callable[[Topology, Context], str]


@dataclass(frozen=True)
class Wrong:
    """A wrong solution that the tests apply, the misconception that the judge must find, and a word it must say."""

    action: Callable[[Lab], object]
    misconception: str = ""
    says: str = ""


@dataclass(frozen=True)
class Exercise:
    """See the module's docstring."""

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

    def outcome(self, now: Topology, about: Context) -> Outcome:
        """Judge what was seen; untouched is not attempted, whatever the judge would say."""
        if self.asks and about.answer is None:
            return not_attempted(f'answer with `lesson.check("{self.id}", …)`, where … is {self.asks}.')
        if not self.asks and not self.looks_closer and not difference(about.start, now):
            return not_attempted()
        return self.judge(now, about)

    def hint(self, level: int, now: Topology, about: Context) -> str:
        """The hint of that level, from 0; beyond the last one, the last one again."""
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
