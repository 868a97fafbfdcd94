"""The system calls that make a capsule, and that Python 3.11 has no name for. Standard library only.

Done here rather than by unshare(1), mount(8) and pivot_root(8), because an ordinary account's PATH may lack them,
and because a call that is refused can then say which one it was.
"""

from __future__ import annotations

import ctypes
import fcntl
import os
import socket
import struct
from collections.abc import Callable

__all__ = [
    "MACHINES",
    "NEWCGROUP",
    "NEWIPC",
    "NEWNET",
    "NEWNS",
    "NEWPID",
    "NEWUSER",
    "NEWUTS",
    "READ_ONLY",
    "USUAL",
    "adopt_orphans",
    "become_root_of_new_namespace",
    "bind",
    "bind_all",
    "bind_read_only",
    "child",
    "die_with_parent",
    "enter",
    "has_made_its_user_namespace",
    "link_up",
    "make_private",
    "make_shared",
    "mount",
    "name_process",
    "own_user_namespace",
    "pivot_into",
    "unshare",
]

NEWNS, NEWCGROUP, NEWUTS, NEWIPC = 0x00020000, 0x02000000, 0x04000000, 0x08000000
NEWUSER, NEWPID, NEWNET = 0x10000000, 0x20000000, 0x40000000
_MS_RDONLY, _MS_NOSUID, _MS_NODEV, _MS_NOEXEC, _MS_REMOUNT, _MS_NOATIME, _MS_NODIRATIME = 1, 2, 4, 8, 32, 1024, 2048
_MS_BIND, _MS_REC, _MS_PRIVATE, _MS_SHARED, _MS_RELATIME, _ST_RELATIME = 4096, 16384, 1 << 18, 1 << 20, 1 << 21, 4096
_MNT_DETACH = 2
USUAL = _MS_NOSUID | _MS_NODEV
READ_ONLY = USUAL | _MS_RDONLY
_PR_SET_PDEATHSIG, _PR_SET_NAME, _PR_SET_CHILD_SUBREAPER = 1, 15, 36
_SIGKILL = 9
_SIOCGIFFLAGS, _SIOCSIFFLAGS, _IFF_UP = 0x8913, 0x8914, 1

_libc = ctypes.CDLL(None, use_errno=True)
_made: set[int] = set()
MACHINES = {"x86_64": 155, "aarch64": 41}  # the number of pivot_root, which the C library has no function for


def _check(result: int, what: str) -> None:
    if result < 0:
        code = ctypes.get_errno()
        raise OSError(code, f"{what}: {os.strerror(code)}")


def unshare(flags: int, what: str) -> None:
    """Leave the namespaces named by ``flags`` for new ones; ``what`` names them in the error."""
    _check(_libc.unshare(flags), what)


def become_root_of_new_namespace(flags: int = 0) -> None:
    """A user namespace (and others) in which this process's one id is root's, and no other id exists."""
    uid, gid = os.geteuid(), os.getegid()
    unshare(NEWUSER | flags, "user namespace")
    _made.add(own_user_namespace())
    for name, text in (("setgroups", "deny"), ("uid_map", f"0 {uid} 1"), ("gid_map", f"0 {gid} 1")):
        with open(f"/proc/self/{name}", "w") as file:  # noqa: PTH123 (pathlib is not worth its start-up time here)
            file.write(text)


def own_user_namespace() -> int:
    """The inode of this process's user namespace."""
    return os.stat("/proc/self/ns/user").st_ino  # noqa: PTH116 (pathlib is not worth its start-up time here)


def has_made_its_user_namespace() -> bool:
    """Whether this process, or one that it was forked from, has made the user namespace in which it is."""
    return own_user_namespace() in _made


def mount(source: str, target: str, kind: str, options: str = "", flags: int = USUAL) -> None:
    """Mount a file system; the error names the kind of file system and where it should have been mounted."""
    _check(
        _libc.mount(source.encode(), target.encode(), kind.encode(), flags, options.encode()), f"mount {kind} {target}"
    )


