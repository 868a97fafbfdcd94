"""Fixtures for tests that start engines."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from dockernet_course.engines import Engine, find_engine, hold
from dockernet_course.engines.find import private
from dockernet_course.lab import Lab, open_lab
from tests.live import capsules, labs
from tests.waiting import eventually


@pytest.fixture
def runtime(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A runtime folder of the test's own; afterwards nothing may be left of what was started in it."""
    folder = Path(tempfile.mkdtemp(prefix="dn"))  # short: a socket's path has 107 bytes at most
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(folder))
    monkeypatch.delenv("DOCKERNET_CAPSULE", raising=False)
    started = []
    yield folder
    for running in private.status():
        started += list(capsules.members(running))
        private.stop(running.name)
    assert capsules.alive(started) == []
    assert capsules.mounts() == []
    assert list((folder / "dockernet").glob("*")) == []
    shutil.rmtree(folder)


@pytest.fixture(scope="module")
def engine(request: pytest.FixtureRequest) -> Iterator[Engine]:
    """The engine that the environment asks for, else a capsule of the test module's own (of DOCKERNET_SUITE)."""
    asked = os.environ.get("DOCKERNET_ENGINE") or os.environ.get("DOCKER_HOST")
    found = find_engine() if asked else _capsule_of(request)
    with hold(found, "tests"):
        yield found


@pytest.fixture(scope="module")
def private_engine(request: pytest.FixtureRequest, engine: Engine) -> Iterator[Engine]:
    """A capsule, whatever engine the environment asks for: for what acts on its host, or plays its owner."""
    found = engine if engine.private else _capsule_of(request)
    with hold(found, "tests"):
        yield found


def _capsule_of(request: pytest.FixtureRequest) -> Engine:
    suite = os.environ.get("DOCKERNET_SUITE")
    name = "-".join(filter(None, (request.path.stem.replace("_", "-"), suite)))
    return find_engine("capsule", suite=suite, capsule=name)


@pytest.fixture(autouse=True)
def _nothing_of_ours_is_left(request: pytest.FixtureRequest) -> Iterator[None]:
    """After a test with an engine: no container, network, volume of a lab, and no process that watches one."""
    names = {"engine", "private_engine"} & set(request.fixturenames)
    engines = [request.getfixturevalue(name) for name in names]
    yield
    for used in engines:
        assert labs.left_in(used) == []
    if engines:
        assert eventually(lambda: not labs.watchdogs())


@pytest.fixture
def lab(engine: Engine) -> Iterator[Lab]:
    """An open lab."""
    with open_lab(engine, "test") as opened:
        yield opened


@pytest.fixture
def own_progress(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """The learner's progress is left alone."""
    monkeypatch.setenv("DOCKERNET_DATA", str(tmp_path / "data"))
