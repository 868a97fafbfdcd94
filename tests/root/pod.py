"""A pod, as Kubernetes makes one for a learner: uid 1000, no capability, no_new_privs, parts of /proc masked.

``with pod() as here: here.run(["id"])`` makes it and runs a command in it (as ``kubectl exec`` does); from a shell, as
root, ``python tests/root/pod.py [OPTIONS] -- id``. It has mount, pid, network, ipc, uts and cgroup namespaces of its
own, and its root file system is an overlay, as a container's is: below lies the machine's own (or ``--root``), above
what is written, which goes with it. Of the machine's /tmp, /run, /root and /home nothing is seen. Needs root.

What is masked is what containerd masks and sets read-only by default (containerd, pkg/oci/spec.go). There is no
AppArmor here. ``filtered``: seccomp refuses user namespaces and mounting, as the profile RuntimeDefault does.
"""

from __future__ import annotations

import argparse
import contextlib
import ctypes
import fcntl
import os
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

__all__ = ["GID", "HOME", "UID", "Pod", "pod"]

UID, GID, HOME = 1000, 1000, "/home/jovyan"
_MASKED: tuple[str, ...] = (
    "proc/acpi",
    "proc/asound",
    "proc/kcore",
    "proc/keys",
    "proc/latency_stats",
    "proc/timer_list",
)
_MASKED += ("proc/timer_stats", "proc/sched_debug", "proc/scsi", "sys/firmware", "sys/devices/virtual/powercap")
_READ_ONLY = ("proc/bus", "proc/fs", "proc/irq", "proc/sys", "proc/sysrq-trigger")
_DEVICES = {"null": (1, 3), "zero": (1, 5), "full": (1, 7), "random": (1, 8), "urandom": (1, 9), "tty": (5, 0)}
_LINKS = {"ptmx": "pts/ptmx", "fd": "/proc/self/fd", "stdin": "fd/0", "stdout": "fd/1", "stderr": "fd/2"}
_HIDDEN = ("tmp", "home", "root", "run", "var/tmp")  # nothing of the machine's own
_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
_CGROUPS = Path("/sys/fs/cgroup")

_NEWNS, _NEWCGROUP, _NEWUTS, _NEWIPC = 0x00020000, 0x02000000, 0x04000000, 0x08000000
_NEWUSER, _NEWPID, _NEWNET = 0x10000000, 0x20000000, 0x40000000
_INSIDE = _NEWNS | _NEWPID | _NEWIPC | _NEWUTS | _NEWCGROUP
_RDONLY, _NOSUID, _NODEV, _NOEXEC, _REMOUNT, _BIND, _REC, _PRIVATE = 1, 2, 4, 8, 32, 4096, 16384, 1 << 18
_SAFE = _NOSUID | _NODEV | _NOEXEC
_PDEATHSIG, _CAPBSET_DROP, _SET_SECCOMP, _NO_NEW_PRIVS, _CAPABILITIES = 1, 24, 22, 38, 64
# System calls by machine: unshare, clone, clone3, mount, the new ways to mount, and pivot_root.
_CALLS = {
    "x86_64": (272, 56, 435, (165, 166, 155, 428, 429, 430, 432)),
    "aarch64": (97, 220, 435, (40, 39, 41, 428, 429, 430, 432)),
}
_ALLOW, _EPERM, _ENOSYS = 0x7FFF0000, 0x00050001, 0x00050026

_libc = ctypes.CDLL(None, use_errno=True)


@dataclass(frozen=True)
class Pod:
    """One that runs. ``pid`` is its first process as the machine sees it, ``folder`` what is written, by the disk."""

    pid: int
    folder: Path
    cgroups: tuple[Path, ...]
    filtered: bool

    def argv(self, command: Sequence[str], env: Mapping[str, str] | None = None) -> list[str]:
        """The command line, for root, that runs a command in it, in its home; nothing of our environment goes along."""
        given = {"HOME": HOME, "PATH": _PATH, "LANG": "C.UTF-8", "USER": "jovyan", **(env or {})}
        words = ["enter", str(self.pid), str(int(self.filtered)), *map(str, self.cgroups)]
        return [sys.executable, "-I", __file__, *words, "--", *(f"{k}={v}" for k, v in given.items()), "--", *command]

    def run(self, command: Sequence[str], env: Mapping[str, str] | None = None, **options: Any) -> Any:
        """The same, done: ``subprocess.run`` with text, output captured and no input unless told otherwise."""
        usual = {"capture_output": True, "text": True, "stdin": subprocess.DEVNULL, "check": False}
        return subprocess.run(self.argv(command, env), **(usual | options))


