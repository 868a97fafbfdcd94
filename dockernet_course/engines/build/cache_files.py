"""The cache of what was found out: small files of JSON, which many kernels read and write at once.

A file that cannot be read is put aside, and one that cannot be written is no file: then it is found out again.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from typing import Any

from dockernet_course.engines.build.places import cache_folder
from dockernet_course.files import read_json, write_json
from dockernet_course.locking import locked

__all__ = ["change", "read"]


def read(name: str) -> dict[str, Any]:
    """What the file of that name holds; nothing if it is not there. One that is damaged is put aside."""
    return read_json(cache_folder() / name, name).values


def change(name: str, changed: Callable[[dict[str, Any]], dict[str, Any]]) -> None:
    """Put ``changed`` of what it holds in its place, as a whole new file. Nobody else changes it meanwhile."""
    with contextlib.suppress(OSError):
        cache_folder().mkdir(parents=True, exist_ok=True)
        with locked(cache_folder()):
            write_json(cache_folder() / name, changed(read(name)))
