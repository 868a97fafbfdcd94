"""What a lesson is made of, without an engine: results that last, claims, exercises, cards, summaries."""

from __future__ import annotations

import json
import multiprocessing
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import cast

import pytest

import dockernet_course
from dockernet_course.engines import Engine, PassedOver
from dockernet_course.errors import LessonError
from dockernet_course.lab import Lab
from dockernet_course.lessons.card import Card, told_in
from dockernet_course.lessons.catalogue import Chapter, Objective, chapters
from dockernet_course.lessons.claims import FAILED, NOT_SHOWN, PASSED, Claims, likely_cause
from dockernet_course.lessons.exercises import (
    Context,
    Exercise,
    Outcome,
    Wrong,
    correct,
    find_exercise,
    not_attempted,
    wrong,
)
from dockernet_course.lessons.exercises.seen import undisturbed
from dockernet_course.lessons.notes import Note, OutputSlot
from dockernet_course.lessons.overview import overview, second_look
from dockernet_course.lessons.results import Progress, data_dir
from dockernet_course.lessons.summary import summary
from dockernet_course.observe import Namespace, Topology
from dockernet_course.observe.model import Container

EMPTY = Topology("26.1", Namespace(1, True, ()))
SOMETHING = Topology("26.1", Namespace(1, True, ()), containers=(Container("web", "1" * 64, "i", "running", "x", 2),))
BAD = "<script>"


@pytest.fixture
def progress(tmp_path: Path) -> Progress:
    return Progress(tmp_path / "data" / "progress.json")


def write_many(path: Path, kernel: int) -> None:
    for n in range(20):
        Progress(path).note("02-bridge", "checks", f"02.{kernel}-{n}", "passed")


def test_results_last(progress: Progress) -> None:
    assert progress.results() == {}
    progress.note("02-bridge", "checks", "02.a", "failed")
    progress.note("02-bridge", "checks", "02.a", "passed")
    progress.note("01-default-networks", "predictions", "01.b", "M20")
    assert Progress(progress.path).results() == {
        "02-bridge": {"checks": {"02.a": "passed"}},
        "01-default-networks": {"predictions": {"01.b": "M20"}},
    }
    assert progress.trouble == ""


def test_kernels_do_not_lose_each_others_results(progress: Progress) -> None:
    kernels = [multiprocessing.Process(target=write_many, args=(progress.path, n)) for n in range(4)]
    for kernel in kernels:
        kernel.start()
    for kernel in kernels:
        kernel.join()
    assert len(progress.results()["02-bridge"]["checks"]) == 80
    assert sorted(p.name for p in progress.path.parent.iterdir()) == ["progress.json", "progress.lock"]


@pytest.mark.parametrize(
    "text", ["", "{", "[]", '{"version": 2, "chapters": {}}', '{"version": 1, "chapters": {"a": {"checks": [1]}}}']
)
def test_a_damaged_file_is_set_aside(progress: Progress, text: str) -> None:
    progress.path.parent.mkdir()
    progress.path.write_text(text)
    progress.note("02-bridge", "checks", "02.a", "passed")
    assert progress.results() == {"02-bridge": {"checks": {"02.a": "passed"}}}
    assert progress.path.with_name("progress.damaged-1.json").read_text() == text
    assert "damaged-1" in progress.trouble


def test_a_second_damaged_file_does_not_replace_the_first(progress: Progress) -> None:
    progress.path.parent.mkdir()
    for text in ("first", "second"):
        progress.path.write_text(text)
        progress.results()
    assert progress.path.with_name("progress.damaged-1.json").read_text() == "first"
    assert progress.path.with_name("progress.damaged-2.json").read_text() == "second"


def test_what_cannot_be_written_is_told_and_stops_nothing(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    progress = Progress(tmp_path / "file" / "progress.json")
    progress.note("02-bridge", "checks", "02.a", "passed")
    assert "cannot be written" in progress.trouble


def test_where_the_results_are(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("DOCKERNET_DATA", str(tmp_path))
    assert Progress.of_user().path == tmp_path / "progress.json"
    monkeypatch.delenv("DOCKERNET_DATA")
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "xdg"))
    assert data_dir() == tmp_path / "xdg" / "dockernet"