@contextlib.contextmanager
def pod(
    *,
    root: str = "/",
    home: str = "",
    binds: Sequence[str] = (),
    masked: bool = True,
    filtered: bool = False,
    network: bool = False,
    memory: int = 0,
    processors: float = 0,
) -> Iterator[Pod]:
    """A pod; afterwards its processes, mounts and cgroups are gone.

    ``home``: a folder whose content is the home's, which is owned by the pod's user (what is written goes elsewhere).
    ``binds``: ``PATH`` or ``PATH:THERE``, read-only. ``network``: the machine's own, else there is only ``lo``.
    ``memory`` in bytes, ``processors``: how much it may take, 0 for no limit.
    """
    with tempfile.TemporaryDirectory(prefix="dn-pod-") as folder:
        Path(folder).chmod(0o755)
        cgroups = _cgroups(f"dockernet-pod-{os.getpid()}", memory, processors)
        ready, tell = os.pipe()
        spaces = _INSIDE | (0 if network else _NEWNET)
        outer = _forked(lambda: _outer(spaces, cgroups, lambda: _first(folder, root, home, binds, masked, tell)))
        os.close(tell)
        try:
            told = os.read(ready, 4096).decode() or "it ended"
            os.close(ready)
            if told != "ready":
                raise OSError(f"the pod could not be made: {told}")
            first = int(Path(f"/proc/{outer}/task/{outer}/children").read_text().split()[0])
            yield Pod(first, Path(folder), tuple(cgroups), filtered)
        finally:
            os.kill(outer, signal.SIGKILL)
            os.waitpid(outer, 0)
            for cgroup in cgroups:
                _remove(cgroup)


def _forked(action: Callable[[], object]) -> int:
    pid = os.fork()
    if pid == 0:
        status = 1
        try:
            action()
            status = 0
        finally:
            os._exit(status)
    return pid


def _outer(spaces: int, cgroups: Sequence[Path], first: Callable[[], object]) -> None:
    """Wait for the pod's first process; it ends with this one, and with it all in its pid namespace."""
    _die_with_parent()
    for cgroup in cgroups:
        (cgroup / "cgroup.procs").write_text("0")
    _check(_libc.unshare(spaces), "namespaces")
    os.waitpid(_forked(first), 0)


def _first(folder: str, root: str, home: str, binds: Sequence[str], masked: bool, tell: int) -> None:
    """Make the file system, tell so, and be the pod's first process: it collects nothing, as most pods' do not."""
    try:
        _file_system(Path(folder), root, home, binds)
        _mask() if masked else None
        _up(b"lo")
        _drop(False)
        os.write(tell, b"ready")
    except Exception as error:
        os.write(tell, f"{type(error).__name__}: {error}".encode())
        raise
    os.close(tell)
    null = os.open("/dev/null", os.O_RDWR)
    for descriptor in range(3):
        os.dup2(null, descriptor)
    os.closerange(3, 256)
    os.execv("/bin/sleep", ["sleep", "infinity"])  # noqa: S606


# --- what is seen in it ---


def _file_system(folder: Path, root: str, home: str, binds: Sequence[str]) -> None:
    _mount("", "/", "", _REC | _PRIVATE)
    written = folder / "written"
    written.mkdir()
    if root == "/":  # what is written cannot lie below: there it would be seen twice
        _mount("tmpfs", written, "tmpfs", 0, "mode=755")
    new = _overlay(written, root)
    _hide(new) if root == "/" else None
    with (new / "etc/passwd").open("a") as accounts, (new / "etc/group").open("a") as groups:
        accounts.write(f"jovyan:x:{UID}:{GID}::{HOME}:/bin/bash\n")  # the first of an id counts
        groups.write(f"jovyan:x:{GID}:\n")
    _home(folder / "home", home, new / HOME[1:])
    for bound in binds:
        source, _, there = bound.partition(":")
        (new / (there or source)[1:]).mkdir(parents=True, exist_ok=True)
        _bind(source, new / (there or source)[1:], read_only=True)
    _mount("proc", new / "proc", "proc", _SAFE)
    _mount("sysfs", new / "sys", "sysfs", _SAFE | _RDONLY)
    _limits(new / "sys/fs/cgroup")
    _devices(new / "dev")
    os.chdir(new)
    _check(_libc.syscall({"x86_64": 155, "aarch64": 41}[os.uname().machine], b".", b"."), "pivot_root")
    _check(_libc.umount2(b".", 2), "unmount the old root")
    os.chdir("/")
    _check(_libc.sethostname(b"pod", 3), "hostname")


