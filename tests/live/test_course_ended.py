"""A run of the course that is ended in the middle: its kernel ends, and of its folders nothing stays for long."""

from __future__ import annotations

import os
import signal
import subprocess
from pathlib import Path

import pytest

from tests.commands import DOCKERNET, dockernet, environment
from tests.waiting import eventually

pytestmark = [pytest.mark.live, pytest.mark.once]

COURSE = ("course", "00", "--engine", "capsule", "--out")


def in_the_middle(temporary: Path, out: Path) -> subprocess.Popen[bytes]:
    """A run whose kernel has begun: Jupyter has written its ports and key."""
    run = subprocess.Popen(
        [DOCKERNET, *COURSE, str(out)],
        env=environment(TMPDIR=str(temporary)),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    assert eventually(lambda: bool(kernels(temporary)), 120)
    return run


def kernels(temporary: Path) -> list[int]:
    """The processes that have a kernel's file of that folder among their words."""
    found = []
    for words in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            text = words.read_bytes()
        except OSError:  # it has just ended
            continue
        if b"ipykernel_launcher" in text and os.fsencode(temporary) in text:
            found.append(int(words.parent.name))
    return found


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL])
def test_nothing_stays(number: signal.Signals, tmp_path: Path) -> None:
    temporary, out = tmp_path / "tmp", tmp_path / "out"
    temporary.mkdir()
    run = in_the_middle(temporary, out)
    run.send_signal(number)
    run.wait(60)
    assert run.returncode != 0
    assert eventually(lambda: not kernels(temporary), 60)
    if number == signal.SIGKILL:
        assert list(temporary.iterdir()), "it could not tidy up"
        again = dockernet(*COURSE, str(out), TMPDIR=str(temporary))
        assert again.returncode == 0, again.stderr
    assert list(temporary.iterdir()) == []
