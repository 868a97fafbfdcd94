"""The Compose plugin where it cannot be fetched, and what of it in the cache is ours."""

from __future__ import annotations

from pathlib import Path

import pytest

from dockernet_course.engines.build import compose, ours
from dockernet_course.errors import PackError


def test_without_a_package_manager_it_is_said_what_to_do(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("DOCKERNET_CACHE", str(tmp_path))
    monkeypatch.setenv("PATH", str(tmp_path))
    assert compose.present() is None
    with pytest.raises(PackError, match="The Compose plugin cannot be fetched") as caught:
        compose.ensure()
    assert "docker compose" in caught.value.cure
    assert [path.name for path in tmp_path.iterdir()] == [path.name for path in ours.entries(tmp_path)]


def test_one_that_is_not_whole_is_none(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("DOCKERNET_CACHE", str(tmp_path))
    folder = tmp_path / compose._name()
    (folder / "root").mkdir(parents=True)
    (folder / "fingerprint").write_text("another")
    assert compose.present() is None
