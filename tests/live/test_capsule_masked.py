"""The masked mode: a capsule where parts of /proc are masked. A whole pod, made by root, is in tests/root/test_pod."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from dockernet_course.engines.build import pack
from tests.live.capsules import SUITES

pytestmark = [pytest.mark.live, pytest.mark.once, pytest.mark.usefixtures("runtime")]

MASKED = ["unshare", "--user", "--map-root-user", "--mount", "--net", "--pid", "--mount-proc", "--fork", "--kill-child"]
MASKED += ["sh", "-c", 'mount -t tmpfs none /proc/bus && exec "$@"', "sh"]
ENDING = Path(__file__).with_name("ending.py")
QUOTED = "'\\''"
SEEN = """
docker run --rm --cap-drop ALL dockernet-lab:1 sh -c 'cat /proc/1/cmdline | tr "\\0" " "; readlink /proc/1/ns/pid'
readlink /proc/1/ns/pid
docker run --rm --pid host dockernet-lab:1 cat /proc/1/comm
docker run --rm dockernet-lab:1 curl -s www.example
"""


@pytest.mark.parametrize("suite", SUITES)
def test_containers_and_the_outside(suite: str) -> None:
    pack.ensure(suite)
    course = f"{sys.executable} -m dockernet_course.cli"
    commands = (
        f"{course} engine start --suite {suite} && exec {course} shell -- sh -c '{SEEN.replace(chr(39), QUOTED)}'"
    )
    done = subprocess.run([*MASKED, "sh", "-c", commands], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    *_, container, host, first, seen = done.stdout.splitlines()
    assert container.startswith("sh -c cat /proc/1/cmdline") and container.split()[-1] != host, done.stdout
    assert (first, seen.split()[-1]) == ("dockernet-init", "203.0.113.10")


@pytest.mark.parametrize("way", ["stop", "keeper", "first", "dockerd", "keeper+first"])
def test_nothing_is_left_however_it_ends(way: str) -> None:
    pack.ensure()
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])}
    command = [*MASKED, sys.executable, str(ENDING), way]
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=environment)
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    assert {f"sleep {n}" for n in (4444, 5555, 6666, 7777)} <= set(told["busy"]), told
    assert (told["left"], told["swept"], told["folders"]) == ([], [], []), told
