"""The few netlink requests that a capsule and its preflight need, by hand: an ordinary account may have no ``ip``.

Standard library only. Message layouts: rtnetlink(7) and linux/netfilter/nf_tables.h.
"""

from __future__ import annotations

import os
import socket
import struct

__all__ = ["add_link", "add_nat_chain", "forbid_route"]

_REQUEST, _ACK, _CREATE, _EXCLUSIVE = 1, 4, 0x400, 0x200
_NESTED = 0x8000
_NETLINK_ROUTE, _NETLINK_NETFILTER = 0, 12
_NEWLINK, _NEWRULE = 16, 32
_PROHIBIT = 8
_NFT, _BATCH_BEGIN, _BATCH_END, _NEWTABLE, _NEWCHAIN = 10, 16, 17, 0, 3
_POSTROUTING, _SOURCE_NAT = 4, 100


def add_link(name: str, kind: str) -> None:
    """``ip link add NAME type KIND``. Raises OSError with the kernel's answer."""
    info = _attribute(18 | _NESTED, _attribute(1, kind.encode() + b"\0"))
    body = struct.pack("BxHiII", 0, 0, 0, 0, 0) + _attribute(3, name.encode() + b"\0") + info
    _ask(_NETLINK_ROUTE, _message(_NEWLINK, _REQUEST | _ACK | _CREATE | _EXCLUSIVE, body))


def add_nat_chain() -> None:
    """``nft add table ip t; nft add chain ip t c { type nat hook postrouting priority srcnat; }``."""
    table, chain = b"t\0", b"c\0"
    hook = _attribute(1, struct.pack(">I", _POSTROUTING)) + _attribute(2, struct.pack(">I", _SOURCE_NAT))
    parts = _attribute(1, table) + _attribute(3, chain) + _attribute(4 | _NESTED, hook) + _attribute(7, b"nat\0")
    head = struct.pack(">BBH", socket.AF_INET, 0, 0)
    batch = struct.pack(">BBH", socket.AF_UNSPEC, 0, _NFT)
    flags = _REQUEST | _CREATE | _ACK
    _ask(
        _NETLINK_NETFILTER,
        _message(_BATCH_BEGIN, _REQUEST, batch)
        + _message(_NFT << 8 | _NEWTABLE, flags, head + _attribute(1, table))
        + _message(_NFT << 8 | _NEWCHAIN, flags, head + parts)
        + _message(_BATCH_END, _REQUEST, batch),
        answers=2,
    )


def forbid_route(address: str) -> None:
    """``ip rule add to ADDRESS prohibit``: whoever sends there is told at once, and does not wait."""
    head = struct.pack("BBBBBBBBI", socket.AF_INET, 32, 0, 0, 0, 0, 0, _PROHIBIT, 0)
    rule = head + _attribute(1, socket.inet_aton(address)) + _attribute(6, struct.pack("I", 100))
    _ask(_NETLINK_ROUTE, _message(_NEWRULE, _REQUEST | _ACK | _CREATE | _EXCLUSIVE, rule))


def _attribute(kind: int, value: bytes) -> bytes:
    return struct.pack("HH", 4 + len(value), kind) + value + bytes(-len(value) % 4)


def _message(kind: int, flags: int, body: bytes) -> bytes:
    return struct.pack("IHHII", 16 + len(body), kind, flags, 1, 0) + body


def _ask(family: int, request: bytes, answers: int = 1) -> None:
    with socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, family) as asking:
        asking.settimeout(2)
        asking.bind((0, 0))
        asking.send(request)
        got = 0
        while got < answers:
            data = asking.recv(65536)
            while data:
                length, kind = struct.unpack_from("IH", data)
                code = struct.unpack_from("i", data, 16)[0]
                if kind == 2 and code:  # NLMSG_ERROR; with 0 it is an acknowledgement
                    raise OSError(-code, os.strerror(-code))
                data, got = data[(length + 3) & ~3 :], got + 1
