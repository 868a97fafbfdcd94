"""What a message of ICMPv6 says: an echo, an error, or who has which MAC address. Pure.

Formats: RFC 4443 (ICMPv6), RFC 4861 (neighbour discovery, which is IPv6's ARP: §4.3 solicits, §4.4 advertises).
"""

from __future__ import annotations

import struct
from socket import AF_INET6, inet_ntop

__all__ = ["ERRORS", "NUMBER", "facts"]

NUMBER = 58
"""The protocol's number in the header of IPv6."""

_SOLICITS, _ADVERTISES, _ECHOES = 135, 136, {128: "echo request", 129: "echo reply"}
_WHOLE, _TARGETS_MAC = 24, 2
_UNREACHABLE, _TOO_BIG = 1, 2
ERRORS = (_UNREACHABLE, _TOO_BIG, 3, 4)
"""The types that quote a packet: it is unreachable, too big, its time is exceeded, it has a problem."""
_WHY = {
    0: "no route",
    1: "administratively prohibited",
    2: "beyond scope of source address",
    3: "address unreachable",
    4: "port unreachable",
    5: "source address failed policy",
    6: "reject route",
}


def facts(data: bytes, source: str, target: str, length: int) -> dict[str, object] | None:
    """What identifies it, as fields of a ``Header``; None for messages that no walk uses (routers' advertisements)."""
    kind, code, _, number, sequence = struct.unpack_from("!BBHHH", data)
    if kind in (_SOLICITS, _ADVERTISES):
        return _neighbour(data, kind, source, target)
    if kind in _ECHOES:
        return {"protocol": "icmpv6", "info": f"ICMPv6 {_ECHOES[kind]}", "key": ("icmpv6", kind, number, sequence)}
    if kind not in ERRORS:
        return None
    words = {
        _UNREACHABLE: _WHY.get(code, f"unreachable, code {code}"),
        _TOO_BIG: f"packet too big, MTU {number << 16 | sequence}",
    }
    info = f"ICMPv6 {words.get(kind, f'type {kind}')}"
    return {"protocol": "icmpv6", "info": info, "key": ("icmpv6", kind, code, length)}


def _neighbour(data: bytes, kind: int, source: str, target: str) -> dict[str, object] | None:
    """Like ARP: who asks or is asked, whatever group of neighbours the packet itself is for.

    A trace has the first twenty bytes only: so these are what identifies it. An advertisement without a MAC address
    answers who has it already, and tries whether the neighbour is still there (RFC 4861 §7.2.4): it is left out.
    """
    key = ("ndp", kind, source, target, bytes(data[8:20]))
    about = inet_ntop(AF_INET6, data[8:24]) if len(data) >= _WHOLE else ""
    if kind == _SOLICITS:
        ends, info = (source, about), f"who has {about}? tell {source}"
    else:
        mac = _link_address(data[24:])
        if about and not mac:
            return None
        ends, info = (about, target), f"{about} is at {mac}"
    return {"protocol": "ndp", "source": ends[0], "target": ends[1], "info": info, "key": key}


def _link_address(options: bytes) -> str:
    """That of the option of type 2, which has a length in units of eight bytes (RFC 4861 §4.6.1); or nothing."""
    at = 0
    while at + 8 <= len(options) and options[at + 1]:
        if options[at] == _TARGETS_MAC:
            return options[at + 2 : at + 8].hex(":")
        at += 8 * options[at + 1]
    return ""
