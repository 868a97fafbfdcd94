"""The name server of a capsule's outside: messages as RFC 1035 describes them."""

from __future__ import annotations

import struct
from ipaddress import ip_address

import pytest

from dockernet_course.engines.inside import outside
from dockernet_course.engines.inside.dns import answer

NAMES = {"example": (), "www.example": ("192.0.2.80", "192.0.2.81", "2001:db8::80")}
A, AAAA, MX = 1, 28, 15
RECURSION_WANTED = 0x100


def question(name: str, kind: int, flags: int = RECURSION_WANTED) -> bytes:
    labels = b"".join(bytes([len(label)]) + label.encode() for label in name.split(".") if label)
    return struct.pack(">HHHHHH", 4711, flags, 1, 0, 0, 0) + labels + b"\0" + struct.pack(">HH", kind, 1)


def read(query: bytes, reply: bytes) -> tuple[int, int, list[str]]:
    """The flags but for the code, the code, and the addresses; everything else is as it must be."""
    ident, flags, questions, answers, more, extra = struct.unpack_from(">HHHHHH", reply)
    assert (ident, questions, more, extra) == (4711, 1, 0, 0)
    assert reply[12 : len(query)] == query[12:]
    found, at = [], len(query)
    for _ in range(answers):
        name, kind, network, seconds, length = struct.unpack_from(">HHHIH", reply, at)
        assert (name, kind, network) == (0xC000 + 12, struct.unpack(">H", query[-4:-2])[0], 1)
        assert seconds > 0
        found.append(str(ip_address(reply[at + 12 : at + 12 + length])))
        at += 12 + length
    assert at == len(reply)
    return flags & ~15, flags & 15, found


@pytest.mark.parametrize(
    ("name", "kind", "code", "addresses"),
    [
        ("www.example", A, 0, ["192.0.2.80", "192.0.2.81"]),
        ("WWW.Example", A, 0, ["192.0.2.80", "192.0.2.81"]),
        ("www.example", AAAA, 0, ["2001:db8::80"]),
        ("www.example", MX, 0, []),
        ("example", A, 0, []),
        ("db", A, 3, []),
        ("sub.www.example", A, 3, []),
        ("", A, 3, []),
    ],
)
def test_answers(name: str, kind: int, code: int, addresses: list[str]) -> None:
    query = question(name, kind)
    assert read(query, answer(query, NAMES)) == (0x8580, code, addresses)  # an answer, sure, asked for recursion, does


def test_what_was_not_asked_for_is_not_repeated() -> None:
    assert struct.unpack_from(">H", answer(question("db", A, flags=0), NAMES), 2) == (0x8483,)
    option = b"\0" + struct.pack(">HHIH", 41, 4096, 0, 0)  # EDNS, as dig adds it
    query = question("www.example", A)
    assert answer(query + option, NAMES) == answer(query, NAMES)


@pytest.mark.parametrize("query", [b"", b"\0" * 11, question("www.example", A)[:-3], b"\0" * 12 + b"\x05www"])
def test_what_is_no_question(query: bytes) -> None:
    with pytest.raises((struct.error, IndexError)):
        answer(query, NAMES)


def test_every_name_of_the_outside_has_addresses_of_one_family() -> None:
    for addresses in outside.NAMES.values():
        assert len({ip_address(address).version for address in addresses}) <= 1
