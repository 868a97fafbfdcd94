"""A learner's hour in Binder's pod: memory and processor time of everything in it, chapter by chapter. As root.

``python -m benchmarks.seat [--engine vm|capsule] [--pause SECONDS] [CHAPTER …]``: the image of
``tests/root/binder_image.py`` is built, and in a pod of it (one processor, 2 GB, no network) a server and, one after
the other, the kernels of the chapters run, with a pause after each cell. 15 seconds are about an hour for nine
chapters.
"""

from __future__ import annotations

import argparse
import os
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

from tests.root.binder_image import PATH, a_pod, built
from tests.root.pod import Pod

CGROUPS = Path("/sys/fs/cgroup")
UNIFIED = (CGROUPS / "cgroup.controllers").exists()
MB = 1e6
CHAPTER = """
import sys, time, nbformat
from nbclient import NotebookClient
book = nbformat.read(sys.argv[1], as_version=4)
NotebookClient(book, timeout=600, on_cell_executed=lambda cell, **_: time.sleep(float(sys.argv[2]))).execute()
"""
SERVER = "exec ./binder/start jupyter-lab --ip=127.0.0.1 --ServerApp.token=x >server.log 2>&1"


@dataclass
class Memory:
    """The most that processes of the pod had at once, page cache left out: looked at twice a second."""

    groups: tuple[Path, ...]
    most: float = 0.0
    ended: threading.Event = field(default_factory=threading.Event)

    def watch(self) -> None:
        while not self.ended.wait(0.5):
            self.most = max(self.most, self.now())

    def now(self) -> float:
        (group,) = [g for g in self.groups if (g / "memory.stat").exists()]
        lines = (line.split() for line in (group / "memory.stat").read_text().splitlines())
        facts = {name: int(value) for name, value in lines}
        names = ("anon", "shmem") if UNIFIED else ("total_rss", "total_shmem")
        return sum(facts.get(name, 0) for name in names) / MB


def processor_seconds(pod: Pod) -> float:
    """What all processes that were ever in the pod have used."""
    if UNIFIED:
        facts = dict(line.split() for line in (pod.cgroups[0] / "cpu.stat").read_text().splitlines())
        return int(facts["usage_usec"]) / 1e6
    return int((pod.cgroups[-1] / "cpuacct.usage").read_text()) / 1e9


@contextmanager
def counted(pod: Pod) -> Iterator[Pod]:
    """The pod, whose commands are counted: version 1 has a hierarchy of its own for that."""
    if UNIFIED:
        yield pod
        return
    group = CGROUPS / "cpuacct" / f"dockernet-seat-{os.getpid()}"
    group.mkdir()
    try:
        yield replace(pod, cgroups=(*pod.cgroups, group))
    finally:
        for process in (group / "cgroup.procs").read_text().split():
            (group.parent / "cgroup.procs").write_text(process)
        group.rmdir()


def measure(bare: Pod, chapters: Sequence[str], pause: float) -> bool:
    """Print one line a chapter, and one for all; whether all passed."""
    passed = True
    print("chapter | seconds | processor seconds | MB at most")
    with counted(bare) as pod:
        env = {"PATH": PATH}
        memory = Memory(pod.cgroups)
        threading.Thread(target=memory.watch, daemon=True).start()
        server = threading.Thread(target=pod.run, args=(["bash", "-ec", SERVER], env), daemon=True)
        server.start()
        began = time.monotonic()
        found = sorted(Path(__file__).parents[1].glob("notebooks/[0-9][0-9]-*.ipynb"))
        for chapter in (path.name for path in found if not chapters or path.name[:2] in chapters):
            since, used = time.monotonic(), processor_seconds(pod)
            ended = pod.run(["python", "-c", CHAPTER, f"notebooks/{chapter}", str(pause)], env)
            passed = passed and ended.returncode == 0
            state = "" if ended.returncode == 0 else f" FAILED {ended.stderr[-500:]}"
            spent = processor_seconds(pod) - used
            print(
                f"{chapter[:2]} | {time.monotonic() - since:.0f} | {spent:.0f} | {memory.most:.0f}{state}", flush=True
            )
        print(f"all | {time.monotonic() - began:.0f} | {processor_seconds(pod):.0f} | {memory.most:.0f}")
        memory.ended.set()
    return passed


def main(argv: Sequence[str]) -> int:
    """The exit code: 1 when a chapter failed."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--engine", choices=["vm", "capsule"], default="vm")
    parser.add_argument("--pause", type=float, default=15.0)
    parser.add_argument("chapters", nargs="*")
    asked = parser.parse_args(argv)
    with built() as image, a_pod(image.root, image.home, filtered=asked.engine == "vm") as bare:
        return 0 if measure(bare, asked.chapters, asked.pause) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
