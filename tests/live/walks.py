"""The lab in which packets are followed, what a walk may not leave in it, and short ways to name its containers."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from dockernet_course.engines import Engine
from dockernet_course.experiments.targets import Party
from dockernet_course.lab import ContainerHandle, Lab, open_lab
from dockernet_course.observe import observe

__all__ = ["_nothing_of_ours_is_left", "lab", "left", "opened", "party", "web"]


@pytest.fixture(scope="module")
def opened(private_engine: Engine) -> Iterator[Lab]:
    """Two networks; four containers and one that joined another's network."""
    with open_lab(private_engine, "walk") as lab:
        lab.create_network("front")
        lab.create_network("back")
        lab.run("web", network="front", publish="8080:80")
        lab.run("db", network="front")
        lab.run("far", network="back")
        lab.run("idle", ["sleep", "1000"], network="front")
        lab.run("side", ["sleep", "1000"], network="container:web")
        yield lab


@pytest.fixture
def lab(opened: Lab) -> Iterator[Lab]:
    """The same, and nothing of a walk may be left in any firewall afterwards."""
    yield opened
    assert left(opened) == []


@pytest.fixture(autouse=True)
def _nothing_of_ours_is_left() -> None:
    """The lab outlives each test here; its module's own end is looked at by test_walk_safety.py."""


def left(lab: Lab) -> list[str]:
    """Our tables, on the host and in the containers."""
    pids = {container.pid for container in observe(lab).containers if container.pid}
    script = f"for p in 1 {' '.join(map(str, pids))}; do nsenter --net=/proc/$p/ns/net nft list tables; done"
    return [line for line in lab.host(script).text.splitlines() if "dockernet_walk" in line]


def web(lab: Lab) -> ContainerHandle:
    return lab.container("web")


def party(container: ContainerHandle) -> Party:
    return Party(container.real_name, container.id)
