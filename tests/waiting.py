"""Waiting for what becomes true, and for a Jupyter server."""

from __future__ import annotations

import re
import socket
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

__all__ = ["eventually", "jupyter_address"]

_ADDRESS = re.compile(r"(http://(localhost|127\.0\.0\.1):(\d+)/)(?:lab|tree)")


def eventually(condition: Callable[[], object], seconds: float = 5.0) -> bool:
    """Whether it becomes true in time."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if condition():
            return True
        time.sleep(0.01)
    return bool(condition())


def jupyter_address(process: subprocess.Popen[bytes], log: Path, seconds: float = 60.0) -> str:
    """The address of a Jupyter server, with "/" at its end, once it listens there: its log tells it before."""
    deadline = time.monotonic() + seconds
    while process.poll() is None and time.monotonic() < deadline:
        found = _ADDRESS.search(log.read_text())
        if found and _listens(found[2], int(found[3])):
            return found[1]
        time.sleep(0.1)
    raise AssertionError(f"no Jupyter server:\n{log.read_text()}")


def _listens(host: str, port: int) -> bool:
    try:
        socket.create_connection((host, port), 5).close()
    except OSError:
        return False
    return True