def test_the_file_is_readable_by_people(progress: Progress) -> None:
    progress.note("02-bridge", "exercises", "02.é", "correct")
    text = progress.path.read_text(encoding="utf-8")
    assert json.loads(text)["version"] == 1
    assert "02.é" in text


def test_claims_are_counted_by_their_last_result() -> None:
    told: list[tuple[str, str]] = []
    claims = Claims("02", lambda cid, result: told.append((cid, result)))
    claims.count("02.a", "a", FAILED)
    claims.count("02.a", "a", PASSED)
    claims.count("02.b", "b", NOT_SHOWN)
    assert claims.having(PASSED) == ("02.a",)
    assert claims.having(NOT_SHOWN) == ("02.b",)
    assert told == [("02.a", FAILED), ("02.a", PASSED), ("02.b", NOT_SHOWN)]
    with pytest.raises(LessonError, match=r"One says: a\nThe other: c"):
        claims.count("02.a", "c", PASSED)
    assert claims.results["02.a"] == PASSED


def exercise(asks: str = "") -> Exercise:
    return Exercise(
        id="02.x",
        title=f"Title {BAD}",
        task=f"Do `it` {BAD}:\n    ",
        terminal="docker run",
        judge=lambda now, about: correct("yes") if now.containers or about.answer == 42 else wrong("no", "M1"),
        hints=("first", lambda now, _: f"{len(now.containers)} there"),
        reference=lambda _: 42,
        wrong={"a": Wrong(lambda _: None, "M1")},
        asks=asks,
    )


def context(answer: object = None) -> Context:
    return Context(cast(Lab, None), EMPTY, answer)


def test_untouched_is_not_attempted_whatever_the_judge_says() -> None:
    assert exercise().outcome(EMPTY, context()) == not_attempted()
    assert exercise().outcome(SOMETHING, context()) == correct("yes")


def test_a_question_wants_an_answer() -> None:
    asking = exercise(asks="the number")
    outcome = asking.outcome(EMPTY, context())
    assert outcome.verdict == "not attempted"
    assert 'lesson.check("02.x", …)' in outcome.why
    assert asking.outcome(EMPTY, context(41)) == wrong("no", "M1")
    assert asking.outcome(EMPTY, context(42)).correct


def test_hints_follow_the_state_and_the_last_one_stays() -> None:
    assert exercise().hint(0, EMPTY, context()) == "first"
    assert exercise().hint(1, EMPTY, context()) == "0 there"
    assert exercise().hint(7, SOMETHING, context()) == "1 there"


def test_an_exercise_that_is_not_there_is_told() -> None:
    for eid in ("02.nothing", "nothing", "../x"):
        with pytest.raises(LessonError, match="There is no exercise"):
            find_exercise(eid)


def test_hostile_words_are_escaped() -> None:
    engine = Engine("own", f"unix://{BAD}", BAD, "1.45", BAD, (PassedOver(BAD, BAD),))
    for shown in (exercise().poster(BAD), wrong(BAD), Note(BAD, BAD), Card(BAD, engine)):
        assert BAD not in shown._repr_html_()
        assert BAD in repr(shown)


def test_an_outcome_reads_as_text_and_as_html() -> None:
    outcome = Outcome("wrong", "`db` is not there.", "M2")
    assert repr(outcome) == "✗ wrong: db is not there."
    assert "<code>db</code>" in outcome._repr_html_()


def test_the_card_names_what_was_passed_over() -> None:
    engine = Engine("capsule", "unix:///x", "26.1", "1.45", "none of yours", (PassedOver("Podman", "no Docker"),))
    assert repr(Card("02-bridge", engine)).splitlines() == [
        "02-bridge on Docker Engine 26.1 (API 1.45), a private engine of the course, a capsule: none of yours",
        "  passed over: Podman: no Docker",
    ]
    assert "<details><summary>Passed over</summary>" in Card("02-bridge", engine)._repr_html_()


def test_the_card_says_in_one_line_what_the_engine_is_set_to() -> None:
    engine = Engine("own", "unix:///d", "26.1.5", "1.45", "DOCKER_HOST says so")
    line = repr(Card("02-bridge", engine, ("icc=false", "log-driver=none"))).splitlines()[1]
    assert line.startswith("Set otherwise than Docker's defaults: icc=false, log-driver=none. ")
    assert 'begin("02-bridge", engine="capsule")' in line
    assert "icc=false" in Card("02-bridge", engine, ("icc=false",))._repr_html_()
    assert len(repr(Card("02-bridge", engine)).splitlines()) == 1