def _overlay(written: Path, below: str | Path, target: Path | None = None) -> Path:
    for name in ("above", "work", "merged"):
        (written / name).mkdir(parents=True, exist_ok=True)
    target = target or written / "merged"
    layers = f"lowerdir={below},upperdir={written}/above,workdir={written}/work"
    _mount("overlay", target, "overlay", 0, layers)
    return target


def _hide(new: Path) -> None:
    for name in _HIDDEN:
        empty = new.parent / "empty" / name
        empty.mkdir(parents=True)
        _overlay(new.parent / "hidden" / name, empty, new / name)
        (new / name).chmod(0o1777 if name.endswith("tmp") else 0o755)
    (new / "run/lock").mkdir()


def _home(written: Path, below: str, target: Path) -> None:
    written.mkdir()
    (written / "empty").mkdir()
    target.mkdir(parents=True, exist_ok=True)
    os.chown(_overlay(written, below or written / "empty", target), UID, GID)


def _limits(cgroup: Path) -> None:
    """What is seen of the pod's own cgroup: with version 1, a folder for each hierarchy."""
    if (_CGROUPS / "cgroup.controllers").exists():
        _mount("cgroup2", cgroup, "cgroup2", _SAFE | _RDONLY)
        return
    _mount("tmpfs", cgroup, "tmpfs", _SAFE, "mode=755,size=64k")
    for name in ("cpu", "memory"):
        (cgroup / name).mkdir()
        _mount("cgroup", cgroup / name, "cgroup", _SAFE | _RDONLY, name)


def _devices(dev: Path) -> None:
    _mount("tmpfs", dev, "tmpfs", _NOSUID, "mode=755,size=64k")
    for name, (major, minor) in _DEVICES.items():
        os.mknod(dev / name, 0o020666, os.makedev(major, minor))
        (dev / name).chmod(0o666)
    for name in ("pts", "shm", "mqueue"):
        (dev / name).mkdir()
    _mount("devpts", dev / "pts", "devpts", _NOSUID | _NOEXEC, "newinstance,ptmxmode=0666,mode=620,gid=5")
    _mount("tmpfs", dev / "shm", "tmpfs", _SAFE, "mode=1777,size=64m")
    with contextlib.suppress(OSError):
        _mount("mqueue", dev / "mqueue", "mqueue", _SAFE)
    for name, there in _LINKS.items():
        (dev / name).symlink_to(there)


def _mask() -> None:
    for name in _MASKED:
        path = Path("/", name)
        if path.is_dir():
            _mount("tmpfs", path, "tmpfs", _RDONLY)
        elif path.exists():
            _bind("/dev/null", path)
    for name in _READ_ONLY:
        if Path("/", name).exists():
            _bind(f"/{name}", Path("/", name), read_only=True)


def _bind(source: str, target: Path, *, read_only: bool = False) -> None:
    _mount(source, target, "", _BIND | _REC)
    if read_only:
        safe = _SAFE if str(target).startswith("/proc") else _NOSUID | _NODEV
        _mount("", target, "", _BIND | _REMOUNT | _RDONLY | safe)


def _mount(source: str, target: Path | str, kind: str, flags: int, options: str = "") -> None:
    where = str(target).encode()
    _check(_libc.mount(source.encode(), where, kind.encode() or None, flags, options.encode()), f"mount {target}")


def _up(interface: bytes) -> None:
    """``ip link set … up``, which not every root file system has."""
    with socket.socket() as any_one:
        fcntl.ioctl(any_one, 0x8914, struct.pack("16sh14x", interface, 1))  # SIOCSIFFLAGS, IFF_UP


# --- what it may do ---


def _drop(filtered: bool) -> None:
    """Become the pod's user, without any capability, for good."""
    for capability in range(_CAPABILITIES):
        _libc.prctl(_CAPBSET_DROP, capability, 0, 0, 0)  # those that the kernel does not have are refused
    os.setgroups([100])
    os.setresgid(GID, GID, GID)
    os.setresuid(UID, UID, UID)
    _check(_libc.prctl(_NO_NEW_PRIVS, 1, 0, 0, 0), "no_new_privs")
    _die_with_parent()  # again: the kernel forgets it with a change of ids
    _filter() if filtered else None


