"""The end of everything in a user namespace, by hand: for where no pid namespace does it. Standard library only."""

from __future__ import annotations

import contextlib
import fcntl
import os
import signal
import time
from pathlib import Path

from dockernet_course.engines.inside import kernel

__all__ = ["end_all", "end_left", "end_with_keeper"]

_NS_GET_PARENT = 0xB702  # ioctl_ns(2)


def end_with_keeper() -> None:
    """For the capsule's first process: when the keeper dies, however it does, end everything."""
    me = os.getpid()

    def ended(*_: object) -> None:
        if os.getpid() == me:  # and not a child that has the handler still
            end_all()
        os._exit(1)

    signal.signal(signal.SIGTERM, ended)
    kernel.adopt_orphans()
    kernel.die_with_parent(signal.SIGTERM)


def end_all() -> None:
    """Kill every process of this user namespace, and of those below it, but this one; return when there is none.

    Of a namespace that is not our own making nobody is killed.
    """
    if kernel.has_made_its_user_namespace():
        _end(kernel.own_user_namespace())


def end_left(folder: Path) -> None:
    """The same for the capsule with that state folder, where keeper and first process were killed at once."""
    ours = kernel.own_user_namespace()
    for pid in _pids() if folder.exists() else ():
        with contextlib.suppress(OSError):
            there = Path(f"/proc/{pid}/ns/user").stat().st_ino
            if there != ours and Path(f"/proc/{pid}/root/run/dockernet").samefile(folder):
                _end(there)


def _end(namespace: int) -> None:
    spared = (1, os.getpid())  # to the capsule's first process, /proc/1 is itself
    while found := [pid for pid in _pids() if pid not in spared and _is_in(pid, namespace)]:
        for pid in found:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        with contextlib.suppress(ChildProcessError):
            while os.waitpid(-1, os.WNOHANG)[0]:
                pass
        time.sleep(0.002)


def _pids() -> list[int]:
    return [int(name) for name in os.listdir("/proc") if name.isdigit()]  # noqa: PTH208


def _is_in(pid: int, namespace: int) -> bool:
    """Whether a process is in that user namespace or in one below; one that is dead already is in none."""
    with contextlib.ExitStack() as opened, contextlib.suppress(OSError):  # … or it is not ours, or we see no parent
        os.stat(f"/proc/{pid}/ns/net")  # noqa: PTH116 (what is dead and not collected still has a user namespace)
        space = os.open(f"/proc/{pid}/ns/user", os.O_RDONLY)
        while True:
            opened.callback(os.close, space)
            if os.fstat(space).st_ino == namespace:
                return True
            space = fcntl.ioctl(space, _NS_GET_PARENT)
    return False
