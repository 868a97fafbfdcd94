"""The choice of the engine, as far as nothing has to be started for it."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from dockernet_course.engines.find import own
from dockernet_course.engines.find.choice import decide
from dockernet_course.engines.find.doctor import examine
from dockernet_course.errors import EngineNotFound, EngineUnreachable, EngineUnsupported


@pytest.fixture(autouse=True)
def nothing_of_this_machine(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in [name for name in os.environ if name.startswith(("DOCKER_", "DOCKERNET_"))]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("HOME", str(tmp_path))
    nowhere = own.Candidate("Docker", f"unix://{tmp_path}/docker.sock")
    monkeypatch.setattr(own, "well_known", lambda _: iter([nowhere]))


def test_auto_takes_a_capsule_where_there_is_no_other_engine(tmp_path: Path) -> None:
    decision = decide()
    assert decision.engine is None and decision.kinds == ("capsule", "vm") and decision.name == "default"
    assert str(tmp_path / "docker.sock") in decision.passed_over[0].reason


def test_the_environment_decides_for_auto_only(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DOCKERNET_ENGINE", "capsule")
    assert decide().kinds == ("capsule",) and "DOCKERNET_ENGINE" in decide().why
    with pytest.raises(EngineNotFound, match="of your own"):
        decide("own")
    monkeypatch.setenv("DOCKERNET_ENGINE", "vm")
    assert decide().kinds == ("vm",) and "virtual machine" in decide().why
    monkeypatch.setenv("DOCKERNET_ENGINE", "own")
    with pytest.raises(EngineNotFound, match="DOCKERNET_ENGINE asks"):
        decide()
    monkeypatch.setenv("DOCKERNET_ENGINE", "unix:///nowhere.sock")
    with pytest.raises(EngineUnreachable, match=r"/nowhere\.sock"):
        decide()


def test_a_release_or_a_name_asks_for_a_capsule(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DOCKER_HOST", "unix:///nowhere.sock")
    assert decide(suite="bookworm").suite == "bookworm"
    assert decide(capsule="mine").name == "mine"
    with pytest.raises(EngineUnreachable, match="DOCKER_HOST"):
        decide()


def test_a_private_one_is_asked_for_whatever_else_there_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DOCKER_HOST", "unix:///nowhere.sock")
    decision = decide("private")
    assert decision.engine is None and decision.asked and decision.kinds == ("capsule", "vm")
    assert decide("private", capsule="mine@vm").kinds == ("vm",)


def test_the_capsules_name_comes_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DOCKERNET_CAPSULE", "seat7")
    assert decide("capsule").name == "seat7"


def test_nonsense_is_refused() -> None:
    with pytest.raises(EngineUnsupported, match="'podman'"):
        decide("podman")


def test_the_doctor_reports_a_failure_instead_of_failing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DOCKER_HOST", "unix:///nowhere.sock")
    report = examine()
    assert not report.usable and report.engine is None
    assert "DOCKER_HOST" in report.why and any("unset DOCKER_HOST" in line for line in report.advice)
    assert report.to_dict()["schema"] == 2
