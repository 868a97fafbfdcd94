"""The few netlink requests that a capsule and its preflight need, by hand: an ordinary account may have no ``ip``.

Standard library only. Message layouts: rtnetlink(7) and linux/netfilter/nf_tables.h.
"""

from __future__ import annotations

import os
import socket
import struct

__all__ = [
    "ARP_ANNOUNCE",
    "FORWARDING",
    "add_address",
    "add_link",
    "add_nat_chain",
    "add_route",
    "add_veth",
    "configure",
    "number_namespace",
]

FORWARDING, ARP_ANNOUNCE = 1, 18
"""Settings of an interface for IPv4 (linux/ip.h: IPV4_DEVCONF_…)."""

_REQUEST, _ACK, _CREATE, _EXCLUSIVE = 1, 4, 0x400, 0x200
_NESTED = 0x8000
_NETLINK_ROUTE, _NETLINK_NETFILTER = 0, 12
_NEWLINK, _SETLINK, _NEWADDR, _NEWROUTE, _NEWNSID = 16, 19, 20, 24, 88
_NEW = _REQUEST | _ACK | _CREATE | _EXCLUSIVE
_MAIN_TABLE, _BY_HAND, _UNICAST, _EVERYWHERE, _THIS_LINK, _NO_DAD = 254, 3, 1, 0, 253, 2
_NFT, _BATCH_BEGIN, _BATCH_END, _NEWTABLE, _NEWCHAIN = 10, 16, 17, 0, 3
_POSTROUTING, _SOURCE_NAT = 4, 100


def add_link(name: str, kind: str) -> None:
    """``ip link add NAME type KIND``. Raises OSError with the kernel's answer."""
    info = _attribute(18 | _NESTED, _attribute(1, kind.encode() + b"\0"))
    body = struct.pack("BxHiII", 0, 0, 0, 0, 0) + _name(name) + info
    _ask(_NETLINK_ROUTE, _message(_NEWLINK, _NEW, body))


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


def add_veth(name: str, index: int, peer: str, peer_index: int, namespace: int) -> None:
    """``ip link add NAME index … type veth peer name PEER index … netns …``, the namespace given by a descriptor."""
    there = struct.pack("BxHiII", 0, 0, peer_index, 0, 0) + _name(peer) + _attribute(28, struct.pack("I", namespace))
    kind = _attribute(1, b"veth\0") + _attribute(2 | _NESTED, _attribute(1 | _NESTED, there))
    body = struct.pack("BxHiII", 0, 0, index, 0, 0) + _name(name) + _attribute(18 | _NESTED, kind)
    _ask(_NETLINK_ROUTE, _message(_NEWLINK, _NEW, body))


def add_address(link: str, address: str) -> None:
    """``ip address add ADDRESS/PREFIX dev LINK nodad``."""
    ip, _, prefix = address.partition("/")
    family, packed = _packed(ip)
    head = struct.pack("BBBBI", family, int(prefix), _NO_DAD, _EVERYWHERE, socket.if_nametoindex(link))
    _ask(_NETLINK_ROUTE, _message(_NEWADDR, _NEW, head + _attribute(2, packed) + _attribute(1, packed)))


def add_route(target: str, link: str, *, via: str = "", source: str = "") -> None:
    """``ip route add TARGET [via VIA] dev LINK [src SOURCE]``; everything (default) is 0.0.0.0/0 or ::/0."""
    ip, _, prefix = target.partition("/")
    family, packed = _packed(ip)
    scope = _EVERYWHERE if via else _THIS_LINK
    head = struct.pack("BBBBBBBBI", family, int(prefix), 0, 0, _MAIN_TABLE, _BY_HAND, scope, _UNICAST, 0)
    body = head + _attribute(1, packed) + _attribute(4, struct.pack("I", socket.if_nametoindex(link)))
    body += _attribute(5, _packed(via)[1]) if via else b""
    body += _attribute(7, _packed(source)[1]) if source else b""
    _ask(_NETLINK_ROUTE, _message(_NEWROUTE, _NEW, body))


def configure(index: int, setting: int, value: int) -> None:
    """Write ``/proc/sys/net/ipv4/conf/LINK/SETTING``, also where that file is read-only."""
    settings = _attribute(1 | _NESTED, _attribute(setting, struct.pack("I", value)))  # IFLA_INET_CONF
    families = _attribute(26 | _NESTED, _attribute(socket.AF_INET | _NESTED, settings))  # IFLA_AF_SPEC
    _ask(_NETLINK_ROUTE, _message(_SETLINK, _REQUEST | _ACK, struct.pack("BxHiII", 0, 0, index, 0, 0) + families))


def number_namespace(namespace: int, number: int) -> None:
    """``ip netns set … NUMBER``: under which ``link-netnsid`` this namespace will know that of a descriptor."""
    body = struct.pack("Bxxx", 0) + _attribute(1, struct.pack("i", number)) + _attribute(3, struct.pack("I", namespace))
    _ask(_NETLINK_ROUTE, _message(_NEWNSID, _NEW, body))


def _name(link: str) -> bytes:
    return _attribute(3, link.encode() + b"\0")


def _packed(ip: str) -> tuple[int, bytes]:
    """The address family and the bytes of an address."""
    family = socket.AF_INET6 if ":" in ip else socket.AF_INET
    return family, socket.inet_pton(family, ip)


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
