"""Many learners at once: each a process with a notebook's kernel and a private engine of its own.

``together`` starts them, lets all go through a chapter at the same time, and tells what came of it. In the middle of
the chapter each makes a container and a network of its own, waits until all others have theirs, and notes what it
sees. ``python -m tests.learners ORDER`` is one learner.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import nbformat

from dockernet_course.course import notebooks, run_chapter
from dockernet_course.engines import find_engine
from dockernet_course.engines.build import pack

__all__ = ["FIRST_UID", "Came", "Learner", "left", "names_of", "together"]

ROOT = Path(__file__).parents[1]
FIRST_UID = 54330  # no such accounts are needed
PATIENCE = 1800.0  # seconds for all of them, under emulation and with many on few cores
BEGINS = "lesson = begin("
# Runs in the kernel, after the chapter has begun.
MEETING = """
import json, time
from pathlib import Path
mine, net = lab.run("mine-{name}", publish="8080:80"), lab.create_network("net-{name}")
Path({meeting!r}, "{name}").touch()
end = time.monotonic() + {patience}
while len(list(Path({meeting!r}).iterdir())) < {count} and time.monotonic() < end:
    time.sleep(0.2)
sees = [c["Names"][0].strip("/") for c in lab.api_containers()] + [n["Name"] for n in lab.api_networks()]
Path({sees!r}).write_text(json.dumps(sees))
mine.remove(), net.remove()
"""


@dataclass(frozen=True)
class Learner:
    """``folder`` holds what is the learner's; ``uid`` is the account, None for the one who asks."""

    name: str
    folder: Path
    uid: int | None = None

    @property
    def runtime(self) -> Path:
        """Where the engines of this learner are."""
        return self.folder / "run"

    def environment(self, kind: str) -> dict[str, str]:
        """Nothing of ours but what is told here."""
        kept = {key: value for key, value in os.environ.items() if not key.startswith(("DOCKER", "XDG_", "JUPYTER"))}
        own = {
            "DOCKERNET_ENGINE": kind,
            "DOCKERNET_CAPSULE": self.name,
            "DOCKERNET_DATA": str(self.folder / "data"),
            "XDG_RUNTIME_DIR": str(self.runtime),
        }
        if self.uid is None:
            return {**kept, **own}
        return {**kept, **own, "HOME": str(self.folder), "DOCKERNET_CACHE": str(self.folder / "cache")}


@dataclass(frozen=True)
class Came:
    """What came of a learner.

    ``failure`` is empty if the chapter passed, which took ``seconds``; ``sees`` is what was in the engine when all had
    theirs.
    """

    learner: Learner
    failure: str
    seconds: float
    sees: tuple[str, ...]


Watch = Callable[[Sequence[Learner], Sequence[int]], AbstractContextManager[object]]


def unwatched(_: Sequence[Learner], __: Sequence[int]) -> AbstractContextManager[object]:
    """Nobody looks."""
    return nullcontext()


def names_of(learner: Learner) -> set[str]:
    """What it makes at the meeting."""
    return {f"mine-{learner.name}", f"net-{learner.name}"}


def together(
    kind: str, count: int, folder: Path, *, accounts: bool = False, chapter: str = "02", watch: Watch = unwatched
) -> list[Came]:
    """Let ``count`` learners go through a chapter, each with an engine of that kind, all at the same time.

    With ``accounts`` (as root) each is another ordinary account, with a cache of its own that is unpacked first.
    ``watch`` is entered meanwhile, with the learners and the pids of their processes.
    """
    learners = [_settled(folder / f"l{number}", FIRST_UID + number if accounts else None) for number in range(count)]
    meeting, started = folder / "meeting", folder / "start"
    for place in (meeting, started):
        place.mkdir()
        place.chmod(0o1777)
    if not accounts:
        _prepare(kind, learners[0])
    orders = [_order(one, kind, chapter, count, meeting, started) for one in learners]
    processes = [_spawn(one, kind, order) for one, order in zip(learners, orders, strict=True)]
    with watch(learners, [process.pid for process in processes]):
        said = [process.communicate(timeout=PATIENCE) for process in processes]
    return [_came(*each) for each in zip(learners, processes, said, strict=True)]


