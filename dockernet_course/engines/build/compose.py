"""The real Compose plugin, from the distribution's packages: fetched when it is first asked for, 13 MB.

It is one program (the Docker CLI's plugin ``docker-compose``), which also runs by itself and talks to any engine that
``DOCKER_HOST`` names; one release's serves every engine. Debian packs it from 13 on (12 has the Python program of the
same name, 1.29); Ubuntu calls the package docker-compose-v2.
"""

from __future__ import annotations

import contextlib
import platform
from pathlib import Path

from dockernet_course.engines.build import apt
from dockernet_course.engines.build.contents import Selection
from dockernet_course.engines.build.pack import (
    DEFAULT_SUITE,
    Progress,
    default_suite,
    exclusively,
    laid_ready,
    quiet,
    scratch,
    settle,
)
from dockernet_course.engines.build.tree import choose, fingerprint, place, starting, unpack
from dockernet_course.errors import PackError

__all__ = ["PLUGIN", "argv", "ensure", "present", "program"]

PLUGIN = "usr/libexec/docker/cli-plugins/docker-compose"
"""Where Debian and Ubuntu put it, and where the Docker CLI looks for it."""

_CURE = "It comes from Debian's or Ubuntu's packages; on an engine of your own, 'docker compose' of your own is used."
_FILES = Selection((), (PLUGIN,), {})


def ensure(progress: Progress = quiet) -> Path:
    """The root file system with the plugin and its C library, downloaded and unpacked if need be.

    Raises :class:`PackError`: no apt, no network, a full disk.
    """
    name = _name()
    with exclusively(name, progress):
        return present() or _unpack(name, progress) / "root"


def present() -> Path | None:
    """The same, if it has been fetched already and is whole."""
    folder = laid_ready(_name())
    return folder / "root" if folder is not None and _whole(folder) else None


def program(root: Path) -> Path:
    """The plugin itself."""
    return root / PLUGIN


def argv(root: Path) -> tuple[str, ...]:
    """How to start it on this machine, with its own release's loader and C library: whatever this machine's are."""
    return tuple(starting(root, PLUGIN))


def _unpack(name: str, progress: Progress) -> Path:
    suite, package = _source()
    progress("fetching the Compose plugin, once (13 MB)", 0.0)
    with scratch(name) as work:
        try:
            debs = apt.download(work / "apt", [package], [], suite, lambda what, part: progress(what, part * 0.8))
        except PackError as error:
            what = f"The Compose plugin cannot be fetched. {error.what}"
            raise PackError(what, state=error.state, cure=error.cure if apt.available() else _CURE) from error
        progress("unpacking the Compose plugin", 0.8)
        unpack(debs, work / "all", keep=None)
        place(work / "all", choose(work / "all", _FILES), work / "new/root")
        (work / "new/fingerprint").write_text(fingerprint(work / "new/root"))
        final = settle(work / "new", name)
    progress("the Compose plugin is there", 1.0)
    return final


def _source() -> tuple[str, str]:
    """Release and package: the course's default on Debian, whatever the engine's is; on Ubuntu the host's own."""
    with contextlib.suppress(OSError):  # a system that does not say what it is
        if platform.freedesktop_os_release().get("ID") == "ubuntu":
            return default_suite(), "docker-compose-v2"
    return DEFAULT_SUITE, "docker-compose"


def _name() -> str:
    return f"{_source()[0]}-{platform.machine()}.compose"


def _whole(folder: Path) -> bool:
    try:
        return (folder / "fingerprint").read_text() == fingerprint(folder / "root")
    except (OSError, ValueError):  # not there, or no text
        return False