def test_waiting_is_told_in_a_few_steps(capsys: pytest.CaptureFixture[str]) -> None:
    told = told_in(OutputSlot())
    for part in range(100):
        told("building" if part == 0 else "", part / 100)
    lines = capsys.readouterr().out.count("building …")
    assert lines == 10


CHAPTER = Chapter("02-bridge", "Bridge", 45, (), (Objective("see", ("02.a", "02.b", "02.c", "02.d")),))


def test_the_summary_tells_what_was_not_run() -> None:
    claims = Claims("02", lambda *_: None)
    claims.count("02.a", "a", PASSED)
    claims.count("02.b", "b", FAILED)
    claims.count("02.c", "c", NOT_SHOWN)
    answers = {"02.p": "right", "02.q": "wrong", "02.r": "skipped"}
    text = summary(CHAPTER, claims, [*answers, "02.s"], answers, {"02.x": "correct"})
    assert text.splitlines() == [
        "02-bridge is closed.",
        "checks: 1 passed, 1 failed, 1 not shown on this engine",
        "not run: 1 of 4",
        "predictions: 2 answered (1 right), 1 skipped, 1 left open",
        "exercise 02.x: correct",
    ]


def test_the_overview_counts_what_is_known_and_ignores_what_is_not() -> None:
    first = chapters()[2]
    results = {first.id: {"checks": {first.checks[0]: "passed", "02.gone": "passed"}, "predictions": {"02.gone": "M2"}}}
    rows = {row[0][:2]: row for row in overview(results).rows}
    assert rows["02"][2] == f"1 of {len(first.checks)}"
    assert rows["01"][2].startswith("0 of ")


def test_wrong_predictions_are_worth_a_second_look() -> None:
    results = {"02-bridge": {"predictions": {"02.a": "M2", "02.b": "right", "02.c": "M2", "02.d": "wrong"}}}
    assert second_look(results) == "- *names resolve on every network* (02-bridge)"
    assert second_look({}) == ""


def test_the_root_has_what_it_says() -> None:
    for name in dockernet_course.__all__:
        assert getattr(dockernet_course, name) is not None
    assert callable(dockernet_course.observe)
    with pytest.raises(AttributeError, match="nothing"):
        _ = dockernet_course.nothing


@pytest.mark.parametrize(
    "program",
    [
        "import dockernet_course.observe.film; from dockernet_course import observe; assert callable(observe)",
        "from dockernet_course import observe; import dockernet_course.observe; assert callable(observe)",
        "from dockernet_course import *; assert callable(observe) and callable(begin)",
        "import sys, dockernet_course.engines; assert not {'matplotlib', 'IPython', 'ipywidgets'} & set(sys.modules)",
    ],
)
def test_the_root_is_light_and_the_same_in_any_order(program: str) -> None:
    subprocess.run([sys.executable, "-W", "error::ImportWarning", "-c", program], check=True)


@pytest.mark.parametrize(("pid", "same"), [(7, True), (8, False), (None, False)])
def test_a_restarted_container_is_known_by_its_process(pid: int | None, same: bool) -> None:
    """The kernel gives its new namespace the number of the old one, now and then."""
    web = Container("web", "1" * 64, "i", "running", "bridge", 2, pid=7)
    handle = SimpleNamespace(name="web", id=web.id)
    lab = cast(Lab, SimpleNamespace(containers=lambda: (handle,), container=lambda _: "web"))
    about = Context(lab, replace(EMPTY, containers=(web,)))
    now = replace(EMPTY, containers=(replace(web, pid=pid, namespace=2 if pid else None),))
    assert (undisturbed(now, about, "web") is not None) is same


def test_a_setting_is_named_before_the_release_is_blamed() -> None:
    assert likely_cause("02-bridge", "26.1.5", ()).endswith("(Docker Engine 26.1.5): please report it.")
    said = likely_cause("02-bridge", "26.1.5", ("icc=false",))
    assert "how this engine is set: icc=false. " in said and 'engine="capsule"' in said
    assert "report" not in said and "26.1.5" not in said
