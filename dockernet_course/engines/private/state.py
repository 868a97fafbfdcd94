"""Where private engines are on the host: one private folder a user, one folder in it an engine.

``<runtime>/<name>/`` holds ``keeper`` (the keeper's socket), ``docker.sock`` (the engine's), ``log``, and what its kind
needs. A name that ends in ``@vm`` is a virtual machine's, any other a capsule's. An engine is alive as long as somebody
listens on its keeper's socket: what a keeper killed by SIGKILL leaves is swept by whoever looks next.
"""

from __future__ import annotations

import os
import re
import shutil
import socket
import stat
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Literal

from dockernet_course.engines import locking
from dockernet_course.engines.private import ending
from dockernet_course.errors import EngineError, InvalidName

__all__ = [
    "API",
    "TITLES",
    "Kind",
    "checked",
    "default_name",
    "folder_of",
    "kind_of",
    "listen",
    "listening",
    "locked",
    "name_of",
    "names",
    "runtime_folder",
    "sweep",
    "title",
]

KEEPER = "keeper"
LOG = "log"
API = "docker.sock"
"""The engine's socket."""

Kind = Literal["capsule", "vm"]
TITLES: dict[Kind, str] = {"capsule": "capsule", "vm": "virtual machine"}

_VM = "@vm"


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


def default_name() -> str:
    """``DOCKERNET_CAPSULE``, or ``default``."""
    return os.environ.get("DOCKERNET_CAPSULE") or "default"


def name_of(kind: str, name: str) -> str:
    """The full name of the private engine of that kind (``capsule``, ``vm``) that is called ``name``."""
    return name if kind in ("capsule", kind_of(name)) else f"{name}{_VM}"


def kind_of(name: str) -> Kind:
    """Of which kind the private engine of that name is."""
    return "vm" if name.endswith(_VM) else "capsule"


def title(name: str) -> str:
    """What to call it in a sentence."""
    return f"{TITLES[kind_of(name)]} {name!r}"


def checked(name: str) -> str:
    """The name, if it can be a private engine's: short, because a socket's path may have 107 bytes."""
    if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,31}(@vm)?", name):
        raise InvalidName(
            f"{name!r} cannot be the name of a private engine.",
            cure="Use up to 32 letters, digits, '_', '.' or '-', a letter or digit first (DOCKERNET_CAPSULE).",
        )
    return name


def folder_of(name: str) -> Path:
    """The state folder of a private engine, there or not."""
    return runtime_folder() / checked(name)


def names() -> list[str]:
    """The names that have a state folder."""
    return sorted(path.name for path in runtime_folder().iterdir() if path.is_dir())


def locked() -> AbstractContextManager[None]:
    """Nobody else begins, ends or sweeps a private engine meanwhile."""
    return locking.locked(runtime_folder())


def listen(path: Path) -> socket.socket:
    """A socket there, on which somebody may connect from now on, and wait to be accepted."""
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(str(path))
    listener.listen(64)
    return listener


def listening(folder: Path) -> socket.socket | None:
    """A connection to the keeper, or None if there is none any more."""
    connection = socket.socket(socket.AF_UNIX)
    try:
        connection.connect(str(folder / KEEPER))
    except OSError:
        connection.close()
        return None
    return connection


def sweep(folder: Path) -> None:
    """Remove what a dead engine left (to be called with the lock held)."""
    ending.end_left(folder)
    shutil.rmtree(folder, ignore_errors=True)
