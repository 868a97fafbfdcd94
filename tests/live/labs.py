"""What tests of labs look at: what is left in an engine, and who watches."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

from dockernet_course.engines import Engine
from dockernet_course.engines.capsule import enter_argv
from dockernet_course.errors import EngineStopped
from dockernet_course.lab import leftovers, watchdog


def left_in(engine: Engine) -> list[str]:
    """What labs left in the engine; nothing when the engine itself is gone."""
    try:
        return [str(thing) for thing in leftovers(engine)]
    except EngineStopped:
        return []


def watchdogs(owner: int | None = None) -> list[int]:
    """The watchdogs of this process (or another one): their pids."""
    lease = f":{owner or os.getpid()}:"
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            words = (process / "cmdline").read_bytes().decode().split("\0")
        except OSError:
            continue
        if watchdog.__file__ in words and any(lease in word for word in words):
            found.append(int(process.name))
    return found


def docker(capsule: str, *words: str) -> str:
    """What the learner types in the terminal, with the real command, on a capsule's host."""
    done = subprocess.run(enter_argv(capsule, ["docker", *words]), check=False, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done.stdout.rstrip("\n")


def on_host(capsule: str, *words: str) -> str:
    """A command on a capsule's host."""
    return subprocess.run(enter_argv(capsule, words), check=True, capture_output=True, text=True).stdout
