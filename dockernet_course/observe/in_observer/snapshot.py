"""Runs in the observer, as ``python3 -c``: dump the host's network namespace and those of some containers.

Arguments: container ids, each ``ID`` or ``ID:PID``, or ``--all`` (in a private engine). Needs CAP_SYS_ADMIN,
CAP_SYS_PTRACE and the host's process ids. Prints lines of words, an empty line, and the netlink messages that the
lines count, as the kernel sent them: links without the attributes nobody asks for, routes of the main table,
neighbours that were asked for, of the host the rules of nftables that masquerade, routing rules that not every
namespace has, and what is set for forwarding (of IPv6 on the host alone). The lines, the last two of ``sockets.py``::

    namespace INODE LINKS ADDRESSES ROUTES NEIGHBOURS RULES ROUTING NETCONF    the first one is the host's
    legacy LINE           a rule of iptables-legacy in the namespace above that masquerades
    container ID PID      found in the namespace above
    nsid NUMBER INODE     the namespace above knows the one with that inode as NUMBER
    vanished ID           its process is gone
    unknown ID            no process was found for it
    socket …              a listener in the namespace above
    held …                whose a listener is, in whatever namespace

Standard library of ``python3-minimal`` only. It stays small and imports little (_socket is what socket imports, without
the enums; no json), because it starts anew with every observation: 13 ms of 30 were imports.
"""

import _socket
import os
import struct
import sys

from dockernet_course.observe.in_observer.dumps import DUMP, ask
from dockernet_course.observe.in_observer.sockets import holders, listeners

CLONE_NEWNET = 0x40000000
SKIP_STATS = struct.pack("16xHHI", 8, 29, 8)  # after struct ifinfomsg: IFLA_EXT_MASK, RTEXT_FILTER_SKIP_STATS
# RTM_GET… and what follows nlmsghdr: LINK, ADDR, ROUTE, NEIGH
DUMPS = ((18, SKIP_STATS), (22, bytes(8)), (26, bytes(12)), (30, bytes(12)))
GET_ROUTING_RULE, GET_NETCONF = 34, 82  # RTM_GETRULE, RTM_GETNETCONF
# FRA_PRIORITY, and what else an ordinary rule tells: SUPPRESS_IFGROUP, SUPPRESS_PREFIXLEN, TABLE, PAD, PROTOCOL
FRA_PRIORITY, PLAIN, PRIORITIES = 6, {6, 13, 14, 15, 18, 21}, (0, 32766, 32767)
# IFLA_ADDRESS, IFNAME, MTU, LINK, MASTER, OPERSTATE, LINK_NETNSID
WANTED = {1, 3, 4, 5, 10, 16, 37}
LINKINFO, INFO_SLAVE_DATA, LINK_NETNSID, MAIN_TABLE, NUD_NOARP = 18, 5, 37, 254, 0x40
PORT = {1, 33}  # IFLA_BRPORT_STATE, ISOLATED
attribute = struct.Struct("HH").unpack_from  # length and type (struct nlattr, netlink(7))
known: set[bytes] = set()  # ordinary routing rules
NETFILTER, GET_RULES = 12, 0xA07  # NFT_MSG_GETRULE
MASQUERADE = (b"masq\0", b"MASQUERADE\0")  # nftables' own expression, iptables' target
LEGACY = (("/proc/net/ip_tables_names", "iptables"), ("/proc/net/ip6_tables_names", "ip6tables"))


def enter(fd: int) -> None:
    """Move this process to the network namespace of ``fd``."""
    if hasattr(os, "setns"):
        os.setns(fd, CLONE_NEWNET)
        return
    import ctypes  # before Python 3.12; pythonapi is the C library that is loaded already

    if ctypes.pythonapi.setns(fd, CLONE_NEWNET):
        raise OSError("setns failed")


def read(path: str) -> bytes:
    """The first bytes of a file; open() would take twice as long."""
    fd = os.open(path, os.O_RDONLY)
    try:
        return os.read(fd, 4096)
    finally:
        os.close(fd)


