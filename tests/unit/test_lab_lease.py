"""Leases: whose a lab is, and whether its owner lives."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from dockernet_course.lab import lease


def test_this_process_is_alive() -> None:
    assert lease.alive(lease.mine())
    assert lease.mine().split(":")[-2] == str(os.getpid())


def test_a_pid_that_is_used_again_is_another_process() -> None:
    host, pid, started = lease.mine().rsplit(":", 2)
    assert not lease.alive(f"{host}:{pid}:{int(started) - 1}")


def test_a_process_that_ended_is_dead_also_before_it_is_collected() -> None:
    code = "from dockernet_course.lab import lease; print(lease.mine())"
    child = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True)
    assert child.stdout
    owner = child.stdout.readline().strip()
    os.waitid(os.P_PID, child.pid, os.WEXITED | os.WNOWAIT)
    assert not lease.alive(owner)
    child.communicate()
    assert not lease.alive(owner)


@pytest.mark.parametrize("owner", ["nobody", "", ":::", f"{lease.mine().rpartition(':')[0].rpartition(':')[0]}:x:1"])
def test_of_a_lease_in_another_form_nothing_is_known(owner: str) -> None:
    assert lease.alive(owner)


@pytest.mark.parametrize("owner", ["another-machine/1:1:1", "x:y/4026531836:999999:12"])
def test_nobody_judges_another_machine(owner: str) -> None:
    assert lease.alive(owner)
