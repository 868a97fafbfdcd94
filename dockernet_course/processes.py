"""Which process is which: pids are used again, so a process is its pid and when it started (``proc(5)``)."""

from __future__ import annotations

import contextlib
import hashlib
import os
import socket
from collections.abc import Iterator
from pathlib import Path

__all__ = ["children", "gone", "me", "started"]


def me() -> str:
    """A short name for this process, on whatever machine: for names of files and folders that go with it."""
    return f"{_here()}-{os.getpid()}-{started(os.getpid())}"


def gone(name: str) -> bool:
    """Whether the process of that name is surely gone: it was one of this machine, and is not there any more."""
    here, pid, since = name.split("-")
    return here == _here() and started(int(pid)) != since


def _here() -> str:
    """This machine and pid namespace, short: elsewhere the same pid is another process."""
    with contextlib.suppress(OSError):
        space = Path("/proc/self/ns/pid").stat().st_ino
        return hashlib.sha256(f"{socket.gethostname()}/{space}".encode()).hexdigest()[:8]
    return "unknown"  # nothing can be told of processes here


def started(pid: int) -> str:
    """When the process started; empty when it is gone, or dead and not yet collected."""
    try:
        state, *fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return ""
    return "" if state in "ZX" else fields[18]


def children() -> Iterator[int]:
    """The processes that this one has started, and that have not been collected."""
    for listed in Path("/proc/self/task").glob("*/children"):
        with contextlib.suppress(OSError):  # a thread that has just ended
            yield from map(int, listed.read_text().split())
