"""Every exercise three ways: untouched, the reference, and each wrong solution that the course knows."""

from __future__ import annotations

import os
from collections.abc import Collection, Iterator
from dataclasses import replace

import pytest

from dockernet_course.engines import DEFAULT_SUITE, Engine
from dockernet_course.lab import open_lab
from dockernet_course.lessons import Lesson, begin
from dockernet_course.lessons.catalogue import chapters, misconceptions
from dockernet_course.lessons.exercises import Exercise, Wrong, load_exercises
from dockernet_course.observe import observe
from tests.live import labs
from tests.waiting import eventually

pytestmark = pytest.mark.live

EXERCISES = [(chapter.id, exercise) for chapter in chapters() for exercise in load_exercises(chapter.number)]
UNTOUCHED, REFERENCE = "untouched", "reference"
SECOND_GENERATION = os.environ.get("DOCKERNET_SUITE", DEFAULT_SUITE) != DEFAULT_SUITE


class Course:
    """The chapter in hand, in which exercises are done one after the other, as a learner does them."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._lesson: Lesson | None = None

    def lesson(self, cid: str) -> Lesson:
        """The chapter's lesson; the one before ends when another one begins."""
        if self._lesson is None or self._lesson.chapter.id != cid:
            self.close()
            self._lesson = begin(cid, self._engine)
        return self._lesson

    def close(self) -> None:
        """End the chapter, of which nothing may be left."""
        if self._lesson is not None:
            self._lesson.close()
            self._lesson = None
            assert labs.left_in(self._engine) == []
            assert eventually(lambda: not labs.watchdogs())


@pytest.fixture(scope="module")
def course(engine: Engine, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Course]:
    """Opened once; the learner's progress is left alone."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DOCKERNET_DATA", str(tmp_path_factory.mktemp("data")))
        opened = Course(engine)
        yield opened
        opened.close()


@pytest.fixture(autouse=True)
def _nothing_of_ours_is_left() -> None:
    """That is looked at when a chapter is closed."""


def by_id(value: object) -> str | None:
    return value.id if isinstance(value, Exercise) else None


def ways(exercise: Exercise) -> Iterator[tuple[str, Collection[pytest.MarkDecorator]]]:
    """Each with a mark if a short run keeps it: the reference everywhere, and on one generation one of each kind."""
    always = {REFERENCE} if SECOND_GENERATION else {UNTOUCHED, REFERENCE, next(iter(exercise.wrong))}
    for way in (UNTOUCHED, REFERENCE, *exercise.wrong):
        yield way, [pytest.mark.kept] if way in always else []


@pytest.mark.sampled(12)
@pytest.mark.parametrize(
    ("cid", "exercise", "way"),
    [pytest.param(cid, exercise, way, marks=marks) for cid, exercise in EXERCISES for way, marks in ways(exercise)],
    ids=by_id,
)
def test_a_way(course: Course, cid: str, exercise: Exercise, way: str, capsys: pytest.CaptureFixture[str]) -> None:
    lesson = course.lesson(cid)
    if way == UNTOUCHED:
        untouched_is_not_attempted(lesson, exercise, capsys)
    elif way == REFERENCE:
        the_reference_is_correct(lesson, exercise, capsys)
    else:
        what_is_wrong_is_diagnosed(lesson, exercise, way)


def untouched_is_not_attempted(lesson: Lesson, exercise: Exercise, capsys: pytest.CaptureFixture[str]) -> None:
    lesson.exercise(exercise.id)
    lesson.check(exercise.id)
    assert lesson.outcomes[exercise.id] == "not attempted"
    assert "– not attempted" in capsys.readouterr().out
    hints = [lesson.workshop.hint(exercise.id)[1] for _ in exercise.hints]
    assert len(set(hints)) >= 2
    for line in exercise.solution().splitlines():
        assert not any(line.strip() in hint for hint in hints), "hints do not give the solution away"


def the_reference_is_correct(lesson: Lesson, exercise: Exercise, capsys: pytest.CaptureFixture[str]) -> None:
    lesson.solution(exercise.id)
    lesson.check(exercise.id)
    out = capsys.readouterr().out
    assert f"A solution of {exercise.id}" in out
    assert "✓ correct" in out, out
    lesson.reset()
    assert lesson.judge(exercise.id).verdict == "not attempted"


def what_is_wrong_is_diagnosed(lesson: Lesson, exercise: Exercise, way: str) -> None:
    at_the_start = exercise.asks or way == next(iter(exercise.wrong))  # an answer changes nothing; just reset before
    if not at_the_start or lesson.workshop.current != exercise.id:
        lesson.exercise(exercise.id)
    wrong: Wrong = exercise.wrong[way]
    answer = wrong.action(lesson.lab)
    outcome = lesson.judge(exercise.id, answer if exercise.asks else None)
    assert outcome.verdict == "wrong", outcome
    assert outcome.misconception == wrong.misconception, outcome
    assert wrong.says in outcome.why


@pytest.mark.parametrize("on", [True, False])
def test_the_learners_own_host_is_left_as_it_was_found(course: Course, private_engine: Engine, on: bool) -> None:
    course.close()
    own = replace(private_engine, kind="own", name=None)
    with open_lab(own, "host") as host:
        host.host(f"ip link set docker0 {'up' if on else 'down'}")
        lesson = begin("02-bridge", own)
        try:
            lesson.exercise("02.cable")
            lesson.lab.host("ip link set docker0 down")
        finally:
            lesson.close()
        docker0 = observe(host).host.interface("docker0")
        host.host("ip link set docker0 up")
    assert docker0 is not None and docker0.up is on
    assert labs.left_in(private_engine) == []


@pytest.mark.parametrize("exercise", [exercise for _, exercise in EXERCISES], ids=by_id)
def test_an_exercise_is_whole(exercise: Exercise) -> None:
    assert exercise.task and exercise.title
    assert len(exercise.wrong) >= 2
    assert {wrong.misconception for wrong in exercise.wrong.values()} <= {"", *misconceptions()}
    assert all(wrong.misconception or wrong.says for wrong in exercise.wrong.values())


def test_chapters_have_their_exercises() -> None:
    count = {chapter.number: len(load_exercises(chapter.number)) for chapter in chapters()}
    assert count["01"] >= 1
    assert count["02"] >= 2
