"""What a capsule needs of the host, tried out one by one in namespaces that are gone a moment later.

Standard library only; runs in a process of its own (see ``preflight``), which prints two lists: what stops a capsule,
and what is only worth knowing.
"""

from __future__ import annotations

import errno
import json
import os
from collections.abc import Callable
from pathlib import Path

from dockernet_course.engines.inside import kernel, masked, netlink

__all__ = ["main"]

_BOUND: list[str] = []  # what could not be mounted, but bound
_WITHOUT = {
    "proc": "A new /proc is refused, as in most containers and Kubernetes pods, where parts of it are masked: "
    "'ps' in a container shows this machine's processes, and 'docker run --sysctl' fails. To have both, run it with "
    "--security-opt systempaths=unconfined (Kubernetes: procMount: Unmasked).",
    "sysfs": "A new /sys is refused: in a container, /sys/class/net shows this machine's interfaces ('ip link' its).",
}


def main() -> None:
    """Print ``[obstacles, notes]`` as JSON."""
    print(json.dumps(_probe()))


def _probe() -> tuple[list[str], list[str]]:
    if os.uname().machine not in kernel.MACHINES:
        return [f"Capsules are not made for this kind of processor ({os.uname().machine})."], []
    try:
        kernel.become_root_of_new_namespace(kernel.NEWPID)
    except OSError as error:
        return [_no_user_namespace(error)], []
    reading, writing = os.pipe()
    if os.fork() == 0:  # the first process of the new pid namespace: only it may mount a /proc of its own
        found = _inside()
        os.write(writing, json.dumps(found).encode())
        os._exit(0)
    os.close(writing)
    with os.fdopen(reading, "rb") as answer:
        text = answer.read()
    os.wait()
    if not text:
        return ["A process in a new pid namespace was killed: a security policy of this machine forbids it."], []
    obstacles, notes = json.loads(text)
    return obstacles, notes


def _inside() -> tuple[list[str], list[str]]:
    place = Path(os.environ.get("TMPDIR") or "/tmp")  # noqa: S108 (only something to mount on, in this namespace)
    root = f"{place}/root"

    def namespaces() -> None:
        kernel.unshare(kernel.NEWNS | kernel.NEWNET | kernel.NEWIPC | kernel.NEWUTS | kernel.NEWCGROUP, "namespaces")

    def memory() -> None:
        kernel.make_private()
        kernel.mount("tmpfs", str(place), "tmpfs")
        for name in ("root", "below", "above", "work"):
            (place / name).mkdir()

    def overlay() -> None:
        layers = f"lowerdir={place}/below,upperdir={place}/above,workdir={place}/work,userxattr"
        kernel.mount("overlay", root, "overlay", layers, flags=0)

    needed: list[tuple[Callable[[], None], Callable[[OSError], str]]] = [
        (namespaces, lambda e: f"New mount, network, ipc, uts and cgroup namespaces are refused ({e.strerror})."),
        (memory, _no_mount),
        (overlay, lambda e: f"overlayfs is refused in a user namespace ({e.strerror}): it takes Linux 5.11 or newer."),
        (lambda: _own_or_bound("proc", root), lambda e: f"Neither a new /proc nor this one ({e.strerror})."),
        (lambda: _own_or_bound("sysfs", root), lambda e: f"Neither a new /sys nor this one ({e.strerror})."),
        (
            lambda: kernel.mount("devpts", root, "devpts", "newinstance"),
            lambda e: f"New terminals (devpts) are refused ({e.strerror}).",
        ),
        (lambda: netlink.add_link("br0", "bridge"), lambda e: _no_module("bridges", "bridge", e)),
        (lambda: netlink.add_link("ve0", "veth"), lambda e: _no_module("veth pairs", "veth", e)),
        (netlink.add_nat_chain, lambda e: _no_module("address translation (nat)", "nf_tables nft_chain_nat", e)),
    ]
    for step, (action, words) in enumerate(needed):
        try:
            action()
        except OSError as error:
            if step < 2:  # the others cannot be tried without these
                return [words(error)], []
            return [words(error), *_rest(needed[step + 1 :])], []
    return [], _notes(place)


def _rest(needed: list[tuple[Callable[[], None], Callable[[OSError], str]]]) -> list[str]:
    found = []
    for action, words in needed:
        try:
            action()
        except OSError as error:
            found.append(words(error))
    return found


def _own_or_bound(kind: str, target: str) -> None:
    """As the capsule does it. Raises OSError where neither can be had."""
    if not masked.mounted(kind, target):
        _BOUND.append(kind)


def _notes(memory: Path) -> list[str]:
    """What the kernel lacks, or has loaded no module for, and no ordinary process can load; ``memory`` is on tmpfs."""
    notes = [_WITHOUT[kind] for kind in _BOUND]
    try:
        os.setxattr(memory, "user.overlay.opaque", b"y")  # how overlayfs hides what a folder holds in the image
    except OSError:
        notes.append("Containers cannot remove folders of their image (tmpfs has attributes for it since Linux 6.6).")
    if not Path("/proc/sys/net/netfilter/nf_conntrack_max").exists():
        notes.append("Connections are not tracked (module nf_conntrack): published ports will not work.")
    if not Path("/proc/sys/net/bridge/bridge-nf-call-iptables").exists():
        notes.append(
            "The firewall does not see traffic within one bridge (module br_netfilter is not loaded). "
            "As root: modprobe br_netfilter"
        )
    return notes


def _no_user_namespace(error: OSError) -> str:
    allowed = _read("/proc/sys/user/max_user_namespaces")
    if error.errno == errno.ENOSPC or allowed == "0":
        return (
            f"The number of user namespaces is used up or limited to {allowed} (sysctl user.max_user_namespaces). "
            "As root: sysctl user.max_user_namespaces=10000"
        )
    if _read("/proc/sys/kernel/unprivileged_userns_clone") == "0":
        return (
            "User namespaces are for root only here (sysctl kernel.unprivileged_userns_clone). "
            "As root: sysctl kernel.unprivileged_userns_clone=1"
        )
    if _in_filter():
        return (
            f"A seccomp filter refuses user namespaces ({error.strerror}), as it does in most containers. "
            "Run the container with --security-opt seccomp=unconfined --security-opt systempaths=unconfined"
        )
    return f"This kernel or a security policy refuses user namespaces ({error.strerror})."


def _no_mount(error: OSError) -> str:
    if _read("/proc/sys/kernel/apparmor_restrict_unprivileged_userns") == "1":
        return (
            "AppArmor takes all rights from user namespaces here (Ubuntu's default since 24.04). "
            "As root: sysctl kernel.apparmor_restrict_unprivileged_userns=0"
        )
    profile = _read("/proc/self/attr/current")
    if profile not in ("", "unconfined"):
        return f"The AppArmor or SELinux profile {profile!r} refuses mounting ({error.strerror})."
    if _in_filter():
        return f"A seccomp filter refuses mounting ({error.strerror})."
    return f"Mounting is refused in a user namespace ({error.strerror})."


def _no_module(what: str, modules: str, error: OSError) -> str:
    return f"The kernel has no {what} ({error.strerror}). As root: modprobe -a {modules}"


def _in_filter() -> bool:
    return any(line.split() == ["Seccomp:", "2"] for line in _read("/proc/self/status").splitlines())


def _read(path: str) -> str:
    try:
        return Path(path).read_text().strip("\0\n ")
    except OSError:
        return ""
