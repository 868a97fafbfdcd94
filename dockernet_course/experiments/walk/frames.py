"""A captured frame, and what its headers say. Pure.

Formats: RFC 826 (ARP), 791 (IPv4), 792 (ICMP), 9293 (TCP), 768 (UDP), 1035 (DNS).
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from socket import inet_ntoa
from typing import Literal

__all__ = ["FLAGS", "CapturedFrame", "Header", "ip_header", "read"]

FLAGS = "FSRPA"  # FIN, SYN, RST, PSH, ACK
_ETHERNET, _ARP, _IPV4, _IP_HEADER = 14, 0x806, 0x800, 28
_ICMP, _TCP, _UDP = 1, 6, 17
_UNREACHABLE, _ECHOES = 3, {0: "echo reply", 8: "echo request"}
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
    ``error`` tells an ICMP message that something is unreachable, and ``quotes`` which packet it is about: what that
    one's own ``quoted`` is (RFC 792: an error has the header and the first eight bytes).
    """

    protocol: Literal["arp", "icmp", "tcp", "udp"]
    source: str
    target: str
    info: str
    key: tuple[object, ...]
    ident: int = 0
    ttl: int | None = None
    ports: tuple[int, int] | None = None
    flags: str = ""
    mac_from: str = ""
    mac_to: str = ""
    error: bool = False
    quotes: tuple[object, ...] = ()

    @property
    def quoted(self) -> tuple[object, ...]:
        """How an error speaks of it: by what no rewriting of addresses touches in its first bytes."""
        return _told(self.protocol, self.key[2:4] if self.protocol == "icmp" else self.key[1:2], self.ident)

    @property
    def ends(self) -> tuple[str, str]:
        """Source and target, with their ports."""
        if not self.ports:
            return self.source, self.target
        return f"{self.source}:{self.ports[0]}", f"{self.target}:{self.ports[1]}"


def read(frame: bytes) -> Header | None:
    """The headers of an Ethernet frame; None if it is neither ARP nor IPv4, or broken."""
    try:
        kind = int.from_bytes(frame[12:14])
        if kind == _ARP:
            found: Header | None = _arp(frame[_ETHERNET:])
        else:
            found = ip_header(frame[_ETHERNET:]) if kind == _IPV4 else None
    except (struct.error, IndexError):
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
    """The headers of an IPv4 packet; None for protocols that no walk uses."""
    size = (data[0] & 15) * 4
    ident, ttl, protocol = int.from_bytes(data[4:6]), data[8], data[9]
    source, target, inner = inet_ntoa(data[12:16]), inet_ntoa(data[16:20]), data[size:]
    length = int.from_bytes(data[2:4]) - size
    readers = {_ICMP: _icmp, _TCP: _tcp, _UDP: _udp}
    if protocol not in readers:
        return None
    facts = readers[protocol](inner, ident, length)
    return Header(source=source, target=target, ident=ident, ttl=ttl, **facts)  # type: ignore[arg-type]


def _icmp(data: bytes, ident: int, length: int) -> dict[str, object]:
    kind, code, _, number, sequence = struct.unpack_from("!BBHHH", data)
    if kind in _ECHOES:
        return {"protocol": "icmp", "info": f"ICMP {_ECHOES[kind]}", "key": ("icmp", kind, number, sequence, ident)}
    info = f"ICMP {_WHY.get(code, f'unreachable, code {code}')}" if kind == _UNREACHABLE else f"ICMP type {kind}"
    about = {"error": kind == _UNREACHABLE, "quotes": _quote(data[8:])}
    return {"protocol": "icmp", "info": info, "key": ("icmp", kind, code, ident, length), **about}


def _quote(data: bytes) -> tuple[object, ...]:
    """Which packet an error quotes; nothing if it has none."""
    if len(data) < _IP_HEADER:
        return ()
    size, ident = (data[0] & 15) * 4, int.from_bytes(data[4:6])
    name = {_ICMP: "icmp", _TCP: "tcp", _UDP: "udp"}.get(data[9], "")
    first = data[size : size + 8]
    return _told(name, struct.unpack("!HH", first[4:]) if name == "icmp" else (int.from_bytes(first[4:]),), ident)


def _told(protocol: str, numbers: tuple[object, ...], ident: int) -> tuple[object, ...]:
    """Of an echo its two numbers, of a segment its sequence number; of a datagram only its identification is left."""
    return (protocol, ident) if protocol == "udp" else (protocol, *numbers)


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
    question = _dns(data[8:])
    return {
        "protocol": "udp",
        "info": question or f"UDP, {length - 8} bytes",
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
    address = _first_address(data, at + 5) if held and kind == "A" else ""
    return f"DNS answer: {name} is {address}" if address else f"DNS answer: {name}, {held} of type {kind}"


def _first_address(data: bytes, at: int) -> str:
    """The first A record after the question, whose name is a pointer (RFC 1035 §4.1.4) or written out."""
    if data[at] & 0xC0 == 0xC0:
        at += 2
    else:
        while data[at]:
            at += data[at] + 1
        at += 1
    kind, size = int.from_bytes(data[at : at + 2]), int.from_bytes(data[at + 8 : at + 10])
    return inet_ntoa(data[at + 10 : at + 14]) if (kind, size) == (1, 4) else ""
