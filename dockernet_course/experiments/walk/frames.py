"""A captured frame, and what its headers say. Pure.

Formats: RFC 826 (ARP), 791 (IPv4), 8200 (IPv6), 792 (ICMP), 9293 (TCP), 768 (UDP), 1035 (DNS).
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from socket import AF_INET, AF_INET6, inet_ntoa, inet_ntop
from typing import Literal

from dockernet_course.experiments.walk import icmpv6
from dockernet_course.experiments.walk.written import with_port

__all__ = ["FLAGS", "CapturedFrame", "Header", "ip_header", "read"]

FLAGS = "FSRPA"  # FIN, SYN, RST, PSH, ACK
_ETHERNET, _ARP, _IP = 14, 0x806, (0x800, 0x86DD)
_IPV6_HEADER, _QUOTED = 40, 8
_ICMP, _TCP, _UDP = 1, 6, 17
_UNREACHABLE, _TOO_BIG, _ECHOES = 3, 4, {0: "echo reply", 8: "echo request"}
_WHY = {0: "net unreachable", 1: "host unreachable", 3: "port unreachable", 13: "administratively prohibited"}
_TYPES = {1: "A", 12: "PTR", 28: "AAAA"}


@dataclass(frozen=True)
class CapturedFrame:
    """One frame at one interface, with the kernel's time stamp."""

    space: str
    interface: str
    outgoing: bool
    at_ns: int
    content: bytes


@dataclass(frozen=True)
class Header:
    """What identifies a packet, and what may change on its way.

    ``key`` is the same at every point: what neither bridges, nor routing, nor rewriting of addresses touches.
    ``quotes`` tells which packet an error of ICMP is about: what that one's own ``quoted`` is (RFC 792: an error has
    the header and the first eight bytes). ``ident`` is the identification; of IPv6, which has none, the flow label:
    the kernel takes another one for what it sends again. ``size`` is that of the whole packet, in bytes.
    """

    protocol: Literal["arp", "ndp", "icmp", "icmpv6", "tcp", "udp"]
    source: str
    target: str
    info: str
    key: tuple[object, ...]
    ident: int = 0
    ttl: int | None = None
    size: int = 0
    ports: tuple[int, int] | None = None
    flags: str = ""
    mac_from: str = ""
    mac_to: str = ""
    quotes: tuple[object, ...] = ()

    @property
    def quoted(self) -> tuple[object, ...]:
        """How an error speaks of it: by what no rewriting of addresses touches in its first bytes."""
        numbers = {"udp": self.key[2:3], "tcp": self.key[1:2]}.get(self.protocol, self.key[2:4])
        return _told(self.protocol, numbers, self.ident)

    def identity(self, *, exact: bool) -> tuple[object, ...]:
        """What it is known by; ``exact`` tells two datagrams apart that have the same content.

        Without that, one that a program has read and passed on (Docker's DNS does) is known again.
        """
        return (*self.key, self.ident) if exact and self.protocol == "udp" else self.key

    @property
    def ends(self) -> tuple[str, str]:
        """Source and target, with their ports."""
        if not self.ports:
            return self.source, self.target
        return with_port(self.source, self.ports[0]), with_port(self.target, self.ports[1])


def read(frame: bytes) -> Header | None:
    """The headers of an Ethernet frame; None if it is neither ARP nor IP, or broken."""
    try:
        kind = int.from_bytes(frame[12:14])
        if kind == _ARP:
            found: Header | None = _arp(frame[_ETHERNET:])
        else:
            found = ip_header(frame[_ETHERNET:]) if kind in _IP else None
    except (struct.error, IndexError, ValueError):
        return None
    if found is None:
        return None
    macs = {"mac_from": frame[6:12].hex(":"), "mac_to": frame[:6].hex(":")}
    return Header(**{**found.__dict__, **macs})


def _arp(data: bytes) -> Header:
    operation = int.from_bytes(data[6:8])
    source, target = inet_ntoa(data[14:18]), inet_ntoa(data[24:28])
    info = f"who has {target}? tell {source}" if operation == 1 else f"{source} is at {data[8:14].hex(':')}"
    return Header("arp", source, target, info, ("arp", operation, source, target))


def ip_header(data: bytes) -> Header | None:
    """The headers of a packet of IPv4 or IPv6; None for protocols that no walk uses."""
    return _ipv6(data) if data[0] >> 4 == 6 else _ipv4(data)


def _ipv4(data: bytes) -> Header | None:
    size = (data[0] & 15) * 4
    ident, ttl, protocol = int.from_bytes(data[4:6]), data[8], data[9]
    source, target, inner = inet_ntoa(data[12:16]), inet_ntoa(data[16:20]), data[size:]
    length = int.from_bytes(data[2:4]) - size
    readers = {_ICMP: _icmp, _TCP: _tcp, _UDP: _udp}
    if protocol not in readers:
        return None
    facts = readers[protocol](inner, ident, length)
    return Header(source=source, target=target, ident=ident, ttl=ttl, size=size + length, **facts)  # type: ignore[arg-type]


