"""The kernel's own filter for a walk: nothing of anybody else is captured. Pure.

Classic BPF, as ``tcpdump -dd`` prints it (bpf(4), the kernel's ``networking/filter.rst``): ARP and ICMPv6's neighbour
messages that speak of one of the addresses, and packets from or to one of them: ICMP, TCP from or to one of the ports;
of UDP all if names are looked up, and where a datagram is sent what is from or to one of the ports.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable, Sequence
from socket import AF_INET6, inet_aton, inet_pton

__all__ = ["program"]

_LOAD4, _LOAD2, _LOAD1, _IP_HEADER, _LOAD2_AFTER = 0x20, 0x28, 0x30, 0xB1, 0x48
_EQUAL, _GO, _GIVE = 0x15, 0x05, 0x06
_ARP, _IPV4, _IPV6, _ICMP, _TCP, _UDP, _ICMPV6 = 0x806, 0x800, 0x86DD, 1, 6, 17, 58
_NEIGHBOURS = (135, 136)  # who has an address, and who says that it has it (RFC 4861)
_EVERYTHING = 0x40000
_Step = tuple[int, int, str, str]  # code, operand, where to go if equal (or in any case), and else; "" is the next one
_Blocks = dict[str, list[_Step]]
_NO: _Step = (_GIVE, 0, "", "")
_YES: _Step = (_GIVE, _EVERYTHING, "", "")


def program(addresses: Iterable[str], ports: Iterable[int], *, names: bool, udp: bool = False) -> bytes:
    """The filter, as ``SO_ATTACH_FILTER`` wants it (socket(7))."""
    told, asked = sorted(set(addresses)), sorted(set(ports))
    held = [int.from_bytes(inet_aton(address)) for address in told if ":" not in address]
    held6 = [inet_pton(AF_INET6, address) for address in told if ":" in address]
    kinds = [(_EQUAL, _ARP, "arp", ""), (_EQUAL, _IPV4, "ip", ""), (_EQUAL, _IPV6, "", "no"), (_GO, 0, "ip6", "")]
    blocks: _Blocks = {
        "start": [(_LOAD2, 12, "", ""), *kinds],
        "no": [_NO],
        "arp": [*_one_of(_LOAD4, 28, held, "yes"), *_one_of(_LOAD4, 38, held, "yes"), _NO],
        "ip": [*_one_of(_LOAD4, 26, held, "protocol"), *_one_of(_LOAD4, 30, held, "protocol"), _NO],
        "protocol": [*_one_of(_LOAD1, 23, [_ICMP, _UDP][: 1 + names], "yes"), *_ported("tcp", udp=udp), _NO],
        "tcp": [(_IP_HEADER, 14, "", ""), *_ports(asked, _LOAD2_AFTER, 14, "yes")],
        "yes": [_YES],
        **_ipv6(held6, asked, names=names, udp=udp),
    }
    return _assembled(blocks)


def _one_of(load: int, at: int, values: Sequence[int], then: str) -> list[_Step]:
    return [(load, at, "", ""), *((_EQUAL, value, then, "") for value in values)]


def _ported(then: str, *, udp: bool) -> list[_Step]:
    """The protocols of which only some ports are meant, which stand in both at the same place."""
    return [(_EQUAL, protocol, then, "") for protocol in ([_TCP, _UDP] if udp else [_TCP])]


def _ports(ports: Sequence[int], load: int, at: int, then: str) -> list[_Step]:
    return [*_one_of(load, at, ports, then), *_one_of(load, at + 2, ports, then), _NO]


def _ipv6(held: Sequence[bytes], ports: Sequence[int], *, names: bool, udp: bool) -> _Blocks:
    """By the fixed header (RFC 8200 §3): what has extension headers is none of ours."""
    kinds = [_ICMPV6, _UDP][: 1 + names]
    return {
        "ip6": [(_LOAD1, 20, "", ""), (_EQUAL, _ICMPV6, "", "others"), *_one_of(_LOAD1, 54, _NEIGHBOURS, "about 0")],
        "others": [(_GO, 0, "ends", "")],
        **_addresses("about", 62, held, "yes6"),
        "ends": [],
        **_addresses("source", 22, held, "protocol6"),
        **_addresses("target", 38, held, "protocol6"),
        "neither": [_NO],
        "protocol6": [*_one_of(_LOAD1, 20, kinds, "yes6"), *_ported("tcp6", udp=udp), _NO],
        "tcp6": _ports(ports, _LOAD2, 54, "yes6"),
        "yes6": [_YES],
    }


def _addresses(what: str, at: int, held: Sequence[bytes], then: str) -> _Blocks:
    """One block for each address, word by word; where a word differs on to the next one, and then to what follows.

    What is equal goes on by a long jump: others reach no further than 255 steps.
    """
    blocks: _Blocks = {}
    for number, address in enumerate(held):
        steps: list[_Step] = []
        for nth, word in enumerate(struct.unpack("!4I", address)):
            steps += [(_LOAD4, at + 4 * nth, "", ""), (_EQUAL, word, "", f"{what} {number + 1}")]
        blocks[f"{what} {number}"] = [*steps, (_GO, 0, then, "")]
    return {**blocks, f"{what} {len(held)}": []}


def _assembled(blocks: _Blocks) -> bytes:
    begins: dict[str, int] = {}
    steps: list[_Step] = []
    for name, block in blocks.items():
        begins[name] = len(steps)
        steps += block
    return b"".join(_encoded(at, step, begins) for at, step in enumerate(steps))


def _encoded(at: int, step: _Step, begins: dict[str, int]) -> bytes:
    code, operand, equal, other = step
    ways = [begins[to] - at - 1 if to else 0 for to in (equal, other)]
    return struct.pack("HBBI", code, 0, 0, ways[0]) if code == _GO else struct.pack("HBBI", code, *ways, operand)
