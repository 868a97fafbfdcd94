"""Chapters that fail, in words; the others go on. Small notebooks in the place of the course's."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_notebook
from typer.testing import CliRunner

from dockernet_course.cli import app
from dockernet_course.course import chapters, run_chapter
from dockernet_course.lessons.catalogue import chapter

Write = Callable[[str, Sequence[str]], Path]
PARAMETERS = 'ENGINE = "auto"'


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Writes a notebook of that name with those cells."""

    def written(name: str, cells: Sequence[str]) -> Path:
        head = new_code_cell(PARAMETERS, metadata={"tags": ["parameters"]})
        folder = tmp_path / "notebooks"
        folder.mkdir(exist_ok=True)
        nbformat.write(new_notebook(cells=[head, *map(new_code_cell, cells)]), folder / f"{name}.ipynb")
        return folder / f"{name}.ipynb"

    return written


def all_checks(name: str) -> str:
    return f'print("\\n".join({[f"✓ {check}" for check in chapter(name).checks]!r}))'


def test_all_is_well(write: Write, tmp_path: Path) -> None:
    result = run_chapter(write("00-start-here", [all_checks("00-start-here")]), tmp_path)
    assert result.failure == "" and result.passed == result.checks == len(chapter("00-start-here").checks)


def test_the_engine_is_the_notebooks_parameter(write: Write, tmp_path: Path) -> None:
    result = run_chapter(write("00-start-here", ["print(ENGINE)"]), tmp_path, engine="unix:///x")
    outputs = [cell["outputs"] for cell in nbformat.read(result.notebook, as_version=4)["cells"]]
    assert outputs[-1][0]["text"] == "unix:///x\n"


def test_a_cell_that_fails_is_quoted(write: Write, tmp_path: Path) -> None:
    claim = 'raise ClaimFailed("It is not so.", state="Seen: nothing.", cure="Look again.")'
    path = write("00-start-here", ["from dockernet_course import ClaimFailed", 'print("✓ one")', claim, "print(1)"])
    result = run_chapter(path, tmp_path)
    assert result.failure.startswith(f"In the cell\n    {claim}\nClaimFailed: It is not so.")
    assert "Seen: nothing." in result.failure and "Look again." in result.failure
    assert result.passed == 1


def test_a_check_that_did_not_run_is_a_failure(write: Write, tmp_path: Path) -> None:
    result = run_chapter(write("00-start-here", ['print("✓ one\\n– not shown here: two")']), tmp_path)
    assert (result.passed, result.not_shown) == (1, 1)
    assert result.failure == f"It ran 2 of its {result.checks} checks."


def test_a_kernel_that_dies_is_told(write: Write, tmp_path: Path) -> None:
    result = run_chapter(write("00-start-here", ["import os; os._exit(1)"]), tmp_path)
    assert result.failure == "Its kernel died."


@pytest.mark.parametrize(("deaths", "failure"), [(1, ""), (9, "Its kernel did not start.")])
def test_a_kernel_that_does_not_start_is_started_again(
    write: Write, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, deaths: int, failure: str
) -> None:
    count = tmp_path / "count"
    dies = f"echo >> {count}; [ $(wc -l < {count}) -gt {deaths} ] || exit 1"
    spec = {
        "argv": ["sh", "-c", f"{dies}; exec {sys.executable} -m ipykernel_launcher -f {{connection_file}}"],
        "display_name": "x",
        "language": "python",
    }
    (tmp_path / "kernels/python3").mkdir(parents=True)
    (tmp_path / "kernels/python3/kernel.json").write_text(json.dumps(spec))
    monkeypatch.setenv("JUPYTER_PATH", str(tmp_path))
    result = run_chapter(write("00-start-here", [all_checks("00-start-here")]), tmp_path)
    assert result.failure == failure
    assert len(count.read_text()) == min(deaths + 1, 3)


@pytest.mark.usefixtures("own_capsule")
def test_the_command_goes_on_and_ends_with_1(write: Write, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    broken = write("00-start-here", ["lesson"])
    write("01-default-networks", [all_checks("01-default-networks")])
    monkeypatch.setattr(chapters, "FOLDER", broken.parent)
    ran = CliRunner().invoke(app, ["course", "--out", str(tmp_path / "out")])
    assert ran.exit_code == 1
    assert "00-start-here failed. In the cell\n    lesson\nNameError: name 'lesson' is not defined" in ran.output
    assert "12 of 12" in ran.output and "FAILED" in ran.output
    assert {path.name for path in (tmp_path / "out").glob("*.html")} == {
        *("00-start-here.html", "01-default-networks.html", "glossary.html", "index.html")
    }


@pytest.mark.usefixtures("own_capsule")
def test_a_chapter_that_fails_is_not_stored(write: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    broken = write("00-start-here", ["lesson"])
    good = write("01-default-networks", [all_checks("01-default-networks")])
    before = broken.read_text()
    monkeypatch.setattr(chapters, "FOLDER", broken.parent)
    ran = CliRunner().invoke(app, ["notebooks"])
    assert ran.exit_code == 1 and "00-start-here.ipynb is left as it was." in ran.output
    assert broken.read_text() == before
    assert "✓" in good.read_text() and "01-default-networks.ipynb: stored" in ran.output
    ran = CliRunner().invoke(app, ["notebooks", "01"])
    assert ran.exit_code == 0 and "01-default-networks.ipynb: no difference" in ran.output
