"""Writing to the cache: one process at a time, in a folder that goes again, and its errors in words."""

from __future__ import annotations

import errno
import fcntl
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from dockernet_course.engines.build import ours
from dockernet_course.engines.build.apt import Progress
from dockernet_course.engines.build.archive import read_about
from dockernet_course.engines.build.places import cache_folder, check_closed
from dockernet_course.errors import PackError
from dockernet_course.locking import used

__all__ = ["check_room", "exclusively", "replacing", "scratch", "told"]


def check_room(folder: Path, needed: int, what: str) -> None:
    """Before anything is downloaded or booted: a disk that fills up in the middle costs minutes.

    ``needed`` in bytes, for ``what``. Raises an OSError that :func:`scratch` turns into words.
    """
    free = shutil.disk_usage(folder).free
    if free < needed:
        raise OSError(errno.ENOSPC, f"{free / 1e6:.0f} MB are free, {what} takes {needed / 1e6:.0f} MB")


@contextmanager
def scratch(key: str) -> Iterator[Path]:
    """A folder of our own in the cache, gone afterwards; also what a killed builder left (the lock is ours)."""
    with told(cache_folder()):
        for left in cache_folder().glob(".*.*"):  # what killed builders left, whatever they were making
            if (left / ours.MARK).is_file():
                ours.remove(left)
        for replaced in cache_folder().glob(f"{key}.old-*"):  # while an engine used it
            ours.remove(replaced)
        with tempfile.TemporaryDirectory(prefix=f".{key}.", dir=cache_folder()) as work, used(Path(work)):
            Path(work, ours.MARK).touch()
            yield Path(work)


@contextmanager
def exclusively(key: str, progress: Progress) -> Iterator[None]:
    """One builder at a time; the others wait, and then find it done."""
    with told(cache_folder()):
        cache_folder().mkdir(mode=0o755, parents=True, exist_ok=True)
        check_closed()
        lock = (cache_folder() / f"{key}.lock").open("w")
    with lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            progress("waiting for another process that is building the same pack", 0.0)
            fcntl.flock(lock, fcntl.LOCK_EX)
        yield


@contextmanager
def replacing(target: Path) -> Iterator[Path]:
    """A new file beside the target, which takes its place when it is complete.

    Raises :class:`PackError` if there is something else than a pack.
    """
    if os.path.lexists(target):
        try:
            read_about(target)
        except PackError as error:
            cure = "Choose another name, or remove it yourself."
            raise PackError(f"{target} is there, and is no engine pack.", state=error.state, cure=cure) from None
    descriptor, name = tempfile.mkstemp(prefix=f"{target.name}.", suffix=".part", dir=target.parent)
    os.close(descriptor)
    try:
        yield Path(name)
        Path(name).chmod(0o644)
        Path(name).replace(target)
    finally:
        Path(name).unlink(missing_ok=True)


@contextmanager
def told(where: Path) -> Iterator[None]:
    """Turn the system's errors while writing into words."""
    try:
        yield
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            what, cure = "The disk is full.", "Free 1 GB there, or let DOCKERNET_CACHE name a folder on another disk."
        else:
            what, cure = (
                "The engine pack cannot be written.",
                "Let DOCKERNET_CACHE name a folder that you may write to.",
            )
        raise PackError(what, state=f"{where}: {error}", cure=cure) from error
