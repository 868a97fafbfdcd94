"""What tests of capsules look at: the processes, mounts and files that a capsule consists of."""

from __future__ import annotations

import json
import socket
import time
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

from dockernet_course.engines.find.private import Running, kind_of

SUITES = ("trixie", "bookworm")
VERSIONS = {"trixie": "26.1", "bookworm": "20.10"}


def ask(running: Running, path: str) -> Any:
    """GET from the engine."""
    connection = HTTPConnection("localhost", timeout=10)
    connection.sock = socket.socket(socket.AF_UNIX)
    connection.sock.connect(running.address.removeprefix("unix://"))
    connection.request("GET", path)
    text = connection.getresponse().read()
    connection.close()
    return json.loads(text) if text[:1] in (b"{", b"[") else text.decode()


def members(running: Running) -> dict[int, str]:
    """The processes in the capsule's pid namespace (or QEMU), and the keeper: pid -> command."""
    if kind_of(running.name) == "vm":
        return {running.keeper: "keeper", running.pid: "qemu"}
    namespace = Path(f"/proc/{running.pid}/ns/pid").readlink()
    found = {running.keeper: "keeper"}
    for process in Path("/proc").glob("[0-9]*"):
        try:
            if (process / "ns/pid").readlink() == namespace:
                found[int(process.name)] = (process / "comm").read_text().strip()
        except OSError:
            continue
    return found


def alive(pids: list[int] | dict[int, str]) -> list[int]:
    """Which of them still run (a zombie does not)."""
    found = []
    for pid in pids:
        try:
            if Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z":
                found.append(pid)
        except OSError:
            continue
    return found


def processor_seconds(pid: int) -> float:
    """What a process has used so far, to the nanosecond, its threads that have ended included.

    Its clock as clock_getcpuclockid(3) makes it; /proc/PID/stat counts ticks, each whole for whom it happens to meet.
    """
    return time.clock_gettime(~pid << 3 | 2)


def mounts() -> list[str]:
    """The mounts of this process's namespace that are below a runtime folder of ours."""
    return [line for line in Path("/proc/self/mountinfo").read_text().splitlines() if "dockernet" in line]
