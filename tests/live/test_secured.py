"""An engine that wants certificates, found by the current Docker context: they go wherever its address goes."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from dockernet_course.engines import LAB_IMAGE, Engine
from dockernet_course.engines.find import private
from tests import commands
from tests.live.secured import context, secured
from tests.waiting import eventually

pytestmark = [pytest.mark.live, pytest.mark.once]


@pytest.fixture
def far(private_engine: Engine, tmp_path: Path) -> Iterator[dict[str, str]]:
    with secured(Path(private_engine.address.removeprefix("unix://"))) as address:
        yield {**context(tmp_path / "config", address), "DOCKERNET_DATA": str(tmp_path / "data"), "address": address}


def dockernet(far: dict[str, str], *words: str) -> subprocess.CompletedProcess[str]:
    environ = {name: value for name, value in far.items() if name != "address"}
    return commands.dockernet(*words, before=(), timeout=300, stdin="", **environ)


def test_doctor_says_yes(far: dict[str, str]) -> None:
    engine = json.loads(dockernet(far, "doctor", "--json").stdout)["engine"]
    assert engine["address"] == far["address"] and engine["kind"] == "own"


def test_a_chapter_runs(far: dict[str, str], tmp_path: Path) -> None:
    ran = dockernet(far, "course", "00", "--out", str(tmp_path / "course"))
    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert private.status(), "its own engine runs still"


def test_a_terminal_has_the_certificates(far: dict[str, str]) -> None:
    ran = dockernet(far, "shell", "--", "sh", "-c", "echo $DOCKER_HOST $DOCKER_TLS_VERIFY; ls $DOCKER_CERT_PATH")
    assert ran.stdout.split() == [far["address"], "1", "ca.pem", "cert.pem", "key.pem"], ran.stderr


def test_a_terminal_says_that_it_is_not_on_the_engines_host(far: dict[str, str]) -> None:
    """That of a capsule is in another network namespace than this test."""
    ran = dockernet(far, "shell", "--", "true")
    assert ran.returncode == 0 and "another one than this machine" in ran.stderr
    assert "--network host --pid host --cap-add" in ran.stderr and LAB_IMAGE in ran.stderr


def test_the_address_alone_is_enough_with_the_context(far: dict[str, str]) -> None:
    ran = dockernet(far, "shell", "--engine", far["address"], "--", "sh", "-c", "echo $DOCKER_TLS_VERIFY")
    assert ran.stdout.strip() == "1", ran.stderr


_ASKED = "from dockernet_course.engines import find_engine; print(find_engine('auto').address)"


def test_a_kernel_of_jupyterlab_has_the_certificates(far: dict[str, str], tmp_path: Path) -> None:
    """What the server hands down to its kernels is its own environment."""
    environ = commands.environment(**{name: value for name, value in far.items() if name != "address"})
    none = subprocess.DEVNULL
    command = [commands.DOCKERNET, "lab", "--no-browser", "--folder", str(tmp_path / "mine")]
    with subprocess.Popen(command, env=environ, stdin=none, stdout=none, stderr=none) as server:
        try:
            words, variables = (Path(f"/proc/{server.pid}/{name}") for name in ("cmdline", "environ"))
            assert eventually(lambda: b"-m\0jupyterlab" in words.read_bytes(), 60)
            pairs = (os.fsdecode(each).partition("=") for each in variables.read_bytes().split(b"\0") if each)
            theirs = {name: value for name, _, value in pairs if name != "DOCKER_CONFIG"}  # the context is not asked
            asked = subprocess.run([sys.executable, "-c", _ASKED], env=theirs, capture_output=True, text=True)
        finally:
            server.terminate()
    assert asked.stdout.strip() == far["address"], asked.stderr
