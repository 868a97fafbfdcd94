"""What happens to a learner in the middle of a chapter: it is told in words, and the next ``begin`` works and cleans.

A real kernel, as JupyterLab runs it, and beside it a person who breaks things by hand.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from typing import Any

import docker
import pytest
from jupyter_client.blocking.client import BlockingKernelClient
from jupyter_client.manager import KernelManager, start_new_kernel

from dockernet_course.engines import LAB_IMAGE, Engine, find_engine, hold
from dockernet_course.engines.find.private import stop
from dockernet_course.lessons.catalogue import chapter
from tests.notebooks.conftest import NAME

CELL_S = 60
FIND = {
    "a private engine": "engine = 'capsule'",
    "an engine of one's own": "engine = replace(find_engine('capsule'), kind='own', name=None)",
}
BEGIN = "lesson = begin('02-bridge', engine); lab = lesson.lab"
WORK = """
shop = lab.create_network("shop")
web, db = lab.run("web", network="shop"), lab.run("db")
lesson.expect("02.talk", True, "before it happened")
"""
SLOW = 'print("it waits", flush=True); lab.container("db").sh("sleep 30")'


def after_a_second(happens: Callable[[], object]) -> None:
    time.sleep(1)
    happens()


class Seat:
    """A learner's kernel."""

    def __init__(self, kind: str) -> None:
        self.kind, self._manager, self._client = kind, *self._started()
        self._client.allow_stdin = False
        self.prepare()

    @staticmethod
    def _started() -> tuple[KernelManager, BlockingKernelClient]:
        return start_new_kernel(kernel_name="python3")

    def prepare(self) -> None:
        self.good("from dataclasses import replace\nfrom dockernet_course import *")
        self.good(FIND[self.kind])

    def run(self, code: str) -> tuple[str, str]:
        """A cell: what it printed, and the error that it ended with, or an empty string."""
        printed: list[str] = []

        def note(message: dict[str, Any]) -> None:
            content = message["content"]
            printed.append(content.get("text") or content.get("data", {}).get("text/plain", ""))

        reply = self._client.execute_interactive(code, timeout=CELL_S, output_hook=note)["content"]
        error = f"{reply['ename']}: {reply['evalue']}" if reply["status"] == "error" else ""
        return "".join(printed), error

    def good(self, code: str) -> str:
        printed, error = self.run(code)
        assert not error, error
        return printed

    def while_it_waits(self, happens: Callable[[], object]) -> str:
        """The error of a cell in the middle of which something happens."""
        with ThreadPoolExecutor(1) as hand:
            done = hand.submit(after_a_second, happens)
            _, error = self.run(SLOW)
            done.result()
        return error

    def interrupt(self) -> None:
        self._manager.interrupt_kernel()

    def restart(self) -> None:
        self._manager.restart_kernel(now=True)
        self._client.wait_for_ready(timeout=CELL_S)
        self.prepare()

    def close(self) -> None:
        self._client.stop_channels()
        self._manager.shutdown_kernel(now=True)


@pytest.fixture
def engine(own_capsule: None, tmp_path: Path) -> Engine:
    return find_engine("capsule")


@pytest.fixture
def hand(engine: Engine) -> Iterator[docker.DockerClient]:
    """Somebody who works on the engine beside the lesson, and has a container of their own there."""
    client = engine.client()
    with hold(engine, "hand"):
        yield client
    client.close()


@pytest.fixture(params=FIND)
def seat(request: pytest.FixtureRequest, hand: docker.DockerClient) -> Iterator[Seat]:
    """A chapter in the middle; a container of the learner's own is there where the engine is."""
    if request.param != "a private engine":
        hand.containers.run(LAB_IMAGE, name="mine", detach=True)
    learner = Seat(request.param)
    try:
        learner.good(BEGIN + WORK)
        yield learner
    finally:
        learner.close()


def goes_on(seat: Seat, hand: docker.DockerClient) -> None:
    """The next ``begin`` works, finds a clean lab, and nothing of the learner's is lost."""
    seat.good(BEGIN)
    seat.good("assert not observe(lab).containers, observe(lab).containers")
    assert not [network for network in hand.networks.list() if (network.name or "").startswith("shop")]
    seat.good(WORK)
    checks = len(chapter("02-bridge").checks)
    assert f" 1 of {checks} " in seat.good("progress()"), "what was done before is kept"
    if seat.kind != "a private engine":
        assert hand.containers.get("mine").status == "running"
    seat.good("lesson.end()")
    left = {container.name for container in hand.containers.list(all=True)}
    assert left == (set() if seat.kind == "a private engine" else {"mine"})


def test_a_container_killed_by_hand(seat: Seat, hand: docker.DockerClient) -> None:
    hand.containers.get("web").kill()
    _, error = seat.run('web.sh("ip addr")')
    assert error.startswith("ContainerExited: ") and "Start it again with .start()" in error
    goes_on(seat, hand)


def test_a_container_removed_in_the_middle_of_a_cell(seat: Seat, hand: docker.DockerClient) -> None:
    seat.while_it_waits(lambda: hand.containers.get("db").remove(force=True))
    _, error = seat.run('db.sh("ip addr")')
    assert error.startswith("NotFound: ") and "lab.containers()" in error
    goes_on(seat, hand)


def test_a_network_removed_by_hand(seat: Seat, hand: docker.DockerClient) -> None:
    hand.networks.get("shop").disconnect("web")
    hand.networks.get("shop").remove()
    _, error = seat.run("lab.connect(shop, db)")
    assert error.startswith("NotFound: "), error
    goes_on(seat, hand)


def test_an_interrupted_cell(seat: Seat, hand: docker.DockerClient) -> None:
    assert seat.while_it_waits(seat.interrupt).startswith("KeyboardInterrupt")
    goes_on(seat, hand)


def test_a_kernel_that_is_restarted(seat: Seat, hand: docker.DockerClient) -> None:
    seat.restart()
    goes_on(seat, hand)


@pytest.mark.parametrize("seat", ["a private engine"], indirect=True)
def test_an_engine_that_stops_in_the_middle_of_a_cell(seat: Seat) -> None:
    error = seat.while_it_waits(lambda: stop(NAME))
    assert error.startswith("EngineStopped: ") and "begin the chapter again" in error
    again = find_engine("capsule")
    with hold(again, "hand"), closing(again.client()) as hand:
        goes_on(seat, hand)
