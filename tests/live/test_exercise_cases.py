"""Solutions that a learner might hand in, wrong ones that look right and right ones that look unusual: all are judged.

What is judged is judged twice, and hints never contradict the verdict.
"""

from __future__ import annotations

from collections.abc import Iterator
from importlib import import_module

import pytest

from dockernet_course.engines import Engine
from dockernet_course.lessons import Lesson, begin
from dockernet_course.lessons.catalogue import chapters
from dockernet_course.lessons.exercises import find_exercise
from tests.live.exercise_cases import Case

pytestmark = pytest.mark.live

NUMBERS = [each.number for each in chapters()[1:]]  # of 00, its own wrong ways do
CASES = [case for number in NUMBERS for case in import_module(f"tests.live.exercise_cases.ch{number}").CASES]


@pytest.fixture(scope="module")
def opened(private_engine: Engine, tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Lesson]]:
    """The lesson in hand: a chapter's cases are tried in one."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DOCKERNET_DATA", str(tmp_path_factory.mktemp("data")))
        lessons: dict[str, Lesson] = {}
        yield lessons
        for lesson in lessons.values():
            lesson.close()


@pytest.fixture(autouse=True)
def _nothing_of_ours_is_left() -> None:
    """A chapter stays open from case to case."""


def lesson_of(number: str, opened: dict[str, Lesson], engine: Engine) -> Lesson:
    if number not in opened:
        for other in opened.values():
            other.close()
        opened.clear()
        opened[number] = begin(next(c.id for c in chapters() if c.number == number), engine)
    return opened[number]


@pytest.mark.sampled(12)
@pytest.mark.parametrize("case", CASES, ids=str)
def test_a_case(opened: dict[str, Lesson], private_engine: Engine, case: Case) -> None:
    lesson = lesson_of(case.exercise[:2], opened, private_engine)
    lesson.workshop.begin(case.exercise)
    answer = case.action(lesson.lab)
    answer = answer if find_exercise(case.exercise).asks else None
    first, second = (lesson.judge(case.exercise, answer) for _ in range(2))
    assert first == second, "the same world has the same verdict"
    assert first.verdict == ("correct" if case.right else "wrong"), first
    if not case.right:
        assert case.says in first.why
        assert case.misconception in ("", first.misconception)
    _, hint = lesson.workshop.hint(case.exercise)
    assert ("it is solved" in hint) is case.right
