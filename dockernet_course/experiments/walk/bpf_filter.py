"""The kernel's own filter for a walk: nothing of anybody else is captured. Pure.

Classic BPF, as ``tcpdump -dd`` prints it (bpf(4), the kernel's ``networking/filter.rst``): ARP that speaks of one of
the addresses, and IPv4 from or to one of them: ICMP, TCP from or to one of the ports, and UDP if names are looked up.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable, Sequence
from socket import inet_aton

__all__ = ["program"]

_LOAD4, _LOAD2, _LOAD1, _IP_HEADER, _LOAD2_AFTER = 0x20, 0x28, 0x30, 0xB1, 0x48
_EQUAL, _GIVE = 0x15, 0x06
_ARP, _IPV4, _ICMP, _TCP, _UDP = 0x806, 0x800, 1, 6, 17
_EVERYTHING = 0x40000
_Step = tuple[int, int, str, str]  # code, operand, where to go if equal, and else; "" is the next one
_NO: _Step = (_GIVE, 0, "", "")


def program(addresses: Iterable[str], ports: Iterable[int], *, names: bool) -> bytes:
    """The filter, as ``SO_ATTACH_FILTER`` wants it (socket(7))."""
    held = [int.from_bytes(inet_aton(address)) for address in sorted(set(addresses))]
    blocks: dict[str, list[_Step]] = {
        "start": [(_LOAD2, 12, "", ""), (_EQUAL, _ARP, "arp", ""), (_EQUAL, _IPV4, "ip", ""), _NO],
        "arp": [*_one_of(_LOAD4, 28, held, "yes"), *_one_of(_LOAD4, 38, held, "yes"), _NO],
        "ip": [*_one_of(_LOAD4, 26, held, "protocol"), *_one_of(_LOAD4, 30, held, "protocol"), _NO],
        "protocol": [*_one_of(_LOAD1, 23, [_ICMP, _UDP][: 1 + names], "yes"), (_EQUAL, _TCP, "tcp", ""), _NO],
        "tcp": _ports(sorted(set(ports))),
        "yes": [(_GIVE, _EVERYTHING, "", "")],
    }
    return _assembled(blocks)


def _one_of(load: int, at: int, values: Sequence[int], then: str) -> list[_Step]:
    return [(load, at, "", ""), *((_EQUAL, value, then, "") for value in values)]


def _ports(ports: Sequence[int]) -> list[_Step]:
    source, target = (_one_of(_LOAD2_AFTER, at, ports, "yes") for at in (14, 16))
    return [(_IP_HEADER, 14, "", ""), *source, *target, _NO]


def _assembled(blocks: dict[str, list[_Step]]) -> bytes:
    begins: dict[str, int] = {}
    steps: list[_Step] = []
    for name, block in blocks.items():
        begins[name] = len(steps)
        steps += block
    return b"".join(
        struct.pack("HBBI", code, *((begins[to] - at - 1 if to else 0) for to in (equal, other)), operand)
        for at, (code, operand, equal, other) in enumerate(steps)
    )
