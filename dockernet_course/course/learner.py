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

    What the learner has changed stays: a newer version of such a file is put beside it as ``NAME.new.SUFFIX``.
    """
    folder.mkdir(parents=True, exist_ok=True)
    record = folder / _GIVEN
    given = json.loads(record.read_text("utf-8")) if record.exists() else {}
    lines = []
    for source in sources:
        text, target = _text(source), folder / source.name
        if given.get(source.name) == _sum(text) and target.exists():
            continue
        if target.exists() and _sum(target.read_text("utf-8")) != given.get(source.name):
            target = target.with_suffix(f".new{target.suffix}")
            lines.append(f"{source.name} has changed since you got it; the new one is {target.name}.")
        target.write_text(text, "utf-8")
        given[source.name] = _sum(text)
    record.write_text(json.dumps(given, indent=1), "utf-8")
    return lines


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
