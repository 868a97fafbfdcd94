"""The course's data: questions that diagnose, misconceptions that have a place, words that are up to date."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

import pytest

import dockernet_course
from dockernet_course.errors import LessonError
from dockernet_course.lessons.catalogue import chapter, chapters, misconceptions
from dockernet_course.lessons.exercises import Exercise, load_exercises
from dockernet_course.lessons.glossary import find_term, glossary, glossary_markdown
from dockernet_course.lessons.questions import find_question, load_questions, parse_questions
from dockernet_course.widgets import ChoiceQuestion, markup

ROOT = Path(dockernet_course.__file__).parents[1]
QUESTIONS = [question for known in chapters() for question in load_questions(known.number)]
EXERCISES = [exercise for known in chapters() for exercise in load_exercises(known.number)]
LITERAL = re.compile(r"\b(?!127\.0\.0\.(?:1|11)\b)\d+\.\d+\.\d+\.\d+\b|\b[0-9a-f]{2}(:[0-9a-f]{2}){5}\b")

WRONG_FILES = {
    "no TOML": ("[[question]", "no TOML"),
    "no text": ('[[question]]\nid = "02.a"\noption = []\nexplanation = "e"', "has no 'text'"),
    "an unknown field": (
        '[[question]]\nid = "02.a"\ntext = "t"\nexplanation = "e"\n[[question.option]]\ntext = "a"\nfeed = "b"',
        "unknown field",
    ),
}


def words(question: ChoiceQuestion) -> str:
    return " ".join([question.text, question.explanation, *(o.text + o.feedback for o in question.options)])


def by_id(value: ChoiceQuestion | Exercise) -> str:
    return value.id


def test_the_chapters_have_questions_with_ids_of_their_own() -> None:
    assert len(QUESTIONS) >= 9
    assert max(Counter(q.id for q in QUESTIONS).values()) == 1
    assert [found for known in chapters() for found in load_questions(known.number)] == QUESTIONS
    assert find_question(QUESTIONS[0].id) is QUESTIONS[0]
    with pytest.raises(LessonError, match="There is no question"):
        find_question("../02")


@pytest.mark.parametrize("question", QUESTIONS, ids=by_id)
def test_a_question_is_fit_for_a_learner(question: ChoiceQuestion) -> None:
    assert question.text.endswith("?"), "a question asks"
    assert {o.misconception for o in question.options} <= {"", *misconceptions()}
    assert any(o.misconception for o in question.options), "no option stands for a misconception"
    assert len({markup.plain(o.text) for o in question.options}) == len(question.options)
    assert len({o.feedback for o in question.options}) == len(question.options), "each option has its own feedback"
    assert not LITERAL.search(words(question)), "addresses change from run to run"


@pytest.mark.parametrize("question", QUESTIONS, ids=by_id)
def test_the_right_option_is_not_the_longest_by_far(question: ChoiceQuestion) -> None:
    others = [len(o.text) for o in question.options if not o.right]
    assert len(question.right.text) <= 1.6 * max(others)


def test_the_right_option_is_not_always_in_the_same_place() -> None:
    places = Counter(q.options.index(q.right) for q in QUESTIONS)
    assert len(places) >= 3
    assert max(places.values()) <= 0.6 * len(QUESTIONS)


@pytest.mark.parametrize(("text", "says"), WRONG_FILES.values(), ids=WRONG_FILES)
def test_a_broken_question_file_says_what_is_wrong(text: str, says: str) -> None:
    with pytest.raises(LessonError, match=says):
        parse_questions(text, "02.toml")


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (("02.a", "03.a"), "id like 02"),
        (("right = true", ""), "exactly one option"),
        (('feedback = "f"', 'feedback = ""'), "without text or feedback"),
        (("right = true", 'right = true\nmisconception = "M1"'), "misconception in its right option"),
        (('[[question.option]]\ntext = "b"\nright = true\nfeedback = "f"', ""), "1 options"),
    ],
)
def test_a_question_that_makes_no_sense_is_refused(change: tuple[str, str], says: str) -> None:
    good = (
        '[[question]]\nid = "02.a"\ntext = "t"\nexplanation = "e"\n'
        '[[question.option]]\ntext = "a"\nfeedback = "g"\n'
        '[[question.option]]\ntext = "b"\nright = true\nfeedback = "f"'
    )
    assert parse_questions(good, "02.toml")
    with pytest.raises(LessonError, match=says):
        parse_questions(good.replace(*change), "02.toml")


def test_every_misconception_has_a_chapter_or_is_for_later() -> None:
    assert list(misconceptions()) == [f"M{n}" for n in range(1, 39)]
    for known in misconceptions().values():
        assert known.belief
        assert known.chapter == "later" or known.id in chapter(known.chapter).refutes, known
    for known_chapter in chapters():
        for mid in known_chapter.refutes:
            assert misconceptions()[mid].chapter == known_chapter.id


@pytest.mark.parametrize("known", chapters(), ids=lambda c: c.id)
def test_a_chapter_takes_on_what_it_says(known: object) -> None:
    found = chapter(getattr(known, "id", ""))
    asked = {o.misconception for q in load_questions(found.number) for o in q.options}
    diagnosed = {w.misconception for e in load_exercises(found.number) for w in e.wrong.values()}
    assert set(found.refutes) <= asked | diagnosed, "a misconception that nothing asks about"
    assert 0 < found.minutes <= 45
    assert 1 <= len(found.objectives) <= 5
    assert all(check.startswith(f"{found.number}.") for check in found.checks)


@pytest.mark.parametrize("exercise", EXERCISES, ids=by_id)
def test_a_solution_is_lines_to_type(exercise: Exercise) -> None:
    lines = exercise.solution()
    assert lines and "def " not in lines and "return " not in lines and "type: ignore" not in lines
    compile(lines, exercise.id, "exec")


def test_a_chapter_that_is_not_there_is_told() -> None:
    with pytest.raises(LessonError, match="02-bridge"):
        chapter("2")


def test_a_word_is_found_by_its_name() -> None:
    assert find_term("Veth Pair") is find_term("veth-pair")
    with pytest.raises(LessonError, match="not in the glossary"):
        find_term("flux capacitor")


def test_the_glossary_is_whole() -> None:
    anchors = [term.anchor for term in glossary()]
    assert len(anchors) == len(set(anchors)) > 5
    assert {term.chapter for term in glossary()} <= {known.id for known in chapters()}
    assert all(term.source and term.short.endswith(".") for term in glossary())


def test_the_glossary_page_is_up_to_date() -> None:
    page = (ROOT / "notebooks" / "glossary.md").read_text(encoding="utf-8")
    assert page == glossary_markdown(), "python -m dockernet_course.lessons.glossary > notebooks/glossary.md"
