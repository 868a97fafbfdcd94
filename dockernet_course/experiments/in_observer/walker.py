"""Runs in the observer, as ``python3 -c``: capture in several network namespaces while a command runs in one of them.

Arguments: the kernel's filter for packets (hex), the addresses (hex, with commas) that conntrack's and nftables'
messages must speak of, the name of our firewall tables, what deletes them, the walk's families ("4", "6", "46"), the
number of the namespace in which the command runs, the shell's line; then for each namespace three: the path of its
file, its inode, the tables' text or "". The first namespace is the host's. Needs CAP_NET_ADMIN, NET_RAW, SYS_ADMIN,
SYS_PTRACE and the host's process ids.

Prints records: kind, namespace, packet type (u8 each; of what tools print, the family), nanoseconds since the epoch
(u64), length (u32), content.
Rules of iptables-legacy leave no trace: where there are any, their counters are read BEFORE and AFTER.
One process has all sockets, so there is one clock: the kernel's (SO_TIMESTAMPNS, packet(7)). Our table is removed at
the end; it guards the host, so nothing is sent when it cannot be made. Standard library of ``python3-minimal`` only.
"""

import _socket
import _thread
import ctypes
import os
import select
import signal
import struct
import sys
import time

FRAME, NETLINK, NFT, IPTABLES, ENDED, TROUBLE, TIMES, LOST, BEFORE, AFTER = range(1, 11)
CLONE_NEWNET, ETH_P_ALL = 0x40000000, 0x0300  # the latter in network byte order
SO_RCVBUF, SO_ATTACH_FILTER, SO_RCVBUFFORCE, SO_TIMESTAMPNS, ENOBUFS = 8, 26, 33, 35, 105
NETLINK_NETFILTER, SOL_NETLINK, ADD_MEMBERSHIP = 12, 270, 1
GROUPS = (1, 2, 9)  # NFNLGRP_CONNTRACK_NEW, _UPDATE, NFTRACE
QUIET, SETTLING, LONGEST = 0.02, 0.2, 12.0  # seconds
records: list[bytes] = []
TOOLS, LEGACY = {"4": "iptables", "6": "ip6tables"}, {"4": "ip_tables_names", "6": "ip6_tables_names"}
Reader = tuple[int, int, int, tuple[int, int]]  # kind, namespace, family, and what was started
Sockets = dict[int, tuple[_socket.socket, int]]  # by file descriptor: the socket, and the number of its namespace


def add_record(kind: int, space: int, content: bytes, at_ns: int = 0, packet: int = 0) -> None:
    """Keep one record for the output, stamped with the time of now unless it has one."""
    at_ns = at_ns or time.time_ns()
    records.append(struct.pack("=BBBQI", kind, space, packet, at_ns, len(content)) + content)


def enter(fd: int) -> None:
    """Move this process to the network namespace of ``fd``; sockets and children stay where they were made."""
    if ctypes.pythonapi.setns(fd, CLONE_NEWNET):  # the C library that is loaded already
        raise OSError("setns failed")


def start(*argv: str) -> tuple[int, int]:
    """Start a program here, in a group of its own: its pid, and the end of a pipe with what it prints."""
    ours, its = os.pipe()
    files = [(os.POSIX_SPAWN_DUP2, its, 1), (os.POSIX_SPAWN_DUP2, its, 2)]
    pid = os.posix_spawnp(argv[0], argv, os.environ, file_actions=files, setpgroup=0)
    os.close(its)
    return pid, ours


def finish(pid: int, fd: int) -> tuple[int, bytes]:
    """Wait for a program; its exit code, and the rest of what it prints."""
    parts = []
    while part := os.read(fd, 65536):
        parts.append(part)
    os.close(fd)
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]), b"".join(parts)


