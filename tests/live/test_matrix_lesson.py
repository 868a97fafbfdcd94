"""The matrix in a lesson, on a live engine: said, measured, compared."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

import pytest

from dockernet_course import reachability, show_matrix
from dockernet_course.engines import Engine
from dockernet_course.errors import LessonError
from dockernet_course.experiments import Matrix
from dockernet_course.lab import ContainerHandle
from dockernet_course.lessons import Lesson, begin, matrix, questions
from dockernet_course.lessons.results import data_dir
from dockernet_course.widgets import Grid, GridQuestion
from tests.pages import tell

pytestmark = pytest.mark.live

QUESTION = GridQuestion("02.who", "Who reaches whom?", "A common network decides.")
ADDRESS = re.compile(r"\b\d{1,3}(?:\.\d{1,3}){3}\b")


@pytest.fixture
def lesson(engine: Engine, own_progress: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[Lesson]:
    """A lesson of a chapter that has one grid more than the course's."""
    monkeypatch.setattr(questions, "load_grids", lambda number: (QUESTION,) if number == "02" else ())
    begun = begin("02-bridge", engine)
    yield begun
    begun.close()


@pytest.fixture
def asked(lesson: Lesson) -> list[ContainerHandle]:
    """Two containers on the default bridge, and one that serves nothing on a network of its own."""
    mine = lesson.lab.create_network("mine")
    pair = [lesson.lab.run("web"), lesson.lab.run("db")]
    for server in pair:
        server.wait_ready()
    return [*pair, lesson.lab.run("api", "sleep 1000", network=mine)]


def kept() -> str:
    found = json.loads((data_dir() / "progress.json").read_text())["chapters"]
    return str(found["02-bridge"]["predictions"]["02.who"])


def measured(lesson: Lesson, asked: list[ContainerHandle]) -> Matrix:
    return reachability(lesson.lab, asked, asked)


def commit(grid: Grid, guess: dict[tuple[str, str, str], bool]) -> None:
    assert set(guess) <= set(grid.cells)
    tell(grid, "commit", said=[guess.get(key) for key in grid.cells])


def test_without_an_answer_each_kind_of_failure_is_explained(
    lesson: Lesson, asked: list[ContainerHandle], capsys: pytest.CaptureFixture[str]
) -> None:
    lesson.predict_matrix("02.who", asked, asked)
    found = measured(lesson, asked)
    capsys.readouterr()
    lesson.compare("02.who", found)
    shown = capsys.readouterr().out
    lines = shown.splitlines()
    assert lines[0] == "What failed, and why"
    assert {"**name not found**", "**timeout**"} <= set(re.findall(r"^- (\*\*.+?\*\*)", shown, re.MULTILINE))
    assert "`web` to `db` and" in shown or "`web` to `db`," in shown
    assert not ADDRESS.search(shown)
    lesson.compare("02.who", measured(lesson, asked))
    assert capsys.readouterr().out == shown


def test_what_was_said_is_compared_and_kept(
    lesson: Lesson, asked: list[ContainerHandle], capsys: pytest.CaptureFixture[str]
) -> None:
    lesson.predict_matrix("02.who", asked, asked)
    grid = lesson.foresight.grids["02.who"]
    can = [("web", "db", "name"), ("db", "web", "name"), ("web", "db", "address")]
    commit(grid, {**dict.fromkeys(can, True), ("web", "api", "address"): False})
    assert kept() == matrix.COMMITTED
    found = measured(lesson, asked)
    capsys.readouterr()
    lesson.compare("02.who", found)
    shown = capsys.readouterr().out
    assert "What came differently from what you said?" in shown and "∅≠" in shown
    assert (
        "2 of 4 as you said\n- You said ✓, measured **name not found**, by name: `web` to `db`, `db` to `web`." in shown
    )
    assert "names resolve on every network" in shown
    assert kept() == "M2"
    lesson.end()
    assert "predictions: 1 answered (0 right), 0 skipped, 0 left open" in capsys.readouterr().out


def test_all_as_said_is_right(lesson: Lesson, asked: list[ContainerHandle], capsys: pytest.CaptureFixture[str]) -> None:
    lesson.predict_matrix("02.who", ["web"], ["db"], ways=("name", "port"))
    grid = lesson.foresight.grids["02.who"]
    commit(grid, {("web", "db", "port"): True, ("web", "db", "name"): False})
    lesson.compare("02.who", measured(lesson, asked))
    assert kept() == "right"
    assert "2 of 2 as you said" in capsys.readouterr().out


def test_skipping_is_kept(lesson: Lesson) -> None:
    lesson.predict_matrix("02.who", ["web"], ["db"])
    tell(lesson.foresight.grids["02.who"], "skip")
    assert kept() == "skipped"


def test_a_container_that_went_meanwhile_stops_nothing(
    lesson: Lesson, asked: list[ContainerHandle], capsys: pytest.CaptureFixture[str]
) -> None:
    found = measured(lesson, asked)
    asked[2].remove()
    lesson.compare("02.who", found)
    assert "no longer there" in capsys.readouterr().out


def test_the_picture_of_what_was_measured(lesson: Lesson, asked: list[ContainerHandle]) -> None:
    shown = show_matrix(measured(lesson, asked), "Who reaches whom?")
    assert "By address: web reaches db; db reaches web;" in shown.alt
    assert "at port 80" in repr(shown)
    assert shown.png().startswith(b"\x89PNG")
    assert not ADDRESS.search(shown.alt + repr(shown))


def test_what_is_not_there_is_told(lesson: Lesson, asked: list[ContainerHandle]) -> None:
    with pytest.raises(LessonError, match="There is no grid"):
        lesson.predict_matrix("02.nobody", asked, asked)
    with pytest.raises(LessonError, match="There is no grid"):
        lesson.compare("02.nobody", measured(lesson, asked[:1]))
    with pytest.raises(LessonError, match="There is no way 'smoke'"):
        lesson.predict_matrix("02.who", asked, asked, ways=["smoke"])
