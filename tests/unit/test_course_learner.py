"""The learner's copy: no answers, never overwritten."""

from __future__ import annotations

from pathlib import Path

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_notebook, new_output

from dockernet_course.course import learners_copy, notebooks
from dockernet_course.errors import LessonError

Given = tuple[Path, Path]


def write(path: Path, code: str) -> None:
    cell = new_code_cell(code, execution_count=3, outputs=[new_output("stream", text="the answer")])
    nbformat.write(new_notebook(cells=[cell]), path)


@pytest.fixture
def given(tmp_path: Path) -> Given:
    """A notebook of the course, and the folder of a learner who has it."""
    source, folder = tmp_path / "01-x.ipynb", tmp_path / "my-course"
    write(source, "first")
    assert learners_copy([source], folder) == []
    return source, folder


def test_no_answer_stands_under_its_question(given: Given) -> None:
    source, folder = given
    (cell,) = nbformat.read(folder / source.name, as_version=4)["cells"]
    assert cell["source"] == "first" and cell["outputs"] == [] and cell["execution_count"] is None
    assert "the answer" in source.read_text()


def test_a_second_time_nothing_happens(given: Given) -> None:
    source, folder = given
    before = {path: path.stat().st_mtime_ns for path in folder.glob("*.ipynb")}
    assert learners_copy([source], folder) == []
    assert {path: path.stat().st_mtime_ns for path in folder.glob("*.ipynb")} == before


def test_what_was_not_touched_is_renewed(given: Given) -> None:
    source, folder = given
    write(source, "second")
    assert learners_copy([source], folder) == []
    assert "second" in (folder / source.name).read_text()


def test_what_the_learner_changed_stays_and_the_new_one_is_beside_it(given: Given) -> None:
    source, folder = given
    mine = folder / source.name
    mine.write_text(mine.read_text().replace("first", "mine"))
    assert learners_copy([source], folder) == []
    assert "mine" in mine.read_text()
    for number, code in enumerate(("second", "third"), 1):
        write(source, code)
        (line,) = learners_copy([source], folder)
        name = "01-x.new.ipynb" if number == 1 else f"01-x.new-{number}.ipynb"
        assert name in line and code in (folder / name).read_text()
        assert learners_copy([source], folder) == [], "told once"
    assert "mine" in mine.read_text() and "second" in (folder / "01-x.new.ipynb").read_text()


def test_a_file_of_the_learners_own_with_that_name_stays(tmp_path: Path) -> None:
    source, folder = tmp_path / "01-x.ipynb", tmp_path / "my-course"
    write(source, "first")
    folder.mkdir()
    (folder / source.name).write_text("{}")
    assert len(learners_copy([source], folder)) == 1
    assert (folder / source.name).read_text() == "{}"


def test_what_was_deleted_comes_back(given: Given) -> None:
    source, folder = given
    (folder / source.name).unlink()
    learners_copy([source], folder)
    assert (folder / source.name).exists()


def test_chapters_are_chosen_by_number_or_name() -> None:
    assert [path.name[:2] for path in notebooks()] == sorted(path.name[:2] for path in notebooks())
    assert [path.stem for path in notebooks(["02"])] == ["02-bridge"]
    assert [path.stem for path in notebooks(["02-bridge", "00"])] == ["00-start-here", "02-bridge"]
    with pytest.raises(LessonError, match="no chapter '77'"):
        notebooks(["77"])
