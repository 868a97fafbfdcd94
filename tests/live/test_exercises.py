"""Every exercise three ways: untouched, the reference, and each wrong solution that the course knows."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest

from dockernet_course.engines import Engine
from dockernet_course.lab import open_lab
from dockernet_course.lessons import Lesson, begin
from dockernet_course.lessons.catalogue import chapters, misconceptions
from dockernet_course.lessons.exercises import Exercise, Wrong, load_exercises
from dockernet_course.observe import observe

pytestmark = pytest.mark.live

EXERCISES = [(chapter.id, exercise) for chapter in chapters() for exercise in load_exercises(chapter.number)]
WRONG = [(cid, exercise, name) for cid, exercise in EXERCISES for name in exercise.wrong]


@pytest.fixture
def lesson(request: pytest.FixtureRequest, engine: Engine, own_progress: None) -> Iterator[Lesson]:
    """The lesson of the exercise, which has begun."""
    exercise = request.getfixturevalue("exercise")
    cid = next(cid for cid, known in EXERCISES if known is exercise)
    begun = begin(cid, engine)
    try:
        begun.exercise(exercise.id)
        yield begun
    finally:
        begun.close()


def by_id(value: object) -> str | None:
    return value.id if isinstance(value, Exercise) else None


all_exercises = pytest.mark.parametrize("exercise", [e for _, e in EXERCISES], ids=by_id)


@all_exercises
def test_untouched_is_not_attempted(lesson: Lesson, exercise: Exercise, capsys: pytest.CaptureFixture[str]) -> None:
    lesson.check(exercise.id)
    assert lesson.outcomes == {exercise.id: "not attempted"}
    assert "– not attempted" in capsys.readouterr().out


@all_exercises
def test_the_reference_is_correct(lesson: Lesson, exercise: Exercise, capsys: pytest.CaptureFixture[str]) -> None:
    lesson.solution(exercise.id)
    lesson.check(exercise.id)
    out = capsys.readouterr().out
    assert f"A solution of {exercise.id}" in out
    assert "✓ correct" in out, out
    lesson.reset()
    assert lesson.judge(exercise.id).verdict == "not attempted"


@pytest.mark.parametrize(("exercise", "name"), [(e, name) for _, e, name in WRONG], ids=by_id)
def test_what_is_wrong_is_diagnosed(lesson: Lesson, exercise: Exercise, name: str) -> None:
    wrong: Wrong = exercise.wrong[name]
    answer = wrong.action(lesson.lab)
    outcome = lesson.judge(exercise.id, answer if exercise.asks else None)
    assert outcome.verdict == "wrong", outcome
    assert outcome.misconception == wrong.misconception, outcome
    assert wrong.says in outcome.why


@all_exercises
def test_hints_do_not_give_the_solution_away(lesson: Lesson, exercise: Exercise) -> None:
    hints = [lesson.workshop.hint(exercise.id)[1] for _ in exercise.hints]
    assert len(set(hints)) >= 2
    for line in exercise.solution().splitlines():
        assert not any(line.strip() in hint for hint in hints)


@pytest.mark.usefixtures("own_progress")
@pytest.mark.parametrize("on", [True, False])
def test_the_learners_own_host_is_left_as_it_was_found(private_engine: Engine, on: bool) -> None:
    own = replace(private_engine, kind="own", capsule=None)
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


@all_exercises
def test_an_exercise_is_whole(exercise: Exercise) -> None:
    assert exercise.task and exercise.title
    assert len(exercise.wrong) >= 2
    assert {wrong.misconception for wrong in exercise.wrong.values()} <= {"", *misconceptions()}
    assert all(wrong.misconception or wrong.says for wrong in exercise.wrong.values())


def test_chapters_have_their_exercises() -> None:
    count = {chapter.number: len(load_exercises(chapter.number)) for chapter in chapters()}
    assert count["01"] >= 1
    assert count["02"] >= 2
