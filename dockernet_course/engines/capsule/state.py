"""Where capsules are on the host: one private folder a user, one folder in it a capsule.

``<runtime>/<name>/`` holds ``keeper`` (the keeper's socket), ``docker.sock`` (the engine's), ``log`` and ``root``
(where the capsule mounts its file system; empty as the host sees it). A capsule is alive as long as somebody listens
on its keeper's socket: what a keeper killed by SIGKILL leaves is swept by whoever looks next.
"""

from __future__ import annotations

import fcntl
import os
import re
import shutil
import socket
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from dockernet_course.errors import EngineError, InvalidName

__all__ = ["checked", "folder_of", "listening", "locked", "names", "runtime_folder", "sweep"]

KEEPER = "keeper"
LOG = "log"


def runtime_folder() -> Path:
    """``$XDG_RUNTIME_DIR/dockernet`` where that can be written, else ``/tmp/dockernet-<uid>``; made if missing, 0700.

    Raises :class:`EngineError` if it cannot be made, or if somebody else has taken the name in /tmp.
    """
    given = os.environ.get("XDG_RUNTIME_DIR", "")
    usable = given and os.access(given, os.W_OK | os.X_OK)
    folder = Path(given, "dockernet") if usable else Path(f"/tmp/dockernet-{os.getuid()}")  # noqa: S108 (checked below)
    try:
        folder.mkdir(mode=0o700, exist_ok=True)
    except OSError as error:
        cure = "Let XDG_RUNTIME_DIR name a folder that you may write to."
        raise EngineError(f"{folder} cannot be made.", state=str(error), cure=cure) from error
    facts = folder.lstat()
    if not stat.S_ISDIR(facts.st_mode) or facts.st_uid != os.getuid() or facts.st_mode & 0o077:
        raise EngineError(
            f"{folder} is not a private folder of yours.",
            state=f"owner {facts.st_uid}, mode {stat.S_IMODE(facts.st_mode):o}",
            cure="Remove it, or let XDG_RUNTIME_DIR name a folder that only you can enter.",
        )
    return folder


def checked(name: str) -> str:
    """The name, if it can be a capsule's: short, because a socket's path may have 107 bytes."""
    if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,31}", name):
        raise InvalidName(
            f"{name!r} cannot be the name of a capsule.",
            cure="Use up to 32 letters, digits, '_', '.' or '-', a letter or digit first (DOCKERNET_CAPSULE).",
        )
    return name


def folder_of(name: str) -> Path:
    """The state folder of a capsule, there or not."""
    return runtime_folder() / checked(name)


def names() -> list[str]:
    """The names that have a state folder."""
    return sorted(path.name for path in runtime_folder().iterdir() if path.is_dir())


@contextmanager
def locked() -> Iterator[None]:
    """Nobody else begins, ends or sweeps a capsule meanwhile. The folder itself is the lock: no file is left."""
    descriptor = os.open(runtime_folder(), os.O_RDONLY | os.O_DIRECTORY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def listening(folder: Path) -> socket.socket | None:
    """A connection to the capsule's keeper, or None if there is none any more."""
    connection = socket.socket(socket.AF_UNIX)
    try:
        connection.connect(str(folder / KEEPER))
    except OSError:
        connection.close()
        return None
    return connection


def sweep(folder: Path) -> None:
    """Remove what a dead capsule left (to be called with the lock held)."""
    shutil.rmtree(folder, ignore_errors=True)
