"""The learner's copy: the same notebooks, with no answer under its question."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from pathlib import Path

import nbformat

from dockernet_course.course.normal import normal

__all__ = ["learners_copy"]

_GIVEN = ".given.json"  # what was handed out: the name of each file and the checksum of its text


def learners_copy(sources: Sequence[Path], folder: Path) -> list[str]:
    """Hand out the notebooks (outputs cleared) and other files into ``folder``; what had to be said, as lines.

    Nothing that the learner has changed is ever written to: a newer version of such a file is put beside it, under the
    first free name (``02-bridge.new.ipynb``, ``02-bridge.new-2.ipynb``).
    """
    folder.mkdir(parents=True, exist_ok=True)
    record = folder / _GIVEN
    given: dict[str, str] = json.loads(record.read_text("utf-8")) if record.exists() else {}
    lines = []
    for source in sources:
        text, target = _text(source), folder / source.name
        if given.get(source.name) == _sum(text) and target.exists():
            continue
        if target.exists() and _sum(target.read_text("utf-8")) not in (given.get(source.name), _sum(text)):
            target = _beside(target)
            lines.append(f"You have worked in {source.name}, and there is a newer one: it is {target.name}.")
        target.write_text(text, "utf-8")
        given[source.name] = _sum(text)
    record.write_text(json.dumps(given, indent=1), "utf-8")
    return lines


def _beside(path: Path) -> Path:
    """The first free name for a newer version of ``path``."""
    names = (path.with_suffix(f".new{number}{path.suffix}") for number in ("", *(f"-{n}" for n in range(2, 1000))))
    return next(name for name in names if not name.exists())


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