def packet_socket(program: bytes) -> _socket.socket:
    """A socket that hears every frame at every interface of this namespace, as far as the filter lets it through.

    It stands next to the driver (packet(7)): what comes in is heard before netfilter's hooks, what goes out after them.
    """
    sock = _socket.socket(_socket.AF_PACKET, _socket.SOCK_RAW, ETH_P_ALL)
    held = ctypes.create_string_buffer(program)
    sock.setsockopt(1, SO_ATTACH_FILTER, struct.pack("HxxxxxxP", len(program) // 8, ctypes.addressof(held)))
    sock.setsockopt(1, SO_TIMESTAMPNS, 1)
    grow_buffer(sock)
    drain(sock)  # what came before the filter was there
    return sock


def netfilter_socket() -> _socket.socket:
    """A socket that hears conntrack and nftables' traces of this namespace."""
    sock = _socket.socket(_socket.AF_NETLINK, _socket.SOCK_RAW, NETLINK_NETFILTER)
    sock.bind((0, 0))
    for group in GROUPS:
        sock.setsockopt(SOL_NETLINK, ADD_MEMBERSHIP, group)
    grow_buffer(sock)
    return sock


def grow_buffer(sock: _socket.socket) -> None:
    """A large buffer, where that is allowed."""
    sock.setblocking(False)
    try:
        sock.setsockopt(1, SO_RCVBUFFORCE, 1 << 22)
    except OSError:
        sock.setsockopt(1, SO_RCVBUF, 1 << 22)  # as large as net.core.rmem_max lets it be


def drain(sock: _socket.socket) -> None:
    """Read and forget what the socket has received so far."""
    try:
        while sock.recv(1):
            pass
    except BlockingIOError:
        return


def take_frame(sock: _socket.socket, space: int) -> None:
    """Note one frame, with the interface's name before it."""
    frame, ancillary, _, (name, _, packet, _, _) = sock.recvmsg(2048, 64)
    seconds, nanoseconds = struct.unpack("qq", ancillary[0][2])
    add_record(FRAME, space, name.encode() + b"\0" + frame, seconds * 10**9 + nanoseconds, packet)


def take_netlink(sock: _socket.socket, space: int, wanted: list[bytes]) -> None:
    """Note the messages in which one of the ``wanted`` addresses stands, or that continue such a trace."""
    try:
        data, at = sock.recv(65536), 0
    except OSError as error:
        if error.errno != ENOBUFS:
            raise
        add_record(LOST, space, b"")
        return
    while at + 16 <= len(data):
        length, kind = struct.unpack_from("IH", data, at)
        message = data[at : at + length]
        if kind == 0xA11 or any(address in message for address in wanted):  # NFT_MSG_TRACE has them only at first
            add_record(NETLINK, space, message)
        at += (length + 3) & ~3


def listen(packets: Sockets, messages: Sockets, wanted: list[bytes], running: tuple[int, int]) -> None:
    """Take everything until the command has ended and it has been quiet for a while."""
    pid, output = running
    poll = select.poll()
    for fd in (*packets, *messages, output):
        poll.register(fd, select.POLLIN)
    printed, end, quiet, open_ = [], time.monotonic() + LONGEST, LONGEST, True
    try:
        while time.monotonic() < end:
            ready = poll.poll(max(0, int(1000 * min(quiet, end - time.monotonic()))))
            if not ready:
                break
            for fd, _ in ready:
                if fd in packets:
                    take_frame(*packets[fd])
                elif fd in messages:
                    take_netlink(*messages[fd], wanted)
                elif part := os.read(fd, 65536):
                    printed.append(part)
                else:
                    poll.unregister(fd)
                    quiet, end, open_ = QUIET, time.monotonic() + SETTLING, False
    finally:
        if open_:  # with what it started, which would keep the pipe open; nothing goes on without the guard
            os.killpg(pid, signal.SIGKILL)
    code, rest = finish(pid, output)
    add_record(ENDED, 0, b"".join([b"%d\n" % code, *printed, rest]))


def read_rules(space: int, families: str) -> list[Reader]:
    """Start what prints the rules of this namespace."""
    return [
        (NFT, space, 0, start("nft", "-a", "list", "ruleset")),
        *((IPTABLES, space, int(family), start(TOOLS[family] + "-save")) for family in families),
    ]


def legacy_tables(families: str) -> str:
    """The families of which iptables-legacy has tables in this namespace; a kernel without it has no such file."""
    return "".join(family for family in families if has_content("/proc/self/net/" + LEGACY[family]))


def has_content(path: str) -> bool:
    """Whether there is such a file with something in it."""
    try:
        names = os.open(path, os.O_RDONLY)
    except OSError:
        return False
    found = os.read(names, 1)
    os.close(names)
    return bool(found)


def read_counters(kind: int, space: int, families: str) -> list[Reader]:
    """Start what prints the rules of iptables-legacy in this namespace, with their counters."""
    return [(kind, space, int(family), start(TOOLS[family] + "-legacy-save", "-c")) for family in families]


def add_printed(readers: list[Reader]) -> None:
    """Keep what they print."""
    for kind, space, family, reader in readers:
        add_record(kind, space, finish(*reader)[1], packet=family)


def with_rules(table: bytes) -> set[int]:
    """The namespaces in which a packet met a rule that is not ours: traces of the type "rule" that have a handle."""
    found = set()
    for record in records:
        handle = record.find(b"\x0c\0\3\0")  # nlattr: 12 bytes, NFTA_TRACE_RULE_HANDLE
        if record[0] == NETLINK and table not in record and handle >= 0 and any(record[handle + 4 : handle + 12]):
            found.add(record[1])
    return found


def opened(path: str, inode: str) -> int:
    """The namespace's file, if it is still the one that was observed."""
    fd = os.open(path, os.O_RDONLY)
    if inode != "0" and os.fstat(fd).st_ino != int(inode):
        raise FileNotFoundError("another namespace is there now: " + path)
    return fd


def arm(
    places: list[int], tables: tuple[str, ...], program: bytes, families: str
) -> tuple[Sockets, Sockets, dict[int, str], bool]:
    """Sockets and our tables in every namespace, and the counters before.

    The packet sockets, the netfilter sockets, where there are legacy tables, and whether the host is guarded.
    """
    packets, messages, making, counting, before = {}, {}, [], {}, []
    for at, (fd, table) in enumerate(zip(places, tables, strict=True)):
        enter(fd)
        if table:
            making.append((at, start("nft", table)))
        sock = packet_socket(program)
        packets[sock.fileno()] = (sock, at)
        sock = netfilter_socket()
        messages[sock.fileno()] = (sock, at)
        if there := legacy_tables(families):
            counting[at] = there
            before += read_counters(BEFORE, at, there)
    guarded = True
    for at, maker in making:
        code, said = finish(*maker)
        if code:
            add_record(TROUBLE, at, said)
            guarded = guarded and at != 0
    add_printed(before)
    return packets, messages, counting, guarded


def read_others(places: list[int], table: bytes, counting: dict[int, str], families: str) -> list[Reader]:
    """Start what prints the rules where packets met some, but for the host's, and the counters after."""
    reading = []
    for at in sorted(with_rules(table) - {0}):
        enter(places[at])
        reading += read_rules(at, families)
    for at, there in counting.items():
        enter(places[at])
        reading += read_counters(AFTER, at, there)
    return reading


def sweep(places: list[int], tables: tuple[str, ...], delete: str) -> None:
    """Remove our tables, side by side."""
    sweeping = []
    for fd, text in zip(places, tables, strict=True):
        if text:
            enter(fd)
            sweeping.append(start("nft", delete))
    for sweeper in sweeping:
        finish(*sweeper)


def main(
    program: str, addresses: str, table: str, delete: str, families: str, source: str, line: str, *spaces: str
) -> None:
    """Arm, run, listen, tidy up, print."""
    times = [time.time_ns()]
    wanted = [bytes.fromhex(address) for address in addresses.split(",")]
    places = [opened(path, inode) for path, inode in zip(spaces[::3], spaces[1::3], strict=True)]
    tables, reading = spaces[2::3], []
    try:
        packets, messages, counting, guarded = arm(places, tables, bytes.fromhex(program), families)
        times.append(time.time_ns())
        if guarded:  # else no packet
            enter(places[int(source)])
            running = start("sh", "-c", line)
            enter(places[0])
            reading = read_rules(0, families)
            listen(packets, messages, wanted, running)
            for sock, _ in (*packets.values(), *messages.values()):
                _thread.start_new_thread(sock.close, ())  # each waits for a grace period of the kernel's (RCU)
        times.append(time.time_ns())
        reading += read_others(places, table.encode(), counting, families)
        add_printed(reading)
    finally:
        sweep(places, tables, delete)
    times.append(time.time_ns())
    add_record(TIMES, 0, struct.pack("=4Q", *times))
    sys.stdout.buffer.write(b"".join(records))


signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
main(*sys.argv[1:])
