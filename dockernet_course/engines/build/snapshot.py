"""A machine that has booted, kept as two files, so that the next ones begin where it was: in a tenth of a second.

``<cache>/KEY.snapshot/`` holds ``memory`` (the guest's, a file with holes: a template machine wrote it while it ran),
``state`` (of its devices) and ``about.json``. The template maps ``memory`` shared (mmap(2), MAP_SHARED): what its guest
writes is in the file. ``state`` is written by QEMU's migration, told to leave the memory where it is. Machines that
start from it map ``memory`` privately (MAP_PRIVATE, copy on write): what none of them has written is in this host's
memory once. As Kata Containers' templates do it. A folder under its final name is
complete; damage done later shows in sizes, times and the state's checksum, and then it is made anew.
"""

from __future__ import annotations

import contextlib
import errno
import hashlib
import json
import os
import signal
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from dockernet_course.engines.build import ours, verdicts
from dockernet_course.engines.build.archive import sha256
from dockernet_course.engines.build.pack import (
    Progress,
    cache_folder,
    check_room,
    exclusively,
    laid_ready,
    quiet,
    scratch,
    settle,
)
from dockernet_course.engines.keeper.command import PRIVATE_OF_READ_ONLY, MachinePlan, number
from dockernet_course.engines.keeper.qemu_process import Machine, boot, save
from dockernet_course.errors import EngineStopped

__all__ = ["Snapshot", "discard", "ensure", "facts", "present"]

_SECONDS = 1_700_000_000  # the memory's time: a copy keeps it, a change does not
_ROOM = 64 << 20  # bytes beside the memory
_NO_ROOM = [os.strerror(code) for code in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)]
_FULL = {-signal.SIGBUS, -signal.SIGXFSZ}  # how a process ends whose memory's file finds no room


@dataclass(frozen=True)
class Snapshot:
    """A snapshot that is complete and undamaged: its folder, and when it was made."""

    folder: Path
    made: int  # nanoseconds: a later one has the same folder

    @property
    def memory(self) -> Path:
        """The file with the guest's memory."""
        return self.folder / "memory"

    @property
    def state(self) -> Path:
        """The file with the state of its processors and devices."""
        return self.folder / "state"


def ensure(plan: MachinePlan, ready: Callable[[Machine], None], progress: Progress = quiet) -> Snapshot:
    """The snapshot for a plan; made if there is none, by booting a machine and waiting for ``ready(machine)``.

    ``ready`` returns when the guest is as it is to be kept, or raises. A guest that ends while it boots is booted once
    more: a kernel under emulation has died of a fault, on a busy machine, and the next boot was well.

    Raises :class:`EngineError` if the machine does not come up, :class:`PackError` if the cache cannot be written or
    the disk is full.
    """
    name = _name(plan)
    found = present(plan)
    if found is not None:
        return found
    with exclusively(name, progress):
        found = present(plan) or _copied(plan)
        if found is not None:
            return found
        with contextlib.suppress(EngineStopped):
            return _made(plan, ready, progress)
        return _made(plan, ready, progress)


def present(plan: MachinePlan) -> Snapshot | None:
    """The snapshot for a plan if it is there, undamaged, and this account's QEMU can use it."""
    found = _laid_ready(plan)
    return found if found is not None and _usable(plan, found) else None


def discard(snapshot: Snapshot) -> None:
    """A machine did not wake up from it: the next one makes it anew."""
    about = snapshot.folder / "about.json"
    with contextlib.suppress(OSError):
        if about.stat().st_mtime_ns == snapshot.made:  # and nobody has made it anew already
            about.unlink()


def facts(plan: MachinePlan) -> dict[str, Any]:
    """What a snapshot belongs to. A machine with an accelerator is made of its host's processor, too."""
    kind = plan.accel.partition(",")[0]
    return {
        "format": 1,
        "qemu": plan.version,
        "image": plan.key,
        "append": plan.append,
        "cpu": plan.cpu,
        "cpus": plan.cpus,
        "memory": plan.memory,
        "accel": kind,
        "host": "" if kind == "tcg" else verdicts.here(),
    }


