"""Runs in the observer, as ``python3 -c``: write down what the kernel says about links, addresses and routes.

Argument: a word. Listens in the host's network namespace to all namespaces it has a number for (needs
CAP_NET_BROADCAST). Ends when ``control.py stop WORD`` asks for it and the kernel has been quiet for a while, or by
itself after ten minutes; a dot on the standard error says now and then that it lives. Prints one record per message:
microseconds since the epoch (u64), the namespace's number or -1 for the host's own (i32), the message's length (u32),
the message. A record of length 0 stands for messages that the kernel dropped because we were too slow. Standard
library of ``python3-minimal`` only.
"""

import _socket
import os
import select
import struct
import sys
import time

SOL_SOCKET, SO_RCVBUF, SOL_NETLINK = 1, 8, 270
ADD_MEMBERSHIP, LISTEN_ALL_NSID = 1, 8
GROUPS = (1, 5, 7, 9, 11, 28)  # RTNLGRP_LINK, IPV4_IFADDR, IPV4_ROUTE, IPV6_IFADDR, IPV6_ROUTE, NSID
QUIET, PATIENCE, LONGEST, SIGN = 0.15, 2.0, 600.0, 2.0  # seconds


def listen() -> _socket.socket:
    """A socket that hears the namespaces' own notifications."""
    sock = _socket.socket(_socket.AF_NETLINK, _socket.SOCK_RAW, 0)
    sock.setsockopt(SOL_SOCKET, SO_RCVBUF, 1 << 22)
    sock.bind((0, 0))
    for group in GROUPS:
        sock.setsockopt(SOL_NETLINK, ADD_MEMBERSHIP, group)
    sock.setsockopt(SOL_NETLINK, LISTEN_ALL_NSID, 1)
    return sock


def take(sock: _socket.socket) -> bytes:
    """The next message as a record."""
    try:
        message, ancillary, _, _ = sock.recvmsg(65536, 64)
    except OSError as error:
        if error.errno != 105:  # ENOBUFS
            raise
        message, ancillary = b"", []
    nsid = struct.unpack("i", ancillary[0][2])[0] if ancillary else -1
    return struct.pack("=QiI", int(time.time() * 1e6), nsid, len(message)) + message


def main(word: str) -> None:
    """Record until told to stop and the kernel is quiet."""
    sock = listen()
    control = _socket.socket(_socket.AF_UNIX, _socket.SOCK_DGRAM)
    control.bind(f"\0dockernet-film-{word}")
    records: list[bytes] = []
    end = time.monotonic() + LONGEST
    waiting: list[_socket.socket] = [sock, control]
    while True:
        left = max(0.0, end - time.monotonic())
        ready = select.select(waiting, [], [], min(left, SIGN if control in waiting else QUIET))[0]
        if sock in ready:
            records.append(take(sock))
        elif control in ready:
            waiting, end = [sock], time.monotonic() + PATIENCE
        if time.monotonic() > end or (not ready and control not in waiting):
            break
        if not ready:
            os.write(2, b".")
    sys.stdout.buffer.write(b"".join(records))


main(sys.argv[1])
