"""One at a time, whatever the processes. Standard library only: a capsule's keeper uses it too."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

__all__ = ["locked"]


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Nobody else is in here with the same folder meanwhile. The folder itself is the lock: no file is left.

    It ends with the process that holds it. Raises OSError if the folder is not there.
    """
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        fcntl.flock(descriptor, fcntl.LOCK_UN)  # also where a child that was forked meanwhile has a copy
        os.close(descriptor)
