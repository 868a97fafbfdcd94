"""The learner's copy: the same notebooks, with no answer under its question."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import nbformat

from dockernet_course.course.normal import normal
from dockernet_course.errors import LessonError
from dockernet_course.files import read_json, write_json, write_text

__all__ = ["learners_copy"]

_GIVEN = ".given.json"  # what was handed out: the name of each file and the checksum of its text


def learners_copy(sources: Sequence[Path], folder: Path) -> list[str]:
    """Hand out the notebooks (outputs cleared) and other files into ``folder``; what had to be said, as lines.

    Nothing that the learner has changed is ever written to: a newer version of such a file is put beside it, under the
    first free name (``02-bridge.new.ipynb``, ``02-bridge.new-2.ipynb``). Where it is not known any more what was handed
    out, everything that differs counts as changed. Raises LessonError where the folder cannot be written.
    """
    try:
        return _handed_out(sources, folder)
    except OSError as error:
        raise LessonError(
            f"The notebooks cannot be handed out into {folder}.",
            state=str(error),
            cure="Make room, or work in another folder that you may write to.",
        ) from error


def _handed_out(sources: Sequence[Path], folder: Path) -> list[str]:
    folder.mkdir(parents=True, exist_ok=True)
    record = read_json(folder / _GIVEN, "list of what was handed out", _problem)
    given, lines = dict(record.values), [record.trouble] if record.trouble else []
    for source in sources:
        text, target = _text(source), folder / source.name
        there = os.path.lexists(target)
        if given.get(source.name) == _sum(text) and there:
            continue
        if there and _sum_there(target) not in (given.get(source.name), _sum(text)):
            target = _beside(target)
            lines.append(f"You have worked in {source.name}, and there is a newer one: it is {target.name}.")
        write_text(target, text)
        given[source.name] = _sum(text)
        write_json(folder / _GIVEN, given)
    return lines


def _problem(given: dict[str, Any]) -> str:
    return "" if all(isinstance(checksum, str) for checksum in given.values()) else "it has another shape"


def _sum_there(path: Path) -> str:
    """The checksum of what the learner has; none of what cannot be read, which so counts as changed."""
    try:
        return hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else ""
    except OSError:
        return ""


def _beside(path: Path) -> Path:
    """The first free name for a newer version of ``path``."""
    names = (path.with_suffix(f".new{number}{path.suffix}") for number in ("", *(f"-{n}" for n in range(2, 1000))))
    return next(name for name in names if not os.path.lexists(name))


def _text(source: Path) -> str:
    if source.suffix != ".ipynb":
        return source.read_text("utf-8")
    notebook = normal(nbformat.read(source, as_version=4))
    for cell in notebook["cells"]:
        if cell["cell_type"] == "code":
            cell["outputs"], cell["execution_count"] = [], None
    return str(nbformat.writes(notebook))


def _sum(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