def processes(wanted: set[str]) -> dict[str, int]:
    """Container id → pid of its first process, for the ``wanted`` ones (none: for all of the first engine met).

    Each container has a containerd shim, known by its command line, which works in the container's bundle directory.
    That has a file ``init.pid``, and beside it are the bundles of the engine's other containers.
    """
    found: dict[str, int] = {}
    for pid in filter(str.isdigit, os.listdir("/proc")):  # noqa: PTH208, pathlib is slow to import
        try:
            words = read(f"/proc/{pid}/cmdline").split(b"\0")
            if b"containerd-shim" in words[0] and words[words.index(b"-id") + 1].decode() not in found:
                found.update(bundles(f"/proc/{pid}/cwd/.."))
                if wanted <= found.keys():
                    break
        except (OSError, ValueError):
            continue  # gone meanwhile, or another kind of shim
    return found


def bundles(folder: str) -> dict[str, int]:
    """Container id → pid, for one engine."""
    found = {}
    for name in os.listdir(folder):  # noqa: PTH208
        try:
            found[name] = int(read(f"{folder}/{name}/init.pid"))
        except (OSError, ValueError):
            continue  # just being made or removed
    return found


def trim(link: bytes, nsids: set[int]) -> bytes:
    """The link message with the wanted attributes only; notes the namespace id of the other end in ``nsids``."""
    kept, at = [link[4:32]], 32
    while at + 4 <= len(link):
        length, kind = attribute(link, at)
        kind, end = kind & 0x3FFF, at + ((length + 3) & ~3)
        if kind == LINKINFO:
            kept.append(without_timers(link[at:end]))
        elif kind in WANTED:
            kept.append(link[at:end])
            if kind == LINK_NETNSID:
                nsids.add(struct.unpack_from("i", link, at + 4)[0])
        at = end
    body = b"".join(kept)
    return struct.pack("I", 4 + len(body)) + body


def without_timers(info: bytes) -> bytes:
    """IFLA_LINKINFO; of what a bridge says of its port without the timers, which never stand still."""
    at = 4
    while at + 4 <= len(info):
        length, kind = attribute(info, at)
        if kind & 0x3FFF == INFO_SLAVE_DATA:
            return nested(info, info[4:at] + nested(info[at:], wanted(info, at + 4, at + length)))
        at += (length + 3) & ~3
    return info


def wanted(data: bytes, at: int, end: int) -> bytes:
    """Those of the attributes that are in ``PORT``."""
    kept = b""
    while at + 4 <= end:
        length, kind = attribute(data, at)
        after = at + ((length + 3) & ~3)
        if kind in PORT:
            kept += data[at:after]
        at = after
    return kept


def nested(of: bytes, content: bytes) -> bytes:
    """An attribute of the same type with that content."""
    return struct.pack("H", 4 + len(content)) + of[2:4] + content


def is_ordinary(rule: bytes) -> bool:
    """Whether it is ``ordinary``; looked at once, for most namespaces have the same."""
    if rule[16:] in known:
        return True
    if ordinary(rule):
        known.add(rule[16:])
    return rule[16:] in known


def ordinary(rule: bytes) -> bool:
    """Whether a routing rule is one that every namespace has: all from everywhere to one of the tables 253 to 255.

    Struct fib_rule_hdr: no prefixes, action FR_ACT_TO_TBL, no flags; then no attributes but those of ``PLAIN``.
    """
    at, kinds = 28, set()
    while at + 4 <= len(rule):
        length, kind = attribute(rule, at)
        kinds.add(kind)
        if kind == FRA_PRIORITY and struct.unpack_from("I", rule, at + 4)[0] not in PRIORITIES:
            return False
        at += (length + 3) & ~3
    return rule[17:20] == bytes(3) and rule[20] >= 253 and rule[23:28] == b"\1\0\0\0\0" and kinds <= PLAIN


# A veth's other end is told by two numbers: IFLA_LINK, its index there, and IFLA_LINK_NETNSID, the id of its namespace
# (none: this one). Such ids belong to the namespace that uses them: each must be asked which inode it means by which
# (``ip netns list-id``, ip-netns(8)).
def nsid(sock: _socket.socket, fd: int) -> int:
    """The id under which the socket's namespace knows that of ``fd``, -1 if it has none."""
    (answer,) = ask(sock, 90, struct.pack("BxxxHHI", 0, 8, 3, fd))  # RTM_GETNSID, NETNSA_FD
    return int(struct.unpack_from("i", answer, 24)[0])


def name_peers(sock: _socket.socket, wanted: set[int] | None, spaces: dict[int, int]) -> dict[int, int]:
    """Nsid → inode of the namespaces known as one of ``wanted`` (None: of all that are known)."""
    names: dict[int, int] = {}
    for inode, fd in spaces.items():
        if wanted is not None and wanted <= names.keys():
            break
        known = nsid(sock, fd)
        if known >= 0:
            names[known] = inode
    return names


