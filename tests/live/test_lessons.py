"""A lesson on a live engine, as a chapter and a learner use it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from dockernet_course.engines import Engine
from dockernet_course.engines.find import private
from dockernet_course.errors import ClaimFailed, LabError, LessonError
from dockernet_course.figures import film_view
from dockernet_course.lessons import Lesson, begin
from dockernet_course.lessons.questions import load_questions
from dockernet_course.lessons.refusal import refused
from dockernet_course.lessons.results import data_dir
from dockernet_course.lessons.walks import COLOURS
from dockernet_course.observe import observe, record
from dockernet_course.widgets import FilmWidget
from tests.pages import tell

pytestmark = pytest.mark.live

SHOWN = """
import matplotlib; matplotlib.use("agg")
from dockernet_course import begin, record, watch
lesson = begin({chapter!r}, {engine!r})
lesson.predict({question!r})
watch(record(lesson.lab, lambda: lesson.lab.run("web")))
lesson.expect("02.here", True, "it is so")
"""


@pytest.fixture
def lesson(engine: Engine, own_progress: None) -> Iterator[Lesson]:
    begun = begin("02-bridge", engine)
    yield begun
    begun.close()


def kept() -> dict[str, dict[str, dict[str, str]]]:
    found: dict[str, dict[str, dict[str, str]]] = json.loads((data_dir() / "progress.json").read_text())["chapters"]
    return found


def test_the_card_says_which_engine(lesson: Lesson, capsys: pytest.CaptureFixture[str]) -> None:
    begin("02-bridge", lesson.engine).close()
    out = capsys.readouterr().out
    assert f"02-bridge on Docker Engine {lesson.engine.version}" in out
    assert lesson.engine.why in out


def test_a_chapter_that_changes_the_host_takes_a_private_engine(
    private_engine: Engine,
    own_progress: None,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("DOCKERNET_CAPSULE", "in-its-place")
    theirs = replace(private_engine, kind="own", name=None)
    lesson = begin("09-out-and-in", theirs)
    try:
        assert lesson.engine.name == "in-its-place" and lesson.lab.outside
        assert "your own has no outside" in capsys.readouterr().out
    finally:
        lesson.close()
        private.stop("in-its-place")


def test_the_chapter_before_is_closed_and_it_is_said(lesson: Lesson, capsys: pytest.CaptureFixture[str]) -> None:
    lesson.lab.run("web")
    second = begin("01-default-networks", lesson.engine)
    assert "The chapter before, 02-bridge, is closed." in capsys.readouterr().out
    assert observe(second.lab).containers == ()
    with pytest.raises(LabError, match="closed"):
        lesson.lab.run("db")
    second.close()


def test_a_claim_that_holds_is_kept(lesson: Lesson, capsys: pytest.CaptureFixture[str]) -> None:
    lesson.expect("02.true", condition=[1], why="a list is not empty")
    lesson.not_shown("02.hidden", "there is no IPv6 here")
    assert capsys.readouterr().out.endswith("✓ a list is not empty\n– not shown here: there is no IPv6 here\n")
    assert kept()["02-bridge"]["checks"] == {"02.true": "passed", "02.hidden": "not shown"}


def test_a_claim_that_does_not_hold_says_what_was_seen(lesson: Lesson) -> None:
    lesson.lab.run("web")
    with pytest.raises(ClaimFailed) as raised:
        lesson.expect("02.false", False, "web has no address", seen="an address")
    assert raised.value.what == "[02.false] This does not hold on this engine: web has no address."
    assert raised.value.state == "Seen: an address. In the lab: web (running, network bridge)."
    assert lesson.engine.version in raised.value.cure
    assert kept()["02-bridge"]["checks"] == {"02.false": "failed"}


def test_an_id_is_taken_once_but_a_cell_may_run_again(lesson: Lesson) -> None:
    lesson.expect("02.one", True, "one")
    lesson.expect("02.one", True, "one")
    with pytest.raises(LessonError, match="Two checks have the id"):
        lesson.expect("02.one", True, "two")
    with pytest.raises(LessonError, match="not of this chapter"):
        lesson.expect("01.one", True, "one")


def test_the_summary_counts(lesson: Lesson, capsys: pytest.CaptureFixture[str]) -> None:
    lesson.expect("02.one", True, "one")
    lesson.not_shown("02.two", "two")
    questions = load_questions("02")[:3]
    for question in questions:
        lesson.predict(question.id)
    tell(lesson.predictions[questions[0].id], "commit", choice=questions[0].options.index(questions[0].right))
    tell(lesson.predictions[questions[1].id], "skip")
    lesson.end()
    out = capsys.readouterr().out
    assert "checks: 1 passed, 1 not shown on this engine" in out
    assert "predictions: 1 answered (1 right), 1 skipped, 1 left open" in out
    assert kept()["02-bridge"]["predictions"] == {questions[0].id: "right", questions[1].id: "skipped"}


def test_a_check_before_its_exercise_says_what_to_do(lesson: Lesson) -> None:
    with pytest.raises(LessonError, match=r"lesson\.exercise"):
        lesson.check("02.cable")
    with pytest.raises(LessonError, match="There is no exercise"):
        lesson.check("02.nothing")


def test_reset_before_any_exercise_empties_the_lab(lesson: Lesson) -> None:
    lesson.lab.create_network("mine")
    lesson.lab.run("web", network="mine")
    lesson.reset()
    seen = observe(lesson.lab)
    assert seen.containers == ()
    assert [n.name for n in seen.networks] == ["bridge", "host", "none"]


def test_a_solution_that_was_spoilt_raises(lesson: Lesson) -> None:
    lesson.solution("02.cable")
    lesson.lab.remove("web")
    with pytest.raises(ClaimFailed, match="own solution"):
        lesson.check("02.cable")


def test_a_program_that_gives_up_later_is_no_refusal_of_the_engines(
    lesson: Lesson, capsys: pytest.CaptureFixture[str]
) -> None:
    refused(lambda: lesson.lab.run("late", ["sh", "-c", "sleep 2; echo the port is taken; exit 3"]))
    said = capsys.readouterr().out
    assert "the port is taken" in said and "Error response" not in said
    assert lesson.lab.containers() == (), "as a run that fails, it leaves nothing behind"
    refused(lambda: lesson.lab.remove("bridge"))
    assert "Error response from daemon: " in capsys.readouterr().out
    with pytest.raises(LessonError, match="The engine did this"):
        refused(lambda: lesson.lab.run("stays"))


def test_leaving_a_chapter_mends_the_host(lesson: Lesson) -> None:
    if not lesson.engine.private:
        return  # the host of somebody's own engine is left alone
    lesson.exercise("02.cable")
    lesson.lab.host("ip link set docker0 down")
    lesson.close()
    again = begin("02-bridge", lesson.engine)
    docker0 = observe(again.lab).host.interface("docker0")
    again.close()
    assert docker0 and docker0.up


def test_a_film_shows_as_widget_picture_and_table(lesson: Lesson) -> None:
    film = record(lesson.lab, lambda: lesson.lab.run("web"))
    widget = FilmWidget(film_view(film, title="What did it attach?"), COLOURS)
    data, metadata = widget._repr_mimebundle_()
    assert set(data) == {"application/vnd.jupyter.widget-view+json", "image/png", "text/plain"}
    assert "What did it attach?" in metadata["image/png"]["alt"]
    steps = json.loads(widget.data)["steps"]
    assert [step["title"] for step in steps] == [frame.title for frame in film.frames]
    assert all(step["alt"] and step["strokes"] for step in steps)


def test_everything_shows_without_a_notebook(engine: Engine, tmp_path: Path) -> None:
    """The same lines in a plain program, whose kernel-less output is text; and the lab goes with the process."""
    program = SHOWN.format(chapter="02-bridge", engine=engine.address, question=load_questions("02")[0].id)
    done = subprocess.run(
        [sys.executable, "-c", program],
        check=False,
        capture_output=True,
        text=True,
        env={**os.environ, "DOCKERNET_DATA": str(tmp_path)},
    )
    assert done.returncode == 0, done.stderr
    assert "Predict: " in done.stdout
    assert "a veth pair" in done.stdout
    assert "✓ it is so" in done.stdout
