"""Where packs and what is made of them are kept: the user's cache, or what was laid ready in the environment.

``dockernet prepare`` lays them ready below the environment's prefix: for an image of a container, whose home may be
covered by a volume (Binder, a hub on Kubernetes), and for many accounts with one environment (a hub on one machine).
"""

from __future__ import annotations

import contextlib
import os
import sys
from pathlib import Path

import platformdirs

__all__ = ["cache_folder", "laid_ready", "settle", "shared_folder"]


def cache_folder() -> Path:
    """``DOCKERNET_CACHE``; the environment's folder, if it is this account's own; the user's cache directory."""
    if given := os.environ.get("DOCKERNET_CACHE"):
        return Path(given)
    with contextlib.suppress(OSError):
        if shared_folder().stat().st_uid == os.geteuid():
            return shared_folder()
    return platformdirs.user_cache_path("dockernet-course")


def shared_folder() -> Path:
    """The environment's folder; only whoever has prepared the environment writes there."""
    return Path(sys.prefix, "share/dockernet-course")


def laid_ready(name: str) -> Path | None:
    """What is there under that name, in the cache or the environment; it may be another account's, for reading."""
    return next((folder / name for folder in (cache_folder(), shared_folder()) if (folder / name).exists()), None)


def settle(made: Path, name: str) -> Path:
    """Give a complete folder its final name in the cache. One that had the name goes where ``made`` was made."""
    final = cache_folder() / name
    if final.exists():
        final.rename(made.with_name("old"))  # removed with the scratch folder
    made.rename(final)
    return final
