"""Fixtures for tests that start engines."""

from __future__ import annotations

import os
import re
import shutil
import tempfile
import zlib
from collections.abc import Iterator
from pathlib import Path

import pytest

from dockernet_course.engines import Engine, capsule, find_engine
from dockernet_course.lab import Lab, leftovers, open_lab
from tests.live import capsules


@pytest.fixture
def runtime(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A runtime folder of the test's own; afterwards nothing may be left of what was started in it."""
    folder = Path(tempfile.mkdtemp(prefix="dn"))  # short: a socket's path has 107 bytes at most
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(folder))
    monkeypatch.delenv("DOCKERNET_CAPSULE", raising=False)
    started = []
    yield folder
    for running in capsule.status():
        started += list(capsules.members(running))
        capsule.stop(running.name)
    assert capsules.alive(started) == []
    assert capsules.mounts() == []
    assert list((folder / "dockernet").glob("*")) == []
    shutil.rmtree(folder)


@pytest.fixture(scope="module")
def engine(request: pytest.FixtureRequest) -> Engine:
    """The engine that the environment asks for, else a capsule of the test module's own (of DOCKERNET_SUITE)."""
    if os.environ.get("DOCKERNET_ENGINE") or os.environ.get("DOCKER_HOST"):
        return find_engine()
    module = re.sub(r"^test_", "", Path(request.path).stem)
    return find_engine("capsule", suite=os.environ.get("DOCKERNET_SUITE"), capsule=f"test-{module}")


@pytest.fixture
def lab(engine: Engine, request: pytest.FixtureRequest) -> Iterator[Lab]:
    """An open lab; afterwards nothing of any lab may be left in the engine, nor a process of this one's."""
    with open_lab(engine, f"t{zlib.crc32(request.node.name.encode()):x}") as opened:
        yield opened
    assert leftovers(engine) == ()
