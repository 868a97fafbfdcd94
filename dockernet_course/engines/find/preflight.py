"""What this host forbids, in words, found out by doing it rather than by reading settings (takes about 50 ms)."""

from __future__ import annotations

import json
import subprocess

from dockernet_course.engines.keeper.apart import command

__all__ = ["notes", "preflight"]


def preflight() -> list[str]:
    """The obstacles; empty if a capsule can run here."""
    return _probed()[0]


def notes() -> list[str]:
    """What does not stop a capsule, but makes it differ from a plain engine."""
    return _probed()[1]


def _probed() -> tuple[list[str], list[str]]:
    """In a process of its own: a notebook's has threads, and may neither leave its namespaces nor fork safely."""
    answer = subprocess.run(command("inside.probe"), capture_output=True, text=True, stdin=subprocess.DEVNULL)
    if answer.returncode != 0:
        return [f"Whether a private engine can run here could not be found out: {answer.stderr.strip()[-300:]}"], []
    obstacles, found = json.loads(answer.stdout)
    return obstacles, found
