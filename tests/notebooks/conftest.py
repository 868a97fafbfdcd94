"""Chapters in tests run on a capsule of their own, and leave no trace in anybody's progress."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from jupyter_client.manager import AsyncKernelManager
from jupyter_core.utils import run_sync

from dockernet_course.course.chapters import FOLDER
from dockernet_course.engines import DEFAULT_SUITE
from dockernet_course.engines.find.private import stop

ROOT = Path(__file__).parents[2]
NAME = f"test-chapters-{os.getpid()}"


@pytest.fixture(scope="session")
def kernel(tmp_path_factory: pytest.TempPathFactory) -> Iterator[AsyncKernelManager]:
    """A kernel for many broken chapters, with a capsule of its own, each of this process: see ``afresh``."""
    name = f"test-broken-{os.getpid()}"
    own = {
        **_capsule(name, tmp_path_factory.mktemp("data")),
        "PYTHONPATH": str(ROOT),
    }
    manager = AsyncKernelManager(kernel_name="python3")
    run_sync(manager.start_kernel)(env={**os.environ, **own}, cwd=str(FOLDER), extra_arguments=["--log-level=ERROR"])
    yield manager
    run_sync(manager.shutdown_kernel)(now=True)
    stop(name)


def _capsule(name: str, data: Path) -> dict[str, str]:
    """The environment in which a chapter runs on that capsule, and tells no learner's progress of it."""
    return {
        "DOCKERNET_ENGINE": "capsule",
        "DOCKERNET_SUITE": DEFAULT_SUITE,
        "DOCKERNET_CAPSULE": name,
        "DOCKERNET_DATA": str(data),
    }


@pytest.fixture
def own_capsule(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[None]:
    """A fresh capsule for what the test runs: a broken host is gone with it."""
    for name, value in _capsule(NAME, tmp_path / "data").items():
        monkeypatch.setenv(name, value)
    stop(NAME)
    yield
    stop(NAME)
