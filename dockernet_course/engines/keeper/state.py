"""Where private engines are on the host: one private folder a user, one folder in it an engine.

``<runtime>/<name>/`` holds ``keeper`` (the keeper's socket), ``docker.sock`` (the engine's), ``log``, and what its kind
needs. A name that ends in ``@vm`` is a virtual machine's, any other a capsule's. An engine is alive as long as somebody
listens on its keeper's socket: what a keeper killed by SIGKILL leaves is swept by whoever looks next.
"""

from __future__ import annotations

import contextlib
import os
import random
import socket
import stat
import tempfile
import time
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Literal

from dockernet_course import locking, settings
from dockernet_course.engines.inside import ending
from dockernet_course.errors import EngineError

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
    "listens",
    "locked",
    "name_of",
    "names",
    "runtime_folder",
    "sweep",
    "taken",
    "title",
]

KEEPER = "keeper"
LOG = "log"
API = "docker.sock"
"""The engine's socket."""

Kind = Literal["capsule", "vm"]
TITLES: dict[Kind, str] = {"capsule": "capsule", "vm": "virtual machine"}

HOST = "host.sock"
"""A virtual machine's socket for programs on the engine's host."""

_ROOT = "root"  # where a capsule's root file system is mounted, in its own namespace
_NAMES = (_ROOT, API, HOST, LOG, KEEPER)  # all that is in a state folder; by the last one it is known to be one
_VM = "@vm"
_TMP = Path("/tmp")  # noqa: S108 (the owner is checked)
_TRIES = 20
_SOCKET = 107  # bytes of a socket's path, see unix(7)
_OPEN, _WRITABLE = 0o077, 0o022  # permissions of others


def runtime_folder() -> Path:
    """The private folder of this account for its engines, made if missing, 0700.

    It is where nobody else can make anything: ``$XDG_RUNTIME_DIR/dockernet``, else ``/run/user/<uid>/dockernet``, else
    a folder in /tmp whose name nobody can guess before it is there, and whose owner nobody can feign afterwards.

    Raises :class:`EngineError` if it cannot be made, or is not private.
    """
    uid = os.getuid()
    for given in (os.environ.get("XDG_RUNTIME_DIR", ""), f"/run/user/{uid}"):
        if given and _only_ours(Path(given).resolve(), _WRITABLE) and os.access(given, os.W_OK | os.X_OK):
            return _private(Path(given).absolute() / "dockernet")
    return _in_tmp(f"dockernet-{uid}-")


def _private(folder: Path) -> Path:
    try:
        folder.mkdir(mode=0o700, exist_ok=True)
    except OSError as error:
        cure = "Let XDG_RUNTIME_DIR name a folder that you may write to."
        raise EngineError(f"{folder} cannot be made.", state=str(error), cure=cure) from error
    if not _only_ours(folder, _OPEN):
        facts = folder.lstat()
        raise EngineError(
            f"{folder} is not a private folder of yours.",
            state=f"owner {facts.st_uid}, mode {stat.S_IMODE(facts.st_mode):o}",
            cure="Remove it, or let XDG_RUNTIME_DIR name a folder that only you can enter.",
        )
    return folder


def _in_tmp(prefix: str) -> Path:
    """The one of this account that is there already; else a new one.

    Where two are made at once, whoever sees another one beside its own gives way: at most one of them sees none.
    """
    try:
        for _ in range(_TRIES):
            if found := _found(prefix):
                with contextlib.suppress(FileNotFoundError):  # somebody has just given way
                    return min(found, key=lambda path: (not any(path.iterdir()), path))
                continue
            mine = Path(tempfile.mkdtemp(prefix=prefix, dir=_TMP))
            if _found(prefix) == [mine]:
                return mine
            mine.rmdir()
            time.sleep(random.uniform(0.0, 0.05))  # noqa: S311 (so that not both give way again)
    except OSError as error:
        cure = "Let XDG_RUNTIME_DIR name a folder that only you can enter, and that has room."
        raise EngineError(f"No folder can be made in {_TMP}.", state=str(error), cure=cure) from error
    raise EngineError(f"Too many processes make folders in {_TMP} at once.", cure="Try again.")


def _found(prefix: str) -> list[Path]:
    return [path for path in _TMP.glob(f"{prefix}*") if _only_ours(path, _OPEN)]


def _only_ours(folder: Path, bits: int) -> bool:
    """Whether it is a folder (no link to one) of this account, and others have none of the permissions."""
    try:
        facts = folder.lstat()
    except OSError:
        return False
    return stat.S_ISDIR(facts.st_mode) and facts.st_uid == os.getuid() and not facts.st_mode & bits


def default_name() -> str:
    """``DOCKERNET_CAPSULE``, or ``default``."""
    return settings.capsule()


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
    return settings.named(name)


def folder_of(name: str) -> Path:
    """The state folder of a private engine, there or not.

    Raises :class:`EngineError` if a socket in it would have a path that is too long.
    """
    folder = runtime_folder() / checked(name)
    if (length := len(os.fsencode(folder / API))) > _SOCKET:
        raise EngineError(
            f"The path of an engine's socket would be too long: {folder / API}.",
            state=f"It has {length} bytes; Linux takes {_SOCKET} (unix(7)).",
            cure="Let XDG_RUNTIME_DIR name a folder with a shorter path, or give the engine a shorter name.",
        )
    return folder


def names() -> list[str]:
    """The names that have a state folder."""
    return sorted(path.name for path in runtime_folder().iterdir() if _is_state(path))


def locked(folder: Path | None = None) -> AbstractContextManager[None]:
    """Nobody else begins, ends or sweeps a private engine meanwhile; ``folder`` is the runtime folder, where known.

    A keeper is told: in its namespace it is another account, in another environment.
    """
    return locking.locked(folder or runtime_folder())


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


def listens(folder: Path) -> bool:
    """Whether a keeper listens in that folder: then its engine runs, begins or ends."""
    connection = listening(folder)
    if connection is not None:
        connection.close()
    return connection is not None


def sweep(folder: Path) -> str:
    """Remove what a dead engine left (to be called with the lock held); why the folder stays, or an empty string.

    What somebody else has put there stays, and the folder with it; symbolic links are not followed.
    """
    if not os.path.lexists(folder):
        return ""
    if not _is_state(folder) and (not folder.is_dir() or any(folder.iterdir())):
        return f"{folder} is no engine's: it holds {_held(folder)}."
    ending.end_left(folder)
    try:
        for name in _NAMES:
            _remove(folder / name)
        folder.rmdir()
    except OSError as error:
        return f"{folder} cannot be removed: {error.strerror}. It holds {_held(folder)}."
    return ""


def taken(folder: Path) -> bool:
    """Whether something in that folder, or in its place, is in the way of an engine."""
    there = any(os.path.lexists(folder / name) for name in _NAMES)
    return there or folder.is_symlink() or (folder.exists() and not folder.is_dir())


def _remove(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        path.rmdir()  # on it, the engine's host had its root file system mounted, where nobody else sees it
    else:
        path.unlink(missing_ok=True)


def _is_state(folder: Path) -> bool:
    """Whether it is an engine's: somebody listens there, or did."""
    marks = folder / KEEPER, folder / _ROOT
    return not folder.is_symlink() and folder.is_dir() and (marks[0].is_socket() or marks[1].is_dir())


def _held(folder: Path) -> str:
    return ", ".join(sorted(path.name for path in folder.iterdir())) if folder.is_dir() else "no folder"
