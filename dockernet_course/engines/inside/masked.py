"""The masked mode: for machines where nobody may mount a new /proc, as in most containers and Kubernetes pods.

The kernel refuses it where parts of the old one are hidden. A pid namespace without a /proc that counts as it does is
of no use to an engine. So here the capsule's host has the pids of the machine, and its /proc, in which ``/proc/1``
shows the capsule's first process. Only the containers have pid namespaces of their own (see ``runc_bound.py``).

Two things that a pid namespace does must be done by hand: that nothing outlives the keeper (see ``inside/ending.py``),
and, where /proc/sys is read-only, that the host forwards (``begin``).

Standard library only.
"""

from __future__ import annotations

import contextlib
import os
import re
import socket
import subprocess
from collections.abc import Mapping
from pathlib import Path

from dockernet_course.engines.inside import kernel, netlink

__all__ = ["begin", "exec_dockerd", "mounted", "needed"]

_OURS = {"proc": "/proc", "sysfs": "/sys"}
_WITH_CHOICE = 26
_POLICY = ["/usr/sbin/iptables", "--policy", "FORWARD", "DROP"]  # what the engine does when it switches it on
_FORWARDING = Path("/proc/sys/net/ipv4/ip_forward")


def needed() -> bool:
    """Whether a new /proc is refused, found out by two processes that are gone a moment later."""
    first = os.fork()
    if first == 0:
        os._exit(_refused())
    return os.waitstatus_to_exitcode(os.waitpid(first, 0)[1]) == 1


def _refused() -> int:
    """1 if it is refused; 0 if not, or where it cannot be tried."""
    with contextlib.suppress(OSError):
        kernel.become_root_of_new_namespace(kernel.NEWPID)
        second = os.fork()
        if second == 0:
            os._exit(_mount_refused())
        return max(0, os.waitstatus_to_exitcode(os.waitpid(second, 0)[1]))
    return 0


def _mount_refused() -> int:
    try:
        kernel.unshare(kernel.NEWNS, "mount namespace")
        kernel.make_private()
        kernel.mount("proc", "/proc", "proc")
    except PermissionError:
        return 1
    except OSError:
        return 0
    return 0


def mounted(kind: str, target: str) -> bool:
    """Mount a new one. Where that is refused, the machine's own appears there, and it is False."""
    for flags in (kernel.USUAL, kernel.READ_ONLY):
        with contextlib.suppress(PermissionError):
            kernel.mount(kind, target, kind, flags=flags)
            return True
    kernel.bind_all(_OURS[kind], target)
    if kind == "proc":
        kernel.bind_all("/proc/self", f"{target}/1")
    return False


# --- the host ---


def begin(log: int) -> dict[int, str]:
    """Make the host forward, as the engine would where it may write to /proc/sys; who sees to it, if it takes one.

    A network namespace may forward from the start (on a node of Kubernetes it does).
    """
    kernel.child("iptables", lambda: os.execv(_POLICY[0], _POLICY), log)  # noqa: S606
    if _FORWARDING.read_text() == "1\n":
        return {}
    says = Path("/run/ip_forward")
    says.write_text("1\n")  # as the engine, and people, look there, and it will be so
    kernel.bind_read_only(str(says), str(_FORWARDING))
    return {kernel.child("forwarding", _keep_forwarding, log): "forwarding"}


def exec_dockerd(argv: list[str], environment: Mapping[str, str]) -> None:
    """Become dockerd, which is to put up with it that it cannot switch IPv6 off in containers.

    To 26 a variable says so. Others make no network, or start no container, unless they take the kernel for one without
    IPv6: so they get a view of their own, in which /proc/sys/net has none. Their other mounts are everybody's.
    """
    said = subprocess.run([argv[0], "--version"], env=environment, capture_output=True, text=True, check=True).stdout
    if int(re.findall(r"version (\d+)", said)[0]) != _WITH_CHOICE:
        kernel.make_shared()
        kernel.make_private("/proc")
        kernel.unshare(kernel.NEWNS, "mount namespace")
        _hide_ipv6()
    os.execvpe(argv[0], argv, {**environment, "DOCKER_ALLOW_IPV6_ON_IPV4_INTERFACE": "1"})  # noqa: S606


def _hide_ipv6() -> None:
    net, there = Path("/proc/sys/net"), Path("/run/net")
    there.mkdir()
    for family in ("core", "ipv4", "bridge", "netfilter"):
        if (net / family).exists():
            (there / family).mkdir()
            kernel.bind_all(str(net / family), str(there / family))
    kernel.bind_all(str(there), str(net))


def _keep_forwarding() -> None:
    """Let every interface of this network namespace forward IPv4, also those that come later, for ever.

    What ``sysctl net.ipv4.ip_forward=1`` does in one go, done by netlink, for which /proc/sys need not be writable.
    """
    kernel.name_process("forwarding")
    with socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 0) as news:
        news.bind((0, 1))  # RTMGRP_LINK
        done: set[int] = set()
        while True:
            for index in {number for number, _ in socket.if_nameindex()} - done:
                with contextlib.suppress(OSError):  # gone again
                    netlink.configure(index, netlink.FORWARDING, 1)
                done.add(index)
            news.recv(65536)