def bind(source: str, target: str) -> None:
    """Make ``source`` (without what is mounted below) appear at ``target`` too."""
    _check(_libc.mount(source.encode(), target.encode(), None, _MS_BIND, None), f"bind {target}")


def bind_all(source: str, target: str) -> None:
    """Make ``source``, with all that is mounted below, appear at ``target`` too."""
    _check(_libc.mount(source.encode(), target.encode(), None, _MS_BIND | _MS_REC, None), f"bind {target}")


def bind_read_only(source: str, target: str) -> None:
    """The same, but nothing can be written there. What the source forbids (devices, programs …) stays forbidden."""
    bind(source, target)
    flags = os.statvfs(target).f_flag & (_MS_NOSUID | _MS_NODEV | _MS_NOEXEC | _MS_NOATIME | _MS_NODIRATIME)
    flags |= _MS_RELATIME if os.statvfs(target).f_flag & _ST_RELATIME else 0
    _check(
        _libc.mount(None, target.encode(), None, _MS_REMOUNT | _MS_BIND | _MS_RDONLY | flags, None),
        f"read-only {target}",
    )


def make_private(below: str = "/") -> None:
    """Keep what this mount namespace mounts from showing elsewhere."""
    _check(_libc.mount(None, below.encode(), None, _MS_REC | _MS_PRIVATE, None), "private mounts")


def make_shared() -> None:
    """Let what is mounted show in mount namespaces that are made from this one, and the other way round."""
    _check(_libc.mount(None, b"/", None, _MS_REC | _MS_SHARED, None), "shared mounts")


def pivot_into(root: str) -> None:
    """Make ``root`` (a mount point) the root directory, and let go of the old one.

    Not chroot: after one, ``docker exec`` would land in the machine's own root file system.
    """
    os.chdir(root)
    number = MACHINES[os.uname().machine]
    _check(_libc.syscall(number, b".", b"."), "pivot_root")  # the old root is now mounted over the new one …
    _check(_libc.umount2(b".", _MNT_DETACH), "unmount the old root")  # … and goes
    os.chdir("/")


def die_with_parent(number: int = _SIGKILL) -> None:
    """Get that signal as soon as the thread that forked this process is gone."""
    _check(_libc.prctl(_PR_SET_PDEATHSIG, number, 0, 0, 0), "parent death signal")


def adopt_orphans() -> None:
    """Become the parent of all descendants whose parent ends (as the first process of a pid namespace is)."""
    _check(_libc.prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0), "child subreaper")


def name_process(name: str) -> None:
    """What ps shows as the command (15 bytes)."""
    _libc.prctl(_PR_SET_NAME, name.encode(), 0, 0, 0)


def enter(namespace: int, kind: int, what: str) -> None:
    """Go to the namespace of a file descriptor, which must be of that kind unless it is 0; ``what`` is for the error.

    ``os.setns`` is there from Python 3.12 on only.
    """
    _check(_libc.setns(namespace, kind), f"enter the {what}")


def link_up(name: str) -> None:
    """``ip link set NAME up``: a new network namespace has even its lo down."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as control:
        request = bytearray(struct.pack("16sH14x", name.encode(), 0))
        fcntl.ioctl(control, _SIOCGIFFLAGS, request)
        flags = struct.unpack_from("H", request, 16)[0]
        fcntl.ioctl(control, _SIOCSIFFLAGS, struct.pack("16sH14x", name.encode(), flags | _IFF_UP))


def child(what: str, action: Callable[[], object], log: int) -> int:
    """Fork a process for an action that does not return; its output goes to the log, and so does why it failed."""
    pid = os.fork()
    if pid:
        return pid
    try:
        os.setsid()
        os.dup2(os.open("/dev/null", os.O_RDONLY), 0)
        os.dup2(log, 1)
        os.dup2(log, 2)
        action()
    except Exception as error:  # whatever it is, it goes to the log, not up into the parent's code
        os.write(log, f"dockernet: {what}: {error}\n".encode())
    finally:
        os._exit(127)