def _filter() -> None:
    unshare, clone, clone3, mounting = _CALLS[os.uname().machine]
    argument = struct.pack("HBBI", 0x20, 0, 0, 16)  # the low half of the first one: the flags
    asks = argument + struct.pack("HBBI", 0x45, 0, 1, _NEWUSER)  # jset
    refuse, allow = (struct.pack("HBBI", 0x06, 0, 0, answer) for answer in (_EPERM, _ALLOW))
    code = struct.pack("HBBI", 0x20, 0, 0, 0)
    for call in mounting:
        code += struct.pack("HBBI", 0x15, 0, 1, call) + refuse
    code += struct.pack("HBBI", 0x15, 0, 1, clone3) + struct.pack("HBBI", 0x06, 0, 0, _ENOSYS)
    code += struct.pack("HBBI", 0x15, 1, 0, unshare) + struct.pack("HBBI", 0x15, 0, 3, clone) + asks + refuse + allow
    program = ctypes.create_string_buffer(code)
    pointer = struct.pack("HxxxxxxQ", len(code) // 8, ctypes.addressof(program))
    _check(_libc.prctl(_SET_SECCOMP, 2, ctypes.create_string_buffer(pointer), 0, 0), "seccomp")


def _die_with_parent() -> None:
    _check(_libc.prctl(_PDEATHSIG, signal.SIGKILL, 0, 0, 0), "parent death signal")


def _check(result: int, what: str) -> None:
    if result < 0:
        code = ctypes.get_errno()
        raise OSError(code, f"{what}: {os.strerror(code)}")


def _cgroups(name: str, memory: int, processors: float) -> list[Path]:
    """A group with these limits in each hierarchy that it takes; both versions."""
    unified = (_CGROUPS / "cgroup.controllers").exists()
    part = max(1, round(processors * 100_000))
    if unified:
        wanted: dict[str, dict[str, float | str]] = {"": {"memory.max": memory, "memory.swap.max": memory and "0"}}
        wanted[""] |= {"cpu.max": processors and f"{part} 100000"}
    else:
        wanted = {"memory": {"memory.limit_in_bytes": memory}, "cpu": {"cpu.cfs_quota_us": processors and part}}
    groups = []
    for hierarchy, limits in wanted.items():
        if any(limits.values()):
            groups.append(_CGROUPS / hierarchy / name)
            groups[-1].mkdir()
            for setting, value in limits.items():
                (groups[-1] / setting).write_text(str(value)) if value else None
    return groups


def _remove(group: Path) -> None:
    for _ in range(200):  # the kernel needs a moment after the last process has gone
        with contextlib.suppress(OSError):
            return group.rmdir()
        time.sleep(0.02)
    raise OSError(f"{group} stays")


# --- run as a program ---


def _enter(words: list[str]) -> int:
    """``enter PID FILTERED CGROUP… -- NAME=VALUE… -- COMMAND``: the exit status of the command, which ran there."""
    (pid, filtered, *cgroups), rest = _split(words)
    variables, command = _split(rest)
    for cgroup in cgroups:
        Path(cgroup, "cgroup.procs").write_text("0")
    _check(_libc.setns(os.pidfd_open(int(pid)), _INSIDE | _NEWNET), "enter the pod")

    def inside() -> None:
        _drop(filtered == "1")
        os.chdir(HOME)
        os.execvpe(command[0], command, dict(v.split("=", 1) for v in variables))  # noqa: S606

    child = _forked(inside)
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda got, _: os.kill(child, got))
    code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    return code if code >= 0 else 128 - code


def _split(words: list[str]) -> tuple[list[str], list[str]]:
    at = words.index("--")
    return words[:at], words[at + 1 :]


def _main(words: list[str]) -> int:
    if words[0] == "enter":
        return _enter(words[1:])
    options, command = _split(words)
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--root", default="/", help="what lies below its root file system")
    parser.add_argument("--home", default="", help=f"what lies below {HOME}")
    parser.add_argument("--bind", action="append", default=[], dest="binds", help="PATH or PATH:THERE, read-only")
    parser.add_argument("--unmasked", action="store_false", dest="masked", help="as with procMount: Unmasked")
    parser.add_argument("--filtered", action="store_true", help="seccomp refuses user namespaces and mounting")
    parser.add_argument("--network", action="store_true", help="the machine's own network")
    parser.add_argument("--memory", type=int, default=0, help="bytes")
    parser.add_argument("--processors", type=float, default=0)
    parser.add_argument("--env", action="append", default=[], help="NAME=VALUE")
    given = vars(parser.parse_args(options))
    env = dict(v.split("=", 1) for v in given.pop("env"))
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # by way of the end of pod()
    with pod(**given) as made:
        return int(made.run(command, env, capture_output=False, stdin=None).returncode)


if __name__ == "__main__":
    sys.exit(_main(sys.argv[1:]))
