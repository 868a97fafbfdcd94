"""Which process is which: pids are used again, so a process is its pid and when it started (``proc(5)``)."""

from __future__ import annotations

from pathlib import Path

__all__ = ["started"]


def started(pid: int) -> str:
    """When the process started; empty when it is gone, or dead and not yet collected."""
    try:
        state, *fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return ""
    return "" if state in "ZX" else fields[18]
