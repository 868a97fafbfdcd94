"""What the learner has done, kept in one JSON file that all kernels share.

``{"version": 1, "chapters": {"02-bridge": {"checks": {"02.plugged": "passed"}, "predictions": {}, "exercises": {}}}}``

Results: *passed*, *failed*, *not shown* of checks; *right*, *skipped* or the misconception's id (*wrong* where there is
none) of predictions, *committed* of a grid that has not been compared yet; the outcome's verdict of exercises. A file
that cannot be read is set aside, and one that cannot be written is no reason to stop a lesson.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import platformdirs

from dockernet_course import settings
from dockernet_course.files import read_json, write_json

__all__ = ["Progress", "data_dir"]

VERSION = 1
Results = Mapping[str, Mapping[str, Mapping[str, str]]]


def data_dir() -> Path:
    """Where the progress is: ``DOCKERNET_DATA``, or the user's data directory."""
    return settings.data() or Path(platformdirs.user_data_dir("dockernet"))


@dataclass
class Progress:
    """The file at ``path``. ``trouble`` tells in words what went wrong with it last, if anything did."""

    path: Path
    trouble: str = ""

    @classmethod
    def of_user(cls) -> Progress:
        """The progress of this account, in ``data_dir()``."""
        return cls(data_dir() / "progress.json")

    def results(self) -> Results:
        """All that is known: chapter → kind → id → result."""
        if not os.path.lexists(self.path):
            return {}
        try:
            with self._locked():  # what is damaged is set aside by one alone: by then, another one has a new file there
                return self._load()
        except OSError:  # a folder that cannot be written
            return self._load()

    def note(self, chapter: str, kind: str, what: str, result: str) -> None:
        """Record one result in place of an earlier one. Never raises; see ``trouble``."""
        try:
            with self._locked():
                results = self._load()
                results.setdefault(chapter, {}).setdefault(kind, {})[what] = result
                self._store(results)
        except OSError as error:
            self.trouble = f"The progress is not kept: {self.path} cannot be written ({error.strerror})."

    def _load(self) -> dict[str, dict[str, dict[str, str]]]:
        found = read_json(self.path, "progress file", _problem)
        self.trouble = found.trouble or self.trouble
        chapters: dict[str, dict[str, dict[str, str]]] = found.values.get("chapters", {})
        return chapters

    def _store(self, results: Results) -> None:
        write_json(self.path, {"version": VERSION, "chapters": results}, sort=True)

    @contextlib.contextmanager
    def _locked(self) -> Iterator[None]:
        """Keep the kernels of other notebooks away; the lock ends with the process that holds it."""
        self.path.parent.mkdir(parents=True, exist_ok=True)
        with self.path.with_suffix(".lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield


def _problem(data: dict[str, Any]) -> str:
    """What is wrong with a progress file; empty if every level is what it should be."""
    if data.get("version") != VERSION:
        return f"it is not of version {VERSION}"
    levels: list[Any] = [data.get("chapters")]
    for _ in ("chapters", "kinds", "results"):
        if not all(isinstance(level, dict) for level in levels):
            return "it has another shape"
        levels = [inner for level in levels for inner in level.values()]
    return "" if all(isinstance(result, str) for result in levels) else "it has another shape"
