"""Waiting for what becomes true, and for a Jupyter server."""

from __future__ import annotations

import json
import socket
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlsplit

__all__ = ["eventually", "jupyter_address"]


def eventually(condition: Callable[[], object], seconds: float = 5.0) -> bool:
    """Whether it becomes true in time."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if condition():
            return True
        time.sleep(0.01)
    return bool(condition())


def jupyter_address(process: subprocess.Popen[bytes], runtime: Path, log: Path, seconds: float = 60.0) -> str:
    """The address of a Jupyter server, with "/" at its end, once it listens there: it writes it down before.

    ``runtime`` is its JUPYTER_RUNTIME_DIR.
    """
    told = eventually(lambda: process.poll() is not None or _served(runtime), seconds) and _served(runtime)
    assert told, f"no Jupyter server:\n{log.read_text()}"
    return told


def _served(runtime: Path) -> str:
    """The address of a server that listens; empty if none does yet."""
    written = [path.read_text() for path in runtime.glob("jpserver-*.json")]
    return next(filter(_listens, (str(json.loads(text)["url"]) for text in written if text)), "")


def _listens(address: str) -> bool:
    place = urlsplit(address)
    try:
        socket.create_connection((place.hostname or "", place.port or 0), 5).close()
    except OSError:
        return False
    return True
