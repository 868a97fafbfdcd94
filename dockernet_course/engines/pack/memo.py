"""What need not be found out again: small files of JSON in the cache, which many kernels read and write at once.

A file that cannot be read or written is no file: then it is found out again.
"""

from __future__ import annotations

import contextlib
import json
import os
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from dockernet_course.engines.locking import locked
from dockernet_course.engines.pack.places import cache_folder

__all__ = ["change", "read"]


def read(name: str) -> dict[str, Any]:
    """What the file of that name holds; nothing if it is not there, or is not what it should be."""
    try:
        known = json.loads((cache_folder() / name).read_text("utf-8"))
    except (OSError, ValueError):
        return {}
    return known if isinstance(known, dict) else {}


def change(name: str, changed: Callable[[dict[str, Any]], dict[str, Any]]) -> None:
    """Put ``changed`` of what it holds in its place, as a whole new file. Nobody else changes it meanwhile."""
    with contextlib.suppress(OSError):
        cache_folder().mkdir(parents=True, exist_ok=True)
        with locked(cache_folder()):
            _write(cache_folder() / name, changed(read(name)))


def _write(path: Path, known: dict[str, Any]) -> None:
    descriptor, new = tempfile.mkstemp(dir=path.parent, prefix=f".{path.stem}-")
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            json.dump(known, file, indent=1)
        Path(new).replace(path)
    finally:
        Path(new).unlink(missing_ok=True)
