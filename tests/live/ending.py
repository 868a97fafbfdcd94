"""Runs in a pid namespace that holds nothing else: whether anything is left of a capsule, however it ends.

Its arguments are the ways: which of ``keeper``, ``first`` (the capsule's first process), ``dockerd`` are killed, joined
by ``+``, or ``stop``. Prints a line of JSON for each.
"""

from __future__ import annotations

import json
import os
import select
import signal
import subprocess
import sys
import time

from dockernet_course.engines.find import capsule, private
from dockernet_course.engines.keeper import state

# On the host and in a container, also what has left its session; a container in the host's pid namespace; one that
# is started again; and what somebody left running in a terminal, in namespaces of its own.
_BUSY = """
docker run -d --name web dockernet-lab:1 && docker exec -d web setsid sleep 5555
docker run -d --network host --pid host dockernet-lab:1 sh -c 'setsid sleep 7777 & sleep 6666'
docker run -d --restart=always dockernet-lab:1
unshare -r setsid sleep 4444 > /dev/null 2>&1 < /dev/null &
until ps -eo args | grep -q '^sleep 4444' && ps -eo args | grep -q '^sleep 7777'; do sleep 0.1; done
"""
_PATIENCE = 5.0


def alive() -> list[str]:
    """The command lines of all processes, but for the pod's first one, this one, and those that are dead."""
    shown = subprocess.run(["ps", "-eo", "pid=,stat=,args=", "-ww"], capture_output=True, text=True, check=True).stdout
    lines = (line.split(None, 2) for line in shown.splitlines())
    ours = ("sleep infinity", "ps -eo", "ending.py")
    return [args for _, stat, args in lines if stat[0] != "Z" and not any(word in args for word in ours)]


def gone() -> list[str]:
    """What lives after a while."""
    end = time.monotonic() + _PATIENCE
    while (left := alive()) and time.monotonic() < end:
        time.sleep(0.01)
    return left


def kill(way: str, running: private.Running) -> None:
    """End it that way."""
    if way == "stop":
        private.stop(running.name)
        return
    dockerd = subprocess.run(["pidof", "dockerd"], capture_output=True, text=True, check=False).stdout
    pids = {"keeper": running.keeper, "first": running.pid, "dockerd": int(dockerd)}
    watched = [os.pidfd_open(pids[name]) for name in way.split("+")]
    for process in watched:
        signal.pidfd_send_signal(process, signal.SIGKILL)
    for process in watched:  # killed at once, but dead a moment later
        select.select([process], [], [])


def tried(way: str) -> dict[str, object]:
    """A busy capsule, and what is left of it at once, and when somebody has looked what capsules there are."""
    running = capsule.start("ends")
    subprocess.run(capsule.enter_argv("ends", ["sh", "-c", _BUSY]), check=True, stdout=sys.stderr)
    busy = alive()
    kill(way, running)
    left = [] if "+" in way else gone()
    private.status()
    return {"way": way, "busy": busy, "left": left, "swept": gone(), "folders": state.names()}


for word in sys.argv[1:]:
    print(json.dumps(tried(word)), flush=True)
