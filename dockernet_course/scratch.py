"""Folders for what is needed only while a process runs, gone afterwards, however it ends.

A process that is killed by SIGKILL cannot tidy up. So the name of its folder tells whose it is: the machine (and pid
namespace), the process, and when that started (clock ticks since boot, ``proc(5)``), because pids are used again. The
next run removes the folders of this account whose process is surely gone, and no others. Standard library only.
"""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import stat
import tempfile
from collections.abc import Iterator
from pathlib import Path

from dockernet_course.processes import gone, me

__all__ = ["scratch", "sweep", "temporary"]

_NAME = re.compile(r"dockernet-[a-z]+\.(?P<owner>[0-9a-f]{8}-\d+-\d+)-\w+")


@contextlib.contextmanager
def scratch(what: str) -> Iterator[Path]:
    """A private folder in the folder for temporary files; what killed processes left there goes first."""
    place = Path(tempfile.gettempdir())
    sweep(place)
    prefix = f"dockernet-{what}.{me()}-"
    with tempfile.TemporaryDirectory(prefix=prefix, dir=place, ignore_cleanup_errors=True) as folder:
        yield Path(folder)


@contextlib.contextmanager
def temporary(what: str) -> Iterator[Path]:
    """The same; whatever this process makes in the folder for temporary files meanwhile, is made in there.

    So do libraries that leave files when they are killed: Jupyter writes a kernel's ports and key into one.
    """
    with scratch(what) as folder:
        before, tempfile.tempdir = tempfile.tempdir, str(folder)
        try:
            yield folder
        finally:
            tempfile.tempdir = before


def sweep(place: Path) -> None:
    """Remove what processes of this account left that are gone."""
    with contextlib.suppress(OSError):  # a folder that cannot be listed
        for entry in place.iterdir():
            if _is_left(entry):
                shutil.rmtree(entry, ignore_errors=True)


def _is_left(entry: Path) -> bool:
    """Whether it is one of ours, and its process is gone."""
    found = _NAME.fullmatch(entry.name)
    if not found or not gone(found["owner"]):
        return False
    with contextlib.suppress(OSError):
        facts = entry.lstat()
        return stat.S_ISDIR(facts.st_mode) and facts.st_uid == os.geteuid()
    return False
