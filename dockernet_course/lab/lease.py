"""Whose a lab is: the labels on everything it makes, and whether its owner still lives.

A lease is ``host:pid:start``: the machine's name with the pid namespace, the process, and when that process started
(clock ticks since boot, ``proc(5)``), because pids are used again.
"""

from __future__ import annotations

import os
import socket
from pathlib import Path

from dockernet_course.processes import started

__all__ = ["LABEL", "LEASE", "VIEW", "alive", "labels", "mine"]

LABEL = "org.dockernet.course"
LEASE = "org.dockernet.lease"
VIEW = "org.dockernet.view"


def labels(lab: str, lease: str, *, view: bool = False) -> dict[str, str]:
    """What everything of a lab carries, and the observer of a ``view``, which has nothing else on the engine."""
    return {LABEL: lab, LEASE: lease, **({VIEW: ""} if view else {})}


def mine() -> str:
    """The lease of this process."""
    return f"{_host()}:{os.getpid()}:{started(os.getpid())}"


def alive(lease: str) -> bool:
    """Whether the owner may still live: surely not, if it was of this machine and its process is gone.

    Of a lease in another form, which is not one of ours, nothing is known.
    """
    match lease.rsplit(":", 2):
        case [host, pid, since] if host == _host() and pid.isdecimal():
            return started(int(pid)) == since
    return True


def _host() -> str:
    return f"{socket.gethostname()}/{Path('/proc/self/ns/pid').stat().st_ino}"
