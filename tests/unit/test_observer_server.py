"""The program in the observer that starts commands: what becomes of them when the container's first process ends."""

from __future__ import annotations

import struct
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from dockernet_course.lab import in_observer

SERVER = Path(in_observer.__file__).with_name("server.py")


def asked(number: int, argv: Sequence[str]) -> bytes:
    words = b"".join(struct.pack("!I", len(word)) + word.encode() for word in argv)
    return struct.pack("!II", 4 + len(words), number) + words


def answer(server: subprocess.Popen[bytes]) -> tuple[int, int, bytes]:
    assert server.stdout
    number, kind, length = struct.unpack("!IBI", server.stdout.read(9))
    return number, kind, server.stdout.read(length)


def runs(pid: int) -> bool:
    return Path(f"/proc/{pid}/cmdline").exists()


def test_commands_end_with_the_containers_first_process() -> None:
    """Also where one has ended, and what it has left holds its output elsewhere."""
    with (
        subprocess.Popen(["sleep", "60"]) as first,
        subprocess.Popen(
            [sys.executable, "-ISc", SERVER.read_text(), str(first.pid)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
        ) as server,
    ):
        assert server.stdin
        server.stdin.write(asked(1, ["sh", "-c", "setsid sleep 3 & echo over"]))
        server.stdin.flush()
        assert answer(server) == (1, 1, b"over\n")
        server.stdin.write(asked(2, ["sh", "-c", "echo $$; exec sleep 60"]))
        server.stdin.flush()
        pid = int(answer(server)[2])
        assert runs(pid)
        first.kill()
        assert server.wait(10) == 0
        end = time.monotonic() + 10
        while runs(pid) and time.monotonic() < end:
            time.sleep(0.01)
        assert not runs(pid)