def _ipv6(data: bytes) -> Header | None:
    """RFC 8200 §3; what has extension headers is nobody's that we send."""
    ident, ttl, protocol = int.from_bytes(data[1:4]) & 0xFFFFF, data[7], data[6]
    source, target = (inet_ntop(AF_INET6, data[at : at + 16]) for at in (8, 24))
    inner, length = data[_IPV6_HEADER:], int.from_bytes(data[4:6])
    if protocol == icmpv6.NUMBER:
        facts = icmpv6.facts(inner, source, target, length)
        if facts and inner[0] in icmpv6.ERRORS:
            facts["quotes"] = _quote(inner[8:])
    else:
        facts = {_TCP: _tcp, _UDP: _udp}[protocol](inner, ident, length) if protocol in (_TCP, _UDP) else None
    if facts is None:
        return None
    told = {"source": source, "target": target, "ident": ident, "ttl": ttl, "size": _IPV6_HEADER + length}
    return Header(**{**told, **facts})  # type: ignore[arg-type]


def _icmp(data: bytes, ident: int, length: int) -> dict[str, object]:
    kind, code, _, number, sequence = struct.unpack_from("!BBHHH", data)
    if kind in _ECHOES:
        return {"protocol": "icmp", "info": f"ICMP {_ECHOES[kind]}", "key": ("icmp", kind, number, sequence, ident)}
    words = {**_WHY, _TOO_BIG: f"fragmentation needed, MTU {sequence}"}.get(code, f"unreachable, code {code}")
    info = f"ICMP {words}" if kind == _UNREACHABLE else f"ICMP type {kind}"
    return {"protocol": "icmp", "info": info, "key": ("icmp", kind, code, ident, length), "quotes": _quote(data[8:])}


def _quote(data: bytes) -> tuple[object, ...]:
    """Which packet an error quotes; nothing if it has none."""
    six = bool(data) and data[0] >> 4 == 6
    size = _IPV6_HEADER if six else (data[0] & 15) * 4 if data else 0
    if len(data) < size + _QUOTED or not size:
        return ()
    ident, protocol = (int.from_bytes(data[1:4]) & 0xFFFFF, data[6]) if six else (int.from_bytes(data[4:6]), data[9])
    name = {_ICMP: "icmp", icmpv6.NUMBER: "icmpv6", _TCP: "tcp", _UDP: "udp"}.get(protocol, "")
    first = data[size : size + _QUOTED]
    echo, length = struct.unpack("!HH", first[4:]), int.from_bytes(first[4:6])
    return _told(name, {"tcp": (int.from_bytes(first[4:]),), "udp": (length,)}.get(name, echo), ident)


def _told(protocol: str, numbers: tuple[object, ...], ident: int) -> tuple[object, ...]:
    """Of an echo its two numbers, of a segment its sequence number; of a datagram length and identification."""
    return (protocol, *numbers, ident) if protocol == "udp" else (protocol, *numbers)


def _tcp(data: bytes, ident: int, length: int) -> dict[str, object]:
    source, target, sequence, acked, offset, bits = struct.unpack_from("!HHIIBB", data)
    flags = "".join(flag for at, flag in enumerate(FLAGS) if bits >> at & 1)
    carried = length - (offset >> 4) * 4
    return {
        "protocol": "tcp",
        "info": _words(flags, carried),
        "key": ("tcp", sequence, acked, flags, carried, ident),
        "ports": (source, target),
        "flags": flags,
    }


def _words(flags: str, carried: int) -> str:
    named = {"S": "SYN", "SA": "SYN, ACK", "R": "RST", "RA": "RST", "A": "ACK", "FA": "FIN", "F": "FIN"}
    if carried:
        return f"TCP data, {carried} bytes"
    return f"TCP {named.get(flags.replace('P', ''), flags)}"


def _udp(data: bytes, _ident: int, length: int) -> dict[str, object]:
    ports = struct.unpack_from("!HH", data)
    question, carried = _dns(data[8:]), length - 8
    return {
        "protocol": "udp",
        "info": question or f"UDP, {carried} byte{'s' * (carried != 1)}",
        "key": ("udp", bytes(data[8:20]), length),
        "ports": ports,
    }


def _dns(data: bytes) -> str:
    """A question or an answer of DNS in words; empty if it is something else."""
    if len(data) < 17 or int.from_bytes(data[4:6]) != 1:
        return ""
    labels, at = [], 12
    while at < len(data) and data[at]:
        labels.append(data[at + 1 : at + 1 + data[at]].decode(errors="replace"))
        at += data[at] + 1
    name, kind = ".".join(labels), _TYPES.get(int.from_bytes(data[at + 1 : at + 3]), "other")
    if not data[2] >> 7:
        return f"DNS question: {name}, {kind}"
    if data[3] & 15:
        return f"DNS answer: {name} is not known"
    held = int.from_bytes(data[6:8])
    address = _first_address(data, at + 5) if held else ""
    return f"DNS answer: {name} is {address}" if address else f"DNS answer: {name}, {held} of type {kind}"


def _first_address(data: bytes, at: int) -> str:
    """That of the first record after the question, whose name is a pointer (RFC 1035 §4.1.4) or written out.

    Nothing if that is neither an A nor an AAAA record (RFC 3596).
    """
    if data[at] & 0xC0 == 0xC0:
        at += 2
    else:
        while data[at]:
            at += data[at] + 1
        at += 1
    kind, size = int.from_bytes(data[at : at + 2]), int.from_bytes(data[at + 8 : at + 10])
    family = {(1, 4): AF_INET, (28, 16): AF_INET6}.get((kind, size))
    return inet_ntop(family, data[at + 10 : at + 10 + size]) if family else ""
