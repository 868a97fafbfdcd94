"""Chapters in tests run on a capsule of their own, and leave no trace in anybody's progress."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from dockernet_course.engines import DEFAULT_SUITE
from dockernet_course.engines.capsule import stop

NAME = f"test-chapters-{os.getpid()}"


@pytest.fixture
def own_capsule(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[None]:
    """A fresh capsule for what the test runs: a broken host is gone with it."""
    for name, value in {
        "DOCKERNET_ENGINE": "capsule",
        "DOCKERNET_SUITE": DEFAULT_SUITE,
        "DOCKERNET_CAPSULE": NAME,
        "DOCKERNET_DATA": str(tmp_path / "data"),
    }.items():
        monkeypatch.setenv(name, value)
    stop(NAME)
    yield
    stop(NAME)
