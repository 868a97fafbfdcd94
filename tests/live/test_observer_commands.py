"""Commands in the observer: one exec serves them all, side by side, and each has its own output and exit code."""

from __future__ import annotations

import os
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from dockernet_course.errors import LabError, WaitTimeout
from dockernet_course.lab import Lab, observer
from tests.waiting import eventually

pytestmark = pytest.mark.live
SERVERS = """for p in /proc/[0-9]*; do
  case $(tr '\\0' ' ' < $p/cmdline) in 'python3 -ISc import os; exec'*) COMMAND ${p#/proc/};; esac
done 2>/dev/null"""


def servers(lab: Lab) -> set[str]:
    return set(lab.host(SERVERS.replace("COMMAND", "echo")).text.split())


def readers() -> set[threading.Thread]:
    return {thread for thread in threading.enumerate() if thread.name == "lab-commands"}


def test_each_has_its_own_answer(lab: Lab) -> None:
    with ThreadPoolExecutor(20) as pool:
        said = pool.map(lambda n: lab.observer.run(["sh", "-c", f"echo {n}; echo e{n} >&2; exit {n}"]), range(60))
    for n, done in enumerate(said):
        assert (done.stdout, done.exit_code) == (b"%d\n" % n, n)
        assert sorted(done.text.split()) == [str(n), f"e{n}"]


def test_long_output_comes_whole(lab: Lab) -> None:
    script = "import os; [os.write(1, bytes(range(256)) * 4096) for _ in range(5)]"
    assert lab.observer.exec(["python3", "-ISc", script]) == bytes(range(256)) * 4096 * 5


def test_how_it_ends_is_told_as_by_an_exec(lab: Lab) -> None:
    ends = {
        ("sh", "-c", "kill -9 $$"): 137,
        ("no-such-program",): 127,
        ("echo", "a\0b"): 127,  # no program can be given that
        ("python3", "-ISc", "what is this"): 1,
        ("python3", "-ISc", "import sys; sys.exit(3)"): 3,
        ("python3", "-ISc", "import sys; sys.exit('no')"): 1,
        ("python3", "-ISc", "1 / 0"): 1,
        ("python3", "-ISc", "import sys; print(sys.argv[1:])", "a", "b c"): 0,
    }
    done = {argv: lab.observer.run(argv) for argv in ends}
    assert {argv: each.exit_code for argv, each in done.items()} == ends
    assert "ZeroDivisionError" in done["python3", "-ISc", "1 / 0"].text
    assert [each.text for each in done.values()][-1] == "['a', 'b c']\n"


def test_what_one_does_stays_with_it(lab: Lab) -> None:
    """A script's own state, its network namespace among it, is no other's; nor is the server's input."""
    script = (
        "import os, sys; print(sys.stdin.read() == '', os.environ.get('SERVER'), getattr(sys, 'mark', 0)); sys.mark = 1"
    )
    assert [lab.observer.exec(["python3", "-ISc", script]) for _ in range(2)] == [b"True None 0\n"] * 2
    assert lab.host("yes | head -1; readlink /proc/self/fd/0").text == "y\n/dev/null\n"


def test_what_goes_on_in_the_background_does_not_hold_the_answer(lab: Lab) -> None:
    done = lab.host("sleep 77 & echo started")
    assert done.text == "started\n" and done.ok
    assert lab.host("ps | awk '/[s]leep 77/ { print $1 }' | xargs kill").ok


def test_one_that_takes_too_long_is_given_up_and_others_go_on(lab: Lab) -> None:
    with pytest.raises(WaitTimeout, match="in time"):
        lab.host("sleep 5; echo late", timeout=0.5)
    assert lab.host("echo next").text == "next\n"


def test_a_server_that_is_killed_is_started_again(lab: Lab) -> None:
    before = servers(lab)
    assert len(before) == 1
    done = lab.host(SERVERS.replace("COMMAND", "kill -9"))  # in its own child
    assert done.exit_code == 137 and "ended from outside" in done.text
    after = servers(lab)
    assert len(after) == 1 and not after & before


def test_a_fork_takes_execs_of_its_own(lab: Lab) -> None:
    lab.observer.exec(["true"])
    read, write = os.pipe()
    if not (pid := os.fork()):
        try:
            os.write(write, lab.observer.exec(["echo", "fork"]))
        finally:
            os._exit(0)
    os.close(write)
    assert os.read(read, 100) == b"fork\n"
    os.close(read)
    os.waitpid(pid, 0)
    assert lab.observer.exec(["echo", "parent"]) == b"parent\n"


def test_where_it_cannot_run_each_takes_an_exec(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    lab.observer.close()
    monkeypatch.setattr(observer, "source", lambda *_: "import os; os._exit(1)")
    assert eventually(lambda: not (lab.observer._commands and lab.observer._commands.usable))
    assert lab.host("echo plain").text == "plain\n" and not lab.observer._served
    assert servers(lab) == set()


def test_it_ends_with_the_lab(lab: Lab) -> None:
    assert lab.observer.exec(["echo", "open"]) == b"open\n"
    there = readers()
    assert there
    lab.close()
    assert eventually(lambda: not readers() & there)
    with pytest.raises(LabError):
        lab.observer.exec(["true"])
