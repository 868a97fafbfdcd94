'''The question bank: ``NN.toml`` beside this file holds the predictions of chapter NN.

::

    [[question]]
    id = "02.name"                      # NN.slug, as in lesson.predict("02.name"); the slug is a-z, 0-9 and -
    text = "Does `web` answer to its name on the default bridge?"
    explanation = """Unfolds on Commit or Skip: one short paragraph, the same for every answer."""

    [[question.option]]                 # 2 to 5 options, in the order in which they are shown
    text = "Yes: Docker knows the name"
    misconception = "M2"                # every wrong option has one …
    feedback = "You may know this from user-defined networks, where it is so."      # … and diagnoses it

    [[question.option]]
    text = "No: the name is not found"
    right = true                        # exactly one
    feedback = "The default bridge has no name server of Docker's."

    [[grid]]                            # a prediction for each pair and way: lesson.predict_matrix("02.who", …)
    id = "02.who"
    text = "Who reaches whom?"
    explanation = """Unfolds on Commit or Skip, before anything is measured: what decides, not the result."""

Texts may hold `code`, *emphasis* and **strong**; options are shown without marks. Vary the place of the right option
(a test looks at it). A wrong option may have an empty misconception where it stands for none of the list.
'''

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Sequence
from functools import cache
from importlib.resources import files
from typing import Any, TypeVar

from dockernet_course.errors import LessonError
from dockernet_course.widgets import ChoiceQuestion, GridQuestion, Option

__all__ = ["find_grid", "find_question", "load_grids", "load_questions", "parse_grids", "parse_questions"]

_Q = TypeVar("_Q", ChoiceQuestion, GridQuestion)
_ID = re.compile(r"\d\d\.[a-z0-9-]+")


@cache
def load_questions(number: str) -> tuple[ChoiceQuestion, ...]:
    """The questions of chapter ``number`` ("02"), in the file's order; none if there is no such file."""
    return parse_questions(_text(number), f"{number}.toml")


@cache
def load_grids(number: str) -> tuple[GridQuestion, ...]:
    """The grids of chapter ``number``, in the file's order; none if there is no such file."""
    return parse_grids(_text(number), f"{number}.toml")


def _text(number: str) -> str:
    source = files(__name__).joinpath(f"{number}.toml")
    return source.read_text(encoding="utf-8") if source.is_file() else ""


def find_question(qid: str) -> ChoiceQuestion:
    """The question of that id. Raises LessonError if there is none."""
    return _found(qid, load_questions, "question")


def find_grid(gid: str) -> GridQuestion:
    """The grid of that id. Raises LessonError if there is none."""
    return _found(gid, load_grids, "grid")


def _found(wanted: str, load: Callable[[str], Sequence[_Q]], kind: str) -> _Q:
    known = load(wanted.partition(".")[0]) if _ID.fullmatch(wanted) else ()
    for question in known:
        if question.id == wanted:
            return question
    ids = ", ".join(question.id for question in known) or "none"
    raise LessonError(f"There is no {kind} {wanted!r}.", state=f"Known here: {ids}.")


def parse_questions(text: str, name: str) -> tuple[ChoiceQuestion, ...]:
    """Read a question file. Raises LessonError that names the question in which something is wrong."""
    return tuple(_question(row, name) for row in _table(text, name).get("question", []))


def parse_grids(text: str, name: str) -> tuple[GridQuestion, ...]:
    """Read the grids of a question file. Raises LessonError that names the grid in which something is wrong."""
    return tuple(_grid(row, name) for row in _table(text, name).get("grid", []))


def _table(text: str, name: str) -> dict[str, Any]:
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise LessonError(f"{name} is no TOML: {error}.") from None


def _grid(row: dict[str, Any], name: str) -> GridQuestion:
    where = f"Grid {row.get('id', '?')!r} in {name}"
    try:
        grid = GridQuestion(**{key: _one_line(value) for key, value in row.items()})
    except TypeError as error:
        raise LessonError(f"{where} has a missing or unknown field: {error}.") from None
    if not _is_of(grid.id, name):
        raise LessonError(f"{where} needs an id like {name[:2]}.some-word.")
    if not grid.text.endswith("?"):
        raise LessonError(f"{where} asks nothing: its text ends with a question mark.")
    return grid


def _question(row: dict[str, Any], name: str) -> ChoiceQuestion:
    where = f"Question {row.get('id', '?')!r} in {name}"
    try:
        options = tuple(Option(**{key: _one_line(value) for key, value in option.items()}) for option in row["option"])
        question = ChoiceQuestion(row["id"], _one_line(row["text"]), options, _one_line(row["explanation"]))
    except KeyError as missing:
        raise LessonError(f"{where} has no {missing}.") from None
    except TypeError as error:
        raise LessonError(f"{where} has an option with a missing or unknown field: {error}.") from None
    if problem := _problem(question, name):
        raise LessonError(f"{where} {problem}.")
    return question


def _one_line(value: Any) -> Any:
    return " ".join(value.split()) if isinstance(value, str) else value


def _is_of(ident: str, name: str) -> bool:
    """Whether an id is one of the chapter whose file it is in."""
    return bool(_ID.fullmatch(ident)) and ident[:2] == name[:2]


def _problem(question: ChoiceQuestion, name: str) -> str:
    """What is wrong with a question, or an empty string."""
    if not _is_of(question.id, name):
        return f"needs an id like {name[:2]}.some-word"
    if not 2 <= len(question.options) <= 5:
        return f"has {len(question.options)} options, not 2 to 5"
    if sum(option.right for option in question.options) != 1:
        return "needs exactly one option with right = true"
    if question.right.misconception:
        return "names a misconception in its right option"
    if not all(option.text and option.feedback for option in question.options):
        return "has an option without text or feedback"
    return ""
