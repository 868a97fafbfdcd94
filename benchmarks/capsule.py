"""How quick and how large is a capsule? ``python -m benchmarks.capsule [--build] [--rounds N] [SUITE…]``

For each release: from stopped to the engine's first answer, starting and running a container, and the engine's memory
(PSS: each shared page counts once). With ``--build``, building the pack from nothing. As root, also the same engine
started plainly, in namespaces of its own, with rounds that take turns: the ratio is what counts. Exit code 1 when a
target is missed: 30 s to build, 0.7 s to answer, 1.2 times root's engine.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import statistics
import sys
import tempfile
from collections.abc import Iterator, Sequence
from functools import partial
from http.client import HTTPConnection
from pathlib import Path
from socket import AF_UNIX, socket
from typing import Any

from benchmarks._timing import seconds
from dockernet_course.engines import LAB_IMAGE
from dockernet_course.engines.build import pack
from dockernet_course.engines.find import capsule, private
from dockernet_course.engines.find.private import Running
from tests.live.capsules import SUITES, members
from tests.root.plain import plain_engine

BUILD_SECONDS, START_SECONDS, RATIO = 30.0, 0.7, 1.2


def request(address: str, method: str, path: str, body: Any = None) -> Any:
    """One request to an engine; raises AssertionError unless it is answered well."""
    connection = HTTPConnection("localhost")
    connection.sock = socket(AF_UNIX)
    connection.sock.connect(address)
    content = body if hasattr(body, "read") else json.dumps(body)
    kind = "application/x-tar" if hasattr(body, "read") else "application/json"
    connection.request(method, path, content, {"Content-Type": kind})
    answer = connection.getresponse()
    text = answer.read()
    connection.close()
    assert answer.status < 300, text
    return json.loads(text) if text[:1] == b"{" else None


def run_container(address: str) -> str:
    """``docker run -d dockernet-lab:1``; its id."""
    made: str = request(address, "POST", "/containers/create", {"Image": LAB_IMAGE})["Id"]
    request(address, "POST", f"/containers/{made}/start", {})
    return made


def remove(address: str, container: str) -> None:
    """``docker rm -f``."""
    request(address, "DELETE", f"/containers/{container}?force=1", {})


def pss(pids: list[int]) -> float:
    """Megabytes."""
    total = 0
    for pid in pids:
        with contextlib.suppress(OSError):
            total += int(Path(f"/proc/{pid}/smaps_rollup").read_text().partition("Pss:")[2].split()[0])
    return total / 1024


def engine_memory(running: Running) -> float:
    """Of everything in the capsule that is not a container's own process, and of the keeper."""
    engine = ("keeper", "dockernet-init", "dockerd", "containerd", "docker-proxy", "outside", "www.example")
    return pss([pid for pid, name in members(running).items() if name.startswith(engine)])


def start_seconds(suite: str, rounds: int) -> float:
    """From stopped to the answer to ``/_ping``: median of starts, the pack being there."""
    taken = []
    for _ in range(rounds):
        took, _ = seconds(partial(capsule.start, "bench", suite))
        taken.append(took)
        private.stop("bench")
    return statistics.median(taken)


@contextlib.contextmanager
def engines(suite: str) -> Iterator[dict[str, str]]:
    """The sockets of the engines that take turns."""
    with contextlib.ExitStack() as stack:
        running = capsule.start("bench", suite)
        stack.callback(private.stop, "bench")
        stack.enter_context(private.hold("bench", "benchmark"))
        sockets = {"capsule": running.address.removeprefix("unix://")}
        if os.geteuid() == 0:
            sockets["root's"] = str(stack.enter_context(plain_engine(suite)).socket)
            with pack.ensure(suite).image.open("rb") as image:
                request(sockets["root's"], "POST", "/images/load?quiet=1", image)
        yield sockets


def container_seconds(sockets: dict[str, str], rounds: int) -> dict[str, float]:
    """Medians of creating and starting a container, of each engine."""
    taken: dict[str, list[float]] = {name: [] for name in sockets}
    for at in range(rounds + 2):
        for name, address in sockets.items():
            took, container = seconds(partial(run_container, address))
            remove(address, container)
            if at >= 2:  # the first ones fill caches
                taken[name].append(took)
    return {name: statistics.median(values) for name, values in taken.items()}


def measure(suite: str, rounds: int) -> bool:
    """Print one release's numbers; whether its targets are reached."""
    start = start_seconds(suite, min(rounds, 5))
    with engines(suite) as sockets:
        idle = engine_memory(next(one for one in private.status() if one.name == "bench"))
        taken = container_seconds(sockets, rounds)
        three = [run_container(sockets["capsule"]) for _ in range(3)]
        busy = engine_memory(next(one for one in private.status() if one.name == "bench"))
        for container in three:
            remove(sockets["capsule"], container)
    print(
        f"{suite}: stopped to answering {start:.2f} s; memory {idle:.0f} MB idle, {busy:.0f} MB with three containers"
    )
    print("  container start: " + ", ".join(f"{name} {value * 1000:.0f} ms" for name, value in taken.items()))
    ratio = taken["capsule"] / taken["root's"] if "root's" in taken else 0.0
    if ratio:
        print(f"  ratio to root's engine: {ratio:.2f}")
    return start <= START_SECONDS and ratio <= RATIO


def build(suite: str) -> bool:
    """Print how long building a pack from nothing takes."""
    kept = os.environ.get("DOCKERNET_CACHE")
    with tempfile.TemporaryDirectory() as empty:
        os.environ["DOCKERNET_CACHE"] = empty
        took, tree = seconds(lambda: pack.build(suite))
        size = (Path(empty) / f"{tree.about.key}.pack").stat().st_size
        image = tree.image.stat().st_size
    os.environ.pop("DOCKERNET_CACHE")
    if kept is not None:
        os.environ["DOCKERNET_CACHE"] = kept
    print(f"{suite}: pack built in {took:.1f} s, {size / 1e6:.0f} MB; lab image {image / 1e6:.0f} MB")
    return took <= BUILD_SECONDS


def main(argv: Sequence[str]) -> int:
    """The exit code."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("suites", nargs="*", default=list(SUITES))
    parser.add_argument("--build", action="store_true")
    parser.add_argument("--rounds", type=int, default=15)
    arguments = parser.parse_args(argv)
    reached = [build(suite) for suite in arguments.suites] if arguments.build else []
    for suite in arguments.suites:
        pack.ensure(suite)
        reached.append(measure(suite, arguments.rounds))
    return 0 if all(reached) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
