"""The variables of the environment: what they may hold, and who reads them."""

from __future__ import annotations

import ast
import errno
import os
import re
import tempfile
from pathlib import Path

import pytest
from typer.testing import CliRunner

import dockernet_course
from dockernet_course import settings
from dockernet_course.cli import app
from dockernet_course.engines.build import pack
from dockernet_course.engines.find import private
from dockernet_course.engines.find.choice import decide
from dockernet_course.engines.find.doctor import examine
from dockernet_course.engines.keeper import state
from dockernet_course.errors import DockernetError, EngineError, EngineUnsupported, InvalidName, InvalidSetting
from tests.commands import dockernet

PACKAGE = Path(dockernet_course.__file__).parent


@pytest.fixture(autouse=True)
def nothing_is_set(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in os.environ if name.startswith(("DOCKER_", "DOCKERNET_"))]:
        monkeypatch.delenv(name)


@pytest.mark.parametrize(
    ("name", "value", "error"),
    [
        *(("DOCKERNET_IDLE", value, InvalidSetting) for value in ("nan", "inf", "-inf", "abc", "-5", "1e12", "5 s")),
        *(("DOCKERNET_ENGINE", value, EngineUnsupported) for value in ("docker", "podman", "Capsule", "/run/x.sock")),
        *(("DOCKERNET_CAPSULE", value, InvalidName) for value in ("a/b", "..", "-x", "a" * 33, "ü")),
        *(("DOCKERNET_SUITE", value, InvalidSetting) for value in ("../x", "a b")),
    ],
)
def test_what_cannot_be_is_said_before_anything_starts(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str, error: type[DockernetError]
) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(error) as caught:
        decide("capsule")
    assert caught.value.cure and (name in str(caught.value) or value in str(caught.value))


def test_an_unknown_word_lists_the_words(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DOCKERNET_ENGINE", "dockr")
    for choice in ("auto", "dockr"):
        with pytest.raises(EngineUnsupported, match="'dockr' is no engine") as caught:
            decide(choice)
        assert all(word in caught.value.cure for word in (*settings.CHOICES, "unix://", "tcp://"))


@pytest.mark.parametrize("value", ["nan", "abc", "-5"])
def test_the_command_says_it_in_words(value: str) -> None:
    ran = dockernet("engine", "start", DOCKERNET_IDLE=value, DOCKERNET_CAPSULE=f"set{os.getpid()}")
    assert ran.returncode == 1 and f"DOCKERNET_IDLE={value} cannot be" in ran.stderr
    assert "Traceback" not in ran.stderr


def test_the_doctor_says_it_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DOCKERNET_IDLE", "nan")
    assert not examine().usable and "DOCKERNET_IDLE=nan" in examine().why


def test_what_is_set_counts(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    assert private.idle_seconds(None) == 20.0 and private.default_name() == "default"
    for name, value in {"IDLE": " 0.5 ", "CAPSULE": "seat7", "SUITE": "bookworm", "CACHE": "~/packs"}.items():
        monkeypatch.setenv(f"DOCKERNET_{name}", value)
    monkeypatch.setenv("HOME", str(tmp_path))
    assert (private.idle_seconds(None), private.default_name()) == (0.5, "seat7")
    assert (pack.default_suite(), pack.cache_folder()) == ("bookworm", tmp_path / "packs")
    monkeypatch.setenv("DOCKERNET_CACHE", "packs")
    assert pack.cache_folder() == Path.cwd() / "packs"


def test_a_runtime_folder_whose_path_is_too_long(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    folder = tmp_path / ("a" * 90)
    folder.mkdir(mode=0o700)
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(folder))
    with pytest.raises(EngineError, match="path of an engine's socket would be too long") as caught:
        state.folder_of("default")
    assert "107" in caught.value.state and "XDG_RUNTIME_DIR" in caught.value.cure
    assert not list((folder / "dockernet").iterdir())


def test_where_no_folder_can_be_made_in_tmp(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("XDG_RUNTIME_DIR", raising=False)
    monkeypatch.setattr(state, "_TMP", tmp_path / "gone")
    monkeypatch.setattr(state, "_only_ours", lambda *_: False)
    with pytest.raises(EngineError, match="No folder can be made in") as caught:
        state.runtime_folder()
    assert "No such file" in caught.value.state and "XDG_RUNTIME_DIR" in caught.value.cure


def test_a_full_disk_is_told_in_words(monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object, **__: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), "/tmp/somewhere")

    monkeypatch.setattr(tempfile, "TemporaryDirectory", full)
    ran = CliRunner().invoke(app, ["notebooks"])
    assert ran.exit_code == 1 and "There is no room to write" in ran.output and "/tmp/somewhere" in ran.output


def test_nobody_else_names_a_variable_of_ours() -> None:
    named = {
        path.relative_to(PACKAGE).as_posix()
        for path in PACKAGE.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Constant) and re.fullmatch(r"DOCKERNET_[A-Z]+", str(node.value))
    }
    assert named == {"settings.py"}


def test_every_variable_that_is_spoken_of_is_one() -> None:
    """In errors and docstrings of the package."""
    spoken = {name for path in PACKAGE.rglob("*.py") for name in re.findall(r"DOCKERNET_[A-Z]+", path.read_text())}
    known = {value for name, value in vars(settings).items() if name.isupper() and isinstance(value, str)}
    assert spoken == known
