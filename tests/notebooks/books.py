"""The chapters' notebooks as tests see them: cells, what each is for, and runs with something broken."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import nbformat
from jupyter_client.manager import AsyncKernelManager
from nbformat import NotebookNode

from dockernet_course.course import Result, notebooks, run_chapter
from dockernet_course.course.chapters import FOLDER
from dockernet_course.lessons.catalogue import Chapter, chapter
from tests.notebooks.afresh import CELL

__all__ = ["FOLDER", "Book", "Cell", "books", "broken_run"]

_PREDICT, _EXPECT = re.compile(r'lesson\.predict\("([^"]+)"'), re.compile(r'lesson\.(?:expect|not_shown)\(\s*"([^"]+)"')
_GRID = re.compile(r'lesson\.predict_matrix\(\s*"([^"]+)"')
_EXERCISE = re.compile(r'lesson\.exercise\("([^"]+)"')
_CHECK = re.compile(r'lesson\.check\("([^"]+)"')


@dataclass(frozen=True)
class Cell:
    """One cell, with what its text says about its part in the chapter."""

    node: NotebookNode

    @property
    def source(self) -> str:
        return str(self.node["source"])

    @property
    def is_code(self) -> bool:
        return bool(self.node["cell_type"] == "code")

    @property
    def tags(self) -> list[str]:
        return list(self.node["metadata"].get("tags", []))

    @property
    def outputs(self) -> list[NotebookNode]:
        return list(self.node.get("outputs", []))

    @property
    def kinds(self) -> set[str]:
        """The mime types of what it shows."""
        return {kind for output in self.outputs for kind in output.get("data", ())}

    @property
    def statements(self) -> list[ast.stmt]:
        return ast.parse(self.source).body

    @property
    def predicts(self) -> list[str]:
        return _PREDICT.findall(self.source)

    @property
    def grids(self) -> list[str]:
        """The grids in which the learner says who will reach whom."""
        return _GRID.findall(self.source)

    @property
    def asks(self) -> bool:
        """Whether something is predicted here."""
        return bool(self.predicts or self.grids)

    @property
    def expects(self) -> list[str]:
        return _EXPECT.findall(self.source)

    @property
    def exercises(self) -> list[str]:
        return _EXERCISE.findall(self.source)

    @property
    def answers(self) -> list[str]:
        """The exercises that the learner has checked here."""
        return _CHECK.findall(self.source)

    @property
    def lives(self) -> bool:
        """Whether it shows a map that lives."""
        return "live_map(" in self.source

    @property
    def headings(self) -> list[str]:
        return [] if self.is_code else [line for line in self.source.splitlines() if line.startswith("#")]

    def __repr__(self) -> str:
        return f"<{self.source.splitlines()[0][:60]}>"


@dataclass(frozen=True)
class Book:
    """A chapter's notebook."""

    path: Path
    chapter: Chapter
    cells: tuple[Cell, ...]

    @property
    def code(self) -> list[Cell]:
        return [cell for cell in self.cells if cell.is_code]

    @property
    def prose(self) -> list[Cell]:
        return [cell for cell in self.cells if not cell.is_code]

    def ideas(self) -> Iterator[list[Cell]]:
        """From each prediction to the next one, or to the next heading."""
        idea: list[Cell] = []
        for cell in self.cells:
            if cell.asks or cell.headings:
                if idea:
                    yield idea
                idea = []
            if cell.asks or idea:
                idea.append(cell)
        if idea:
            yield idea


@cache
def books() -> tuple[Book, ...]:
    """All chapters, as stored."""
    return tuple(_read(path) for path in notebooks())


def _read(path: Path) -> Book:
    notebook = nbformat.read(path, as_version=4)
    return Book(path, chapter(path.stem), tuple(Cell(cell) for cell in notebook["cells"]))


def broken_run(name: str, out: Path, changes: Mapping[str, str], kernel: AsyncKernelManager | None = None) -> Result:
    """Run a chapter in which something is broken, in a kernel that others have used before, if one is given.

    For each change: the cell that holds the text of the key, which must be in just one, is followed by the code that
    is its value.
    """
    (path,) = notebooks([name])
    notebook = nbformat.read(path, as_version=4)
    for where, code in changes.items():
        cells = notebook["cells"]
        (at,) = [n for n, cell in enumerate(cells) if cell["cell_type"] == "code" and where in cell["source"]]
        cells.insert(at + 1, nbformat.v4.new_code_cell(code))
    if kernel:
        notebook["cells"].insert(0, nbformat.v4.new_code_cell(CELL))
    changed = out / "changed" / path.name
    changed.parent.mkdir(parents=True, exist_ok=True)
    nbformat.write(notebook, changed)
    return run_chapter(changed, out, kernel=kernel)
