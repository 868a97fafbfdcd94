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

Texts may hold `code`, *emphasis* and **strong**; options are shown without marks. Vary the place of the right option
(a test looks at it). A wrong option may have an empty misconception where it stands for none of the list.
'''

from __future__ import annotations

import re
import tomllib
from functools import cache
from importlib.resources import files
from typing import Any

from dockernet_course.errors import LessonError
from dockernet_course.widgets import Option, Question

__all__ = ["find_question", "load_questions", "parse_questions"]

_ID = re.compile(r"\d\d\.[a-z0-9-]+")


@cache
def load_questions(number: str) -> tuple[Question, ...]:
    """The questions of chapter ``number`` ("02"), in the file's order; none if there is no such file."""
    source = files(__name__).joinpath(f"{number}.toml")
    return parse_questions(source.read_text(encoding="utf-8"), f"{number}.toml") if source.is_file() else ()


def find_question(qid: str) -> Question:
    """The question of that id. Raises LessonError if there is none."""
    known = load_questions(qid.partition(".")[0]) if _ID.fullmatch(qid) else ()
    for question in known:
        if question.id == qid:
            return question
    ids = ", ".join(question.id for question in known) or "none"
    raise LessonError(f"There is no question {qid!r}.", state=f"Known here: {ids}.")


def parse_questions(text: str, name: str) -> tuple[Question, ...]:
    """Read a question file. Raises LessonError that names the question in which something is wrong."""
    try:
        rows = tomllib.loads(text).get("question", [])
    except tomllib.TOMLDecodeError as error:
        raise LessonError(f"{name} is no TOML: {error}.") from None
    return tuple(_question(row, name) for row in rows)


def _question(row: dict[str, Any], name: str) -> Question:
    where = f"Question {row.get('id', '?')!r} in {name}"
    try:
        options = tuple(Option(**{key: _one_line(value) for key, value in option.items()}) for option in row["option"])
        question = Question(row["id"], _one_line(row["text"]), options, _one_line(row["explanation"]))
    except KeyError as missing:
        raise LessonError(f"{where} has no {missing}.") from None
    except TypeError as error:
        raise LessonError(f"{where} has an option with a missing or unknown field: {error}.") from None
    if problem := _problem(question, name):
        raise LessonError(f"{where} {problem}.")
    return question


def _one_line(value: Any) -> Any:
    return " ".join(value.split()) if isinstance(value, str) else value


def _problem(question: Question, name: str) -> str:
    """What is wrong with a question, or an empty string."""
    if not _ID.fullmatch(question.id) or question.id[:2] != name[:2]:
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
