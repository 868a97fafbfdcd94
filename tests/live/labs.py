"""What tests of labs look at: what is left in an engine, and who watches."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

from dockernet_course.engines import Engine
from dockernet_course.engines.find.host import enter_argv
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


# Another process that opens a lab on the engine, says who it is, and ends as it is told.
OTHER = """
import json, os, sys, time
from dockernet_course.engines import Engine
from dockernet_course.lab import open_lab
lab = open_lab(Engine(*json.loads(sys.argv[1])), "other")
lab.observer
lab.run("web", ["sleep", "1000"])
lab.create_network("front")
if sys.argv[2] and not os.fork():  # a child without exec has a copy of every descriptor
    os.close(0), os.close(1), os.close(2), time.sleep(9), os._exit(0)
print("ready", os.getpid(), lab.id, lab.container("web").real_name, flush=True)
sys.stdin.readline()
"""


# The same in a notebook's kernel.
IN_A_KERNEL = """
import json
from dockernet_course.engines import Engine
from dockernet_course.lab import open_lab
lab = open_lab(Engine(*json.loads({!r})), "kernel")
lab.observer
lab.run("web", ["sleep", "1000"])
"""


def facts(engine: Engine) -> str:
    """What another process needs to make the same ``Engine``."""
    names = ("kind", "address", "version", "api_version", "why")
    return json.dumps([*(getattr(engine, name) for name in names), (), engine.name])


class Other:
    """That process, ready: its ``pid``, the id of its ``lab``, and what its ``container`` is really called."""

    def __init__(self, engine: Engine, *, fork: bool = False) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-c", OTHER, facts(engine), "fork" if fork else ""],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert self._process.stdout
        for line in self._process.stdout:
            if line.startswith("ready"):
                break
        _, pid, self.lab, self.container = line.split()
        self.pid = int(pid)

    def end(self) -> None:
        self._process.communicate("\n")
        assert self._process.returncode == 0

    def kill(self) -> None:
        self._process.kill()
        self._process.communicate()


# Opens a lab when it is told, says its id, and when it is told again, whether it can still make something in it.
AT_ONCE = """
import json, sys
from dockernet_course.engines import Engine
from dockernet_course.errors import LabError
from dockernet_course.lab import open_lab
engine = Engine(*json.loads(sys.argv[1]))
print("ready", flush=True)
sys.stdin.readline()
lab = open_lab(engine, "other")
lab.observer
print("lab", lab.id, flush=True)
sys.stdin.readline()
try:
    lab.run("web", ["sleep", "1000"])
    print("makes yes", flush=True)
except LabError as error:
    print("makes", type(error).__name__, flush=True)
sys.stdin.readline()
"""


class AtOnce:
    """That process, which waits to be told."""

    def __init__(self, engine: Engine) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-c", AT_ONCE, facts(engine)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        self._said("ready")

    def go(self) -> None:
        """On with it."""
        assert self._process.stdin
        self._process.stdin.write("\n")
        self._process.stdin.flush()

    def lab(self) -> str:
        """The lab that it has opened."""
        return self._said("lab")

    def makes(self) -> str:
        """Whether it can make a container: "yes", or the error."""
        self.go()
        return self._said("makes")

    def end(self) -> None:
        self.go()
        self._process.communicate()
        assert self._process.returncode == 0

    def _said(self, word: str) -> str:
        assert self._process.stdout
        line = next(line for line in self._process.stdout if line.startswith(word))
        return line.removeprefix(word).strip()