def _name(plan: MachinePlan) -> str:
    short = hashlib.sha256(json.dumps(facts(plan), sort_keys=True).encode()).hexdigest()[:12]
    return f"{plan.key}-{short}.snapshot"


def _laid_ready(plan: MachinePlan) -> Snapshot | None:
    folder = laid_ready(_name(plan))
    if folder is None:
        return None
    try:
        about = json.loads((folder / "about.json").read_text())
        whole = about == _about(plan, folder)
    except (OSError, ValueError):
        return None
    return _snapshot(folder) if whole else None


def _snapshot(folder: Path) -> Snapshot:
    return Snapshot(folder, (folder / "about.json").stat().st_mtime_ns)


def _usable(plan: MachinePlan, snapshot: Snapshot) -> bool:
    return number(plan.version) >= PRIVATE_OF_READ_ONLY or os.access(snapshot.memory, os.W_OK)


def _about(plan: MachinePlan, folder: Path) -> dict[str, Any]:
    memory = (folder / "memory").stat()
    size_and_time = [memory.st_size, int(memory.st_mtime)]
    return {**facts(plan), "memory_file": size_and_time, "state_sha256": sha256(folder / "state")}


def _copied(plan: MachinePlan) -> Snapshot | None:
    """A copy of our own of one that another account has laid ready, where QEMU is too old to use that."""
    found = _laid_ready(plan)
    if found is None:
        return None
    with scratch(_name(plan)) as work:
        new = work / "new"
        new.mkdir(mode=0o755)
        for name in ("memory", "state", "about.json"):
            _copy_with_holes(found.folder / name, new / name)
        return _settle(plan, new)


def _copy_with_holes(source: Path, target: Path) -> None:
    with source.open("rb") as reading, target.open("wb") as writing:
        while block := reading.read(1 << 16):
            writing.seek(len(block), os.SEEK_CUR) if not block.strip(b"\0") else writing.write(block)
        writing.truncate(reading.tell())
    os.utime(target, (_SECONDS, _SECONDS))


def _made(plan: MachinePlan, ready: Callable[[Machine], None], progress: Progress) -> Snapshot:
    name = _name(plan)
    with scratch(name) as work:
        check_room(work, (plan.memory << 20) + _ROOM, "keeping a machine")
        new = work / "new"
        new.mkdir(mode=0o755)
        progress("booting the virtual machine for the first time", 0.1)
        with boot(plan, new / "memory", work / "log", share=True) as machine:
            try:
                ready(machine)
                progress("keeping the machine as it is now", 0.9)
                save(machine, new / "state")
            except Exception as error:
                machine.end()
                raise _full(machine, error) or error from error
        for file in ("memory", "state"):
            _write_out(new / file)
        (new / "about.json").write_text(json.dumps(_about(plan, new), indent=1))
        made = _settle(plan, new)
    progress("the virtual machine is ready", 1.0)
    return made


def _full(machine: Machine, error: Exception) -> OSError | None:
    """Whether it was the disk, whatever came of it."""
    said = f"{error} {machine.last_words()[-300:]}"
    if machine.process.returncode in _FULL or any(words in said for words in _NO_ROOM):
        return OSError(errno.ENOSPC, f"it filled up while the machine ran: {said}")  # ``scratch`` says it in words
    return None


def _write_out(file: Path) -> None:
    """To the disk itself: after a power cut a complete name must not stand for an empty file."""
    with file.open("rb+") as written:
        os.fsync(written)
    file.chmod(0o644)
    os.utime(file, (_SECONDS, _SECONDS))


def _settle(plan: MachinePlan, new: Path) -> Snapshot:
    """Give it its final name; what can never be used again goes, as far as it is ours."""
    final = settle(new, _name(plan))
    for other in cache_folder().glob(f"{plan.key.partition('-')[0]}-*.snapshot"):
        if other != final and not _of_this(plan, other):
            ours.remove(other)
    return _snapshot(final)


def _of_this(plan: MachinePlan, folder: Path) -> bool:
    """Whether it was made from the same image by the same QEMU."""
    try:
        about = json.loads((folder / "about.json").read_text())
        return bool((about["image"], about["qemu"]) == (plan.key, plan.version))
    except (OSError, ValueError, KeyError, TypeError):
        return False
