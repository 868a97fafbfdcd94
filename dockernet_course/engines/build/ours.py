"""What of the cache is ours: only that is ever removed, whatever else lies beside it or in it.

The cache may be any folder (``DOCKERNET_CACHE``), and people keep things in folders. So each folder of ours holds a
list of what it was made of, which is what goes with it; a folder in which something is being made holds a mark; files
are told by name and contents. Symbolic links are removed if they are on the list, and never followed.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
import shutil
import stat
from collections.abc import Iterator
from pathlib import Path

from dockernet_course.engines.build.archive import read_about
from dockernet_course.errors import PackError
from dockernet_course.locking import unused

__all__ = ["LIST", "MARK", "entries", "remove", "sign"]

LIST = "made.json"
"""The file, in a folder of ours, that lists everything in it."""

MARK = ".dockernet-scratch"
"""The file that tells that everything in a folder is ours, and of use to nobody but its maker."""

_NOTES = re.compile(
    r"(capabilities|verdicts)(\.damaged-\d+)?\.json|\.(capabilities|verdicts)(-\w{8}|\.json\.[-0-9a-f]+\.new)"
)
_LOCK = re.compile(r"\w+-\w+(-[0-9a-f]{12}[-.\w]*|\.(qemu|compose))\.lock")
_SHOWN = 3  # of the files that stay


def sign(folder: Path) -> None:
    """Write down what a complete folder holds."""
    held = sorted(str(path.relative_to(folder)) for path in folder.rglob("*"))
    (folder / LIST).write_text(json.dumps([*held, LIST]))


def entries(cache: Path) -> Iterator[Path]:
    """What in that folder is ours."""
    for path in sorted(cache.iterdir()) if cache.is_dir() else ():
        if not path.is_symlink() and (_folder(path) if path.is_dir() else _file(path)):
            yield path


def remove(path: Path) -> str:
    """Remove one of ours, but for what somebody else has put into it; what stays and why, or an empty string.

    What a private engine or a builder uses, and what is not ours, stays as it is.
    """
    try:
        with unused(path) as free:
            if not free:
                return f"{path} stays: it is in use."
            if path.is_dir():
                return _removed(path)
            if not _file(path):
                return f"{path} stays: the course did not make it."
            path.unlink()
            return ""
    except FileNotFoundError:
        return ""
    except OSError as error:
        return f"{path} stays: {error}"


def _folder(path: Path) -> bool:
    return (path / MARK).is_file() or _listed(path) is not None


def _file(path: Path) -> bool:
    if path.suffix == ".pack":
        with contextlib.suppress(PackError, OSError):
            return path.name == f"{read_about(path).key}.pack"
        return False
    if _LOCK.fullmatch(path.name):
        return path.is_file() and path.stat().st_size == 0
    return bool(_NOTES.fullmatch(path.name)) and path.is_file()


def _listed(folder: Path) -> set[str] | None:
    """What the folder was made of; None if it is not one of ours."""
    try:
        listed = json.loads((folder / LIST).read_text())
    except (OSError, ValueError):
        return None
    return set(listed) if isinstance(listed, list) and LIST in listed else None


def _removed(folder: Path) -> str:
    if (folder / MARK).is_file():
        shutil.rmtree(folder)
        return ""
    listed = _listed(folder) or set()
    for place, folders, files, descriptor in os.fwalk(folder, topdown=False):
        inside = os.path.relpath(place, folder)
        for name in (*files, *folders):
            if os.path.normpath(f"{inside}/{name}") in listed:
                _remove_from(descriptor, name)
    stay = sorted(str(path.relative_to(folder)) for path in folder.rglob("*"))
    if stay:
        more = f" and {len(stay) - _SHOWN} more" * (len(stay) > _SHOWN)
        return f"{folder} stays: the course did not make {', '.join(stay[:_SHOWN])}{more}."
    folder.rmdir()
    return ""


def _remove_from(folder: int, name: str) -> None:
    """Remove the file or the link, or the folder if nothing is left in it."""
    if stat.S_ISDIR(os.stat(name, dir_fd=folder, follow_symlinks=False).st_mode):
        with contextlib.suppress(OSError):  # what is still in it, is listed as what stays
            os.rmdir(name, dir_fd=folder)
    else:
        os.unlink(name, dir_fd=folder)
