"""What is not loaded before it is needed: a first cell, the command and the doctor are there at once.

Modules are looked at, not seconds: matplotlib and numpy take most of a second, docker-py and requests a tenth.
"""

from __future__ import annotations

import ast
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import nbformat
import pytest

NOTEBOOKS = sorted(Path(__file__).parents[2].glob("notebooks/[0-9][0-9]-*.ipynb"))
DRAWING = {"matplotlib", "numpy", "PIL"}
NOTEBOOK = {"IPython", "ipywidgets", "nbformat", "jupyter_client", "nbconvert"}
ENGINE = {"docker", "requests", "urllib3"}


def loaded(program: str, folder: Path) -> set[str]:
    """The names of the packages that are loaded when the program has run in a process of its own."""
    say = "import sys; print('\\n' + ' '.join({name.partition('.')[0] for name in sys.modules}))"
    own = {"XDG_RUNTIME_DIR": str(folder), "DOCKERNET_DATA": str(folder), "HOME": str(folder)}
    env = {name: value for name, value in os.environ.items() if name not in {"DOCKER_HOST", "DOCKERNET_ENGINE"}}
    ended = subprocess.run(
        [sys.executable, "-c", f"{program}\n{say}"], env={**env, **own}, capture_output=True, text=True, check=True
    )
    return set(ended.stdout.splitlines()[-1].split())


def imported() -> Iterator[str]:
    """What the chapters import of the course."""
    for path in NOTEBOOKS:
        for cell in nbformat.read(path, as_version=4).cells:
            if cell.cell_type == "code" and "from dockernet_course import" in cell.source:
                yield from (
                    n.name
                    for line in ast.parse(cell.source).body
                    if isinstance(line, ast.ImportFrom)
                    for n in line.names
                )


def test_a_first_cell_draws_nothing_and_asks_no_engine(tmp_path: Path) -> None:
    names = sorted(set(imported()))
    assert {"begin", "observe", "show_map", "walk"} <= set(names)
    assert not loaded(f"from dockernet_course import {', '.join(names)}", tmp_path) & (DRAWING | ENGINE | {"nbformat"})


def test_a_picture_brings_what_draws_it(tmp_path: Path) -> None:
    program = "from tests.gallery.cases import CASES\nfrom tests.gallery.gallery import case_map\n"
    assert loaded(f"{program}case_map(CASES[1]()).png()", tmp_path) >= DRAWING


@pytest.mark.parametrize("command", ["--help", "doctor --engine capsule", "engine status"])
def test_the_command_brings_nothing_that_it_does_not_need(command: str, tmp_path: Path) -> None:
    program = f"from dockernet_course.cli import app\ntry: app({command.split()})\nexcept SystemExit: pass"
    assert not loaded(program, tmp_path) & (DRAWING | NOTEBOOK | ENGINE)