def left(learners: Sequence[Learner]) -> list[str]:
    """What still runs of their engines, or lies where these were."""
    return [str(path) for one in learners for path in (one.runtime / "dockernet").glob("*")]


def _settled(folder: Path, uid: int | None) -> Learner:
    learner = Learner(folder.name, folder, uid)
    for path in (folder, learner.runtime, folder / "out", folder / "cache"):
        path.mkdir(mode=0o700)
    if uid is not None:
        key = pack.ensure().about.key
        shutil.copyfile(pack.cache_folder() / f"{key}.pack", folder / f"cache/{key}.pack")
        for path in (folder, *folder.rglob("*")):
            os.chown(path, uid, uid)
    return learner


def _prepare(kind: str, learner: Learner) -> None:
    """Whatever is made once for a user is there."""
    code = f"from dockernet_course.engines import find_engine; find_engine({kind!r})"
    subprocess.run([sys.executable, "-c", code], env=learner.environment(kind), cwd=ROOT, check=True)


def _order(learner: Learner, kind: str, chapter: str, count: int, meeting: Path, started: Path) -> str:
    """Its notebook is written, with the meeting in it; the rest is said on the command line."""
    (source,) = notebooks([chapter])
    notebook = nbformat.read(source, as_version=4)
    cells = notebook["cells"]
    at = next(n for n, cell in enumerate(cells) if cell["cell_type"] == "code" and BEGINS in cell["source"])
    sees = str(learner.folder / "sees.json")
    code = MEETING.format(name=learner.name, meeting=str(meeting), count=count, patience=PATIENCE / 5, sees=sees)
    cells.insert(at + 1, nbformat.v4.new_code_cell(code))
    changed = learner.folder / source.name
    nbformat.write(notebook, changed)
    changed.chmod(0o644)
    order = {"kind": kind, "notebook": str(changed), "out": str(learner.folder / "out"), "sees": sees}
    return json.dumps({**order, "started": str(started), "count": count, "alone": learner.uid is not None})


def _spawn(learner: Learner, kind: str, order: str) -> subprocess.Popen[str]:
    account: dict[str, Any] = {"user": learner.uid, "group": learner.uid, "extra_groups": ()}
    return subprocess.Popen(
        [sys.executable, "-m", "tests.learners", order],
        env=learner.environment(kind),
        cwd=ROOT,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        **(account if learner.uid else {}),
    )


def _came(one: Learner, process: subprocess.Popen[str], said: tuple[str, str]) -> Came:
    try:
        result = json.loads(said[0].splitlines()[-1])
    except (IndexError, ValueError):
        return Came(one, f"It ended with {process.returncode}: {''.join(said)}", 0.0, ())
    return Came(one, result["failure"], result["seconds"], tuple(result["sees"]))


# --- one learner ---


def main(order: str) -> None:
    """Wait until all are ready, go through the chapter, and say as JSON what came of it."""
    told = json.loads(order)
    if told["alone"]:  # an account of its own: what is made once for a user is made now
        find_engine(told["kind"])
    started = Path(told["started"])
    (started / os.environ["DOCKERNET_CAPSULE"]).touch()
    end = time.monotonic() + PATIENCE / 3
    while len(list(started.iterdir())) < told["count"] and time.monotonic() < end:
        time.sleep(0.1)
    result = run_chapter(Path(told["notebook"]), Path(told["out"]))
    sees = Path(told["sees"])
    seen = json.loads(sees.read_text()) if sees.exists() else []
    print(json.dumps({"failure": result.failure, "seconds": result.seconds, "sees": seen}))


if __name__ == "__main__":
    main(sys.argv[1])
