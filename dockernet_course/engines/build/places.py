"""Where packs and what is made of them are kept: the user's cache, or what was laid ready in the environment.

``dockernet prepare`` lays them ready below the environment's prefix: for an image of a container, whose home may be
covered by a volume (Binder, a hub on Kubernetes), and for many accounts with one environment (a hub on one machine).
"""

from __future__ import annotations

import contextlib
import grp
import os
import pwd
import secrets
import stat
import sys
from pathlib import Path

import platformdirs

from dockernet_course import settings
from dockernet_course.engines.build import ours
from dockernet_course.errors import PackError

__all__ = ["cache_folder", "check_closed", "folders", "laid_ready", "settle", "shared_folder"]


def cache_folder() -> Path:
    """``DOCKERNET_CACHE``; the environment's folder, if it is this account's own; the user's cache directory.

    A ``DOCKERNET_CACHE`` that this account may only read is one that is shared: what lies ready there is taken from it.
    """
    given = settings.cache()
    if given is not None and not _only_read(given):
        return given
    with contextlib.suppress(OSError):
        if shared_folder().stat().st_uid == os.geteuid():
            return shared_folder()
    return platformdirs.user_cache_path("dockernet-course")


def shared_folder() -> Path:
    """The environment's folder; only whoever has prepared the environment writes there."""
    return Path(sys.prefix, "share/dockernet-course")


def folders() -> tuple[Path, ...]:
    """Where things may lie ready; all but the first may be another account's, for reading."""
    given = settings.cache()
    return (cache_folder(), *([given] if given is not None and _only_read(given) else []), shared_folder())


def check_closed() -> None:
    """Raise :class:`PackError` if other accounts can write where things are taken from: they run as this account."""
    for folder in folders():
        if folder.is_dir() and (who := _who_writes(folder.stat())):
            raise PackError(
                f"Other accounts can write into {folder}, so nothing is taken from it.",
                state=f"{who} (mode {stat.S_IMODE(folder.stat().st_mode):o})",
                cure=f"Let only its owner write: chmod go-w {folder}; or let DOCKERNET_CACHE name another folder.",
            )


def _who_writes(facts: os.stat_result) -> str:
    if facts.st_mode & stat.S_IWOTH:
        return "everybody may write there"
    if facts.st_mode & stat.S_IWGRP and not _is_mine_alone(facts.st_gid):
        return f"the group {facts.st_gid} may write there"
    return ""


def _is_mine_alone(gid: int) -> bool:
    """Whether a group is this account's own, and as far as the machine knows nobody else's."""
    with contextlib.suppress(KeyError):
        me = pwd.getpwuid(os.geteuid()).pw_name
        members = {*grp.getgrgid(gid).gr_mem, *(one.pw_name for one in pwd.getpwall() if one.pw_gid == gid)}
        return gid == os.getegid() and members <= {me, "root"}
    return False


def laid_ready(name: str) -> Path | None:
    """What is there under that name, wherever it lies ready."""
    return next((folder / name for folder in folders() if (folder / name).exists()), None)


def _only_read(folder: Path) -> bool:
    return folder.is_dir() and not os.access(folder, os.W_OK)


def settle(made: Path, name: str) -> Path:
    """Give a complete folder its final name in the cache.

    One that had the name goes as soon as no private engine uses it, but for what the course has not made.
    """
    ours.sign(made)
    final = cache_folder() / name
    before = final.with_name(f"{name}.old-{secrets.token_hex(4)}")
    if os.path.lexists(final):
        final.rename(before)
    made.rename(final)
    ours.remove(before)
    return final
