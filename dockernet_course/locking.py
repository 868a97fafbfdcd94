"""One at a time, whatever the processes. Standard library only: a capsule's keeper uses it too."""

from __future__ import annotations

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

__all__ = ["locked", "unused", "use", "used"]

_PATIENCE = 2.0  # seconds: who removes a folder is done in less; whoever locks it longer must not keep others out


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


def use(folder: Path) -> int:
    """Let nobody remove the folder, until the descriptor is closed or its last holder has ended.

    It is the folder of that name when this returns, though another one may get the name meanwhile.
    """
    end = time.monotonic() + _PATIENCE
    while True:
        descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
        if _shared(descriptor) and os.path.samestat(os.fstat(descriptor), os.stat(folder)):  # noqa: PTH116
            return descriptor
        if time.monotonic() > end:
            return descriptor
        os.close(descriptor)
        time.sleep(0.01)


@contextmanager
def used(folder: Path) -> Iterator[None]:
    """``use`` the folder while a block runs."""
    descriptor = use(folder)
    try:
        yield
    finally:
        os.close(descriptor)


def _shared(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


@contextmanager
def unused(path: Path) -> Iterator[bool]:
    """Whether nobody uses a file or folder; if so, nobody begins to meanwhile. A symbolic link raises OSError."""
    descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        yield False
    else:
        yield True
    finally:
        os.close(descriptor)
