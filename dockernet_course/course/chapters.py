"""Where the chapters' notebooks are."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path

from dockernet_course.errors import LessonError

__all__ = ["FOLDER", "handed_out", "notebooks", "pages"]

FOLDER = Path(__file__).parents[2] / "notebooks"
"""``notebooks/`` of the checkout: the course is worked on, and learnt from, in a clone."""


def notebooks(wanted: Collection[str] = ()) -> list[Path]:
    """The notebooks of the chapters in order, or of those whose names begin with one of ``wanted`` ("02").

    With names, also the pages that are no chapters. Raises LessonError if there is none, or none of that name.
    """
    found = sorted(FOLDER.glob("[0-9][0-9]-*.ipynb"))
    if not found:
        raise LessonError(f"There are no chapters in {FOLDER}.", cure="Run the course from a clone of its repository.")
    found += pages() if wanted else []
    for name in wanted:
        if not any(path.name.startswith(name) for path in found):
            raise LessonError(f"There is no chapter {name!r}.", state=f"Chapters: {', '.join(p.stem for p in found)}")
    return [path for path in found if not wanted or path.name.startswith(tuple(wanted))]


def pages() -> list[Path]:
    """The notebooks beside the chapters: to keep beside one's work."""
    return sorted(set(FOLDER.glob("*.ipynb")) - set(FOLDER.glob("[0-9][0-9]-*.ipynb")))


def handed_out() -> list[Path]:
    """What a learner works with: the notebooks of all chapters, the start page first, and what they lead to."""
    return [*notebooks(), *pages(), *sorted((*FOLDER.glob("*.md"), *FOLDER.glob("*.yaml")))]
