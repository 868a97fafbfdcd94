"""Inlined into scripts that run in the observer: who listens in a network namespace, and whose that is.

As lines::

    socket INODE PROTOCOL ADDRESS PORT ONLY DEVICE    PROTOCOL "tcp", "udp"; ONLY "6" where IPv4 does not come to it,
                                                      else "-"; DEVICE the interface that it is bound to, 0 for any
    held INODE PID OWNERS PROCESS                     its socket; OWNERS: ids of containers with commas, or "-"

Asked by sock_diag(7), which tells of listeners alone, and only for what is in use, as the kernel walks through all
namespaces' sockets; where a kernel has none, read in ``/proc/net`` (without ONLY and DEVICE).
"""

import _socket
import os
import struct

from dockernet_course.observe.in_observer.dumps import DUMP, ask

SOCK_DIAG, BY_FAMILY = 4, 20
FAMILIES = ((_socket.AF_INET, 4, ""), (_socket.AF_INET6, 16, "6"))
PROTOCOLS = (("tcp", 6, 10), ("udp", 17, 7))  # the states TCP_LISTEN, TCP_CLOSE: an unconnected one
SKV6ONLY = 11  # INET_DIAG_SKV6ONLY


def listeners() -> list[str]:
    """The lines of the sockets that wait in this process's network namespace."""
    idle = unused()
    try:
        sock = _socket.socket(_socket.AF_NETLINK, _socket.SOCK_RAW, SOCK_DIAG)
        return [line for name, number, state in PROTOCOLS for line in told(sock, name, number, state, idle)]
    except OSError:
        return [line for name, _, state in PROTOCOLS for family in FAMILIES for line in from_proc(name, state, family)]


def told(sock: _socket.socket, name: str, protocol: int, state: int, idle: set[str]) -> list[str]:
    """Those of a protocol: struct inet_diag_msg, 72 bytes after the header (linux/inet_diag.h), then attributes."""
    found = []
    for family, size, suffix in FAMILIES:
        if name.upper() + suffix in idle:
            continue
        for message in ask(sock, BY_FAMILY, struct.pack("BBBxI48x", family, protocol, 0, 1 << state), DUMP):
            (port,) = struct.unpack_from("!H", message, 20)
            address = _socket.inet_ntop(family, message[24 : 24 + size])
            (device,), (inode,) = struct.unpack_from("I", message, 56), struct.unpack_from("I", message, 84)
            only = "6" if struct.pack("HHB", 5, SKV6ONLY, 1) in message[88:] else "-"
            found.append(f"socket {inode} {name} {address} {port} {only} {device}")
    return found


def unused() -> set[str]:
    """The protocols, as "TCP" or "UDP6", of which this namespace has no socket (proc(5), sockstat)."""
    found: set[str] = set()
    for suffix in ("", "6"):
        try:
            with open(f"/proc/thread-self/net/sockstat{suffix}") as table:  # noqa: PTH123
                found.update(row.partition(":")[0] for row in table if " inuse 0" in row)
        except OSError:
            continue  # a kernel that does not count them
    return found


def from_proc(name: str, state: int, family: tuple[int, int, str]) -> list[str]:
    """The same from proc(5); each word of an address is in the host's byte order."""
    found = []
    number, size, suffix = family
    try:
        with open(f"/proc/thread-self/net/{name}{suffix}") as table:  # noqa: PTH123
            rows = [line.split() for line in table.readlines()[1:]]
    except OSError:
        return []  # a kernel without this family
    for row in rows:
        if int(row[3], 16) == state:
            address, port = row[1].split(":")
            words = struct.pack(f"{size // 4}I", *(int(address[at : at + 8], 16) for at in range(0, 2 * size, 8)))
            found.append(f"socket {row[9]} {name} {_socket.inet_ntop(number, words)} {int(port, 16)} - 0")
    return found


# A container's processes are told by its pid namespace (pid_namespaces(7)), or by its first process where it shares
# the host's; several containers may have one together. A process of nobody's is looked at in a private engine only, and
# only as long as there is a listener in its namespace of which it is not known whose it is.
def holders(waiting: dict[int, list[str]], containers: list[list[str]], everything: bool) -> list[str]:
    """The lines that say whose the sockets are that wait in the namespaces."""
    first = {int(pid): name for _, name, pid in containers}
    wanted = {inode: {line.split()[1] for line in lines} for inode, lines in waiting.items() if lines}
    unknown = {inode: set(sockets) for inode, sockets in wanted.items()}
    own, owners = inode_of("/proc/1/ns/pid"), dict[int, list[str]]()
    for pid, name in first.items():
        owners.setdefault(inode_of(f"/proc/{pid}/ns/pid"), []).append(name)
    found = []
    for pid in map(int, filter(str.isdigit, os.listdir("/proc"))):  # noqa: PTH208
        here = inode_of(f"/proc/{pid}/ns/net")
        if here not in wanted:
            continue
        world = inode_of(f"/proc/{pid}/ns/pid")
        whose = [first[pid]] if pid in first else owners.get(world, []) if world != own else []
        if whose or (everything and unknown[here]):
            its = sorted(held(pid) & wanted[here])
            found += [f"held {each} {pid} {','.join(whose) or '-'} {named(pid)}" for each in its]
            unknown[here].difference_update(its)
    return found


def inode_of(path: str) -> int:
    """The inode behind a link of /proc, 0 where the process is gone or nobody may look."""
    try:
        return os.stat(path).st_ino  # noqa: PTH116
    except OSError:
        return 0


def held(pid: int) -> set[str]:
    """The inodes of a process's sockets."""
    found = set()
    try:
        for fd in os.listdir(f"/proc/{pid}/fd"):  # noqa: PTH208
            link = os.readlink(f"/proc/{pid}/fd/{fd}")  # noqa: PTH115
            if link.startswith("socket:["):
                found.add(link[8:-1])
    except OSError:
        return found  # it ends, or closes them, just now
    return found


def named(pid: int) -> str:
    """What the process calls itself (proc(5), comm)."""
    try:
        with open(f"/proc/{pid}/comm") as comm:  # noqa: PTH123
            return comm.read().strip()
    except OSError:
        return ""
