"""Preflight says in words what a host forbids; each obstacle is made for real, for one process."""

from __future__ import annotations

import json
import subprocess
import sys
import time

import pytest

from dockernet_course.engines.build import pack
from dockernet_course.engines.find import capsule
from dockernet_course.engines.keeper.apart import command
from tests.commands import NONE_LEFT

pytestmark = [pytest.mark.live, pytest.mark.once]

# A seccomp filter that answers one system call with EPERM, installed in a process that then becomes another program.
FILTERED = """
import ctypes, os, struct, sys
libc = ctypes.CDLL(None, use_errno=True)
number, argv = int(sys.argv[1]), sys.argv[2:]
code = [(0x20, 0, 0, 0), (0x15, 0, 1, number), (0x06, 0, 0, 0x50001), (0x06, 0, 0, 0x7FFF0000)]
program = ctypes.create_string_buffer(b"".join(struct.pack("HBBI", *step) for step in code))
class Program(ctypes.Structure):
    _fields_ = [("length", ctypes.c_ushort), ("code", ctypes.c_void_p)]
libc.prctl(38, 1, 0, 0, 0)
assert libc.prctl(22, 2, ctypes.byref(Program(len(code), ctypes.addressof(program)))) == 0
os.execv(argv[0], argv)
"""
SYSTEM_CALLS = {"x86_64": {"unshare": 272, "mount": 165}, "aarch64": {"unshare": 97, "mount": 40}}


def test_nothing_is_in_the_way_here() -> None:
    began = time.perf_counter()
    assert capsule.preflight() == []
    assert time.perf_counter() - began < 1.0  # 0.05 s on an idle machine
    assert capsule.notes() == []


def test_no_user_namespaces_left() -> None:
    obstacles = probed(*NONE_LEFT)
    assert len(obstacles) == 1
    assert "user.max_user_namespaces" in obstacles[0]


@pytest.mark.usefixtures("runtime")
def test_a_start_says_what_is_forbidden_too() -> None:
    pack.ensure()
    start = [sys.executable, "-m", "dockernet_course.cli", "engine", "start", "--name", "forbidden"]
    done = subprocess.run([*NONE_LEFT, *start], capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "does not let an ordinary process have a private Docker Engine" in done.stderr, done.stderr
    assert "user.max_user_namespaces" in done.stderr


@pytest.mark.parametrize(
    ("call", "said"),
    [("unshare", "A seccomp filter refuses user namespaces"), ("mount", "A seccomp filter refuses mounting")],
)
def test_a_seccomp_filter(call: str, said: str) -> None:
    import platform

    number = SYSTEM_CALLS[platform.machine()][call]
    obstacles = probed(sys.executable, "-c", FILTERED, str(number))
    assert [obstacle for obstacle in obstacles if said in obstacle] == obstacles[:1]


def test_a_masked_proc() -> None:
    """As in a container or a Kubernetes pod: something lies over a part of /proc. A capsule does without its own."""
    mask = 'mount -t tmpfs none /proc/bus && exec "$@"'
    before = [
        "unshare",
        "--user",
        "--map-root-user",
        "--mount",
        "--pid",
        "--mount-proc",
        "--fork",
        "sh",
        "-c",
        mask,
        "sh",
    ]
    obstacles, notes = asked(*before)
    assert obstacles == []
    assert "A new /proc is refused" in notes[0]


def probed(*before: str) -> list[str]:
    return asked(*before)[0]


def asked(*before: str) -> tuple[list[str], list[str]]:
    answer = subprocess.run([*before, *command("inside.probe")], capture_output=True, text=True, check=True)
    obstacles, notes = json.loads(answer.stdout)
    return obstacles, notes