def look(fd: int, spaces: dict[int, int], host: bool) -> tuple[list[list[bytes]], dict[int, int]]:
    """Enter a namespace: its messages by kind, and its nsid → inode."""
    enter(fd)
    nsids: set[int] = set()
    sock = _socket.socket(_socket.AF_NETLINK, _socket.SOCK_RAW, 0)
    links, addresses, routes, neighbours = (ask(sock, kind, body, DUMP) for kind, body in DUMPS)
    seen = [
        [trim(link, nsids) for link in links],
        addresses,
        [route for route in routes if route[20] == MAIN_TABLE],
        [n for n in neighbours if not n[24] & NUD_NOARP],
        rules() if host else [],
        [rule for rule in if_known(sock, GET_ROUTING_RULE, bytes(12)) if not is_ordinary(rule)],
        if_known(sock, GET_NETCONF, bytes([0 if host else _socket.AF_INET, 0, 0, 0])),
    ]
    names = name_peers(sock, None if host else nsids, spaces)
    sock.close()
    return seen, names


def if_known(sock: _socket.socket, kind: int, body: bytes) -> list[bytes]:
    """A dump of what not every kernel has."""
    try:
        return ask(sock, kind, body, DUMP)
    except OSError:
        return []


def rules() -> list[bytes]:
    """The rules of nftables (and iptables-nft) in this namespace that masquerade; none where the kernel has none."""
    try:
        sock = _socket.socket(_socket.AF_NETLINK, _socket.SOCK_RAW, NETFILTER)
        found = ask(sock, GET_RULES, bytes(4), DUMP)
    except OSError:
        return []
    sock.close()
    return [rule for rule in found if any(word in rule for word in MASQUERADE)]


def legacy() -> list[str]:
    """The same of iptables-legacy; nothing is started where this namespace has no such table."""
    found: list[str] = []
    for names, tool in LEGACY:
        try:
            there = b"nat\n" in read(names)
        except OSError:
            continue  # no such tables in this kernel
        if there:
            with os.popen(f"{tool}-legacy-save -t nat") as saved:  # noqa: S605, two words of ours
                found += [f"legacy {line.strip()}" for line in saved if "MASQUERADE" in line]
    return found


def gather(arguments: list[str], lines: list[str]) -> tuple[dict[int, int], dict[int, list[str]]]:
    """Inode → fd of the host's namespace and the containers', and the lines for the containers found in each."""
    host = os.open("/proc/self/ns/net", os.O_RDONLY)
    spaces = {os.fstat(host).st_ino: host}
    inside: dict[int, list[str]] = {}
    everything = arguments == ["--all"]
    found = processes({argument for argument in arguments if ":" not in argument} - {"--all"})
    for argument in found if everything else arguments:
        name, _, given = argument.partition(":")
        pid = int(given or found.get(name, 0))
        if not pid:
            lines.append(f"unknown {name}")
            continue
        try:
            fd = os.open(f"/proc/{pid}/ns/net", os.O_RDONLY)
        except (FileNotFoundError, ProcessLookupError):
            lines.append(f"vanished {name}")
            continue
        inode = os.fstat(fd).st_ino
        spaces.setdefault(inode, fd)
        inside.setdefault(inode, []).append(f"container {name} {pid}")
    return spaces, inside


def main(arguments: list[str]) -> None:
    """Print the lines and the messages."""
    lines: list[str] = []
    body: list[bytes] = []
    spaces, inside = gather(arguments, lines)
    waiting: dict[int, list[str]] = {}
    for at, (inode, fd) in enumerate(spaces.items()):
        seen, names = look(fd, spaces, host=at == 0)
        lines.append(f"namespace {inode} {' '.join(str(len(messages)) for messages in seen)}")
        lines += legacy() if at == 0 else []
        lines += inside.get(inode, ())
        lines += [f"nsid {number} {there}" for number, there in names.items()]
        lines += waiting.setdefault(inode, listeners())
        body += [message for messages in seen for message in messages]
    lines += holders(waiting, [line.split() for found in inside.values() for line in found], arguments == ["--all"])
    sys.stdout.buffer.write("\n".join([*lines, "", ""]).encode() + b"".join(body))


main(sys.argv[1:])
