"""Two runs of the course at once: one does not write over the other, and none shares its engine."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.commands import dockernet

pytestmark = [pytest.mark.live, pytest.mark.once]

COURSE = [str(Path(sys.executable).with_name("dockernet")), "course", "00", "--engine", "capsule", "--out"]


def begun(out: Path) -> subprocess.Popen[str]:
    environment = {key: value for key, value in os.environ.items() if key not in ("DOCKERNET_CAPSULE", "DOCKER_HOST")}
    return subprocess.Popen([*COURSE, str(out)], env=environment, text=True, stdout=-1, stderr=subprocess.STDOUT)


def used(run: subprocess.Popen[str]) -> str:
    """The name of the engine that it holds."""
    for _ in range(600):
        held = re.search(rf"^(\S+): .*used by .*course {run.pid}", dockernet("engine", "status").stdout, re.MULTILINE)
        if held or run.poll() is not None:
            break
        time.sleep(0.1)
    assert held, run.communicate()[0]
    return held[1]


def test_two_runs_at_once(tmp_path: Path) -> None:
    one = begun(tmp_path / "one")
    first = used(one)
    one.send_signal(signal.SIGSTOP)  # so that it has not ended before the others have begun, however fast it is
    other = begun(tmp_path / "other")
    assert used(other) != first
    second = dockernet("course", "00", "--out", str(tmp_path / "one"))
    assert second.returncode == 1 and f"Another run of the course writes into {tmp_path / 'one'}" in second.stderr
    one.send_signal(signal.SIGCONT)
    for run in (one, other):
        said = run.communicate()[0]
        assert run.returncode == 0, said
    again = dockernet("course", "nothing-like-it", "--out", str(tmp_path / "one"))
    assert "Another run" not in again.stderr, "it has ended"
