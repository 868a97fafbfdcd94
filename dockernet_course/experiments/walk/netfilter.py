"""Messages of nfnetlink that speak of a packet: nftables' traces and conntrack's events. Pure.

A packet that is traced makes a message at each rule that it meets, and at a chain's policy. They have its trace id, and
the first of each base chain has the headers as they are then (nft(8), "monitor trace"). Conntrack notes a connection as
two tuples, the original and the reply: where these do not mirror each other, addresses are translated (conntrack(8)).

Formats:
``linux/netfilter/nf_tables.h`` (NFTA_TRACE_*), ``linux/netfilter/nfnetlink_conntrack.h`` (CTA_*).
"""

from __future__ import annotations

import struct
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from socket import AF_INET, AF_INET6, inet_ntop

from dockernet_course.experiments.walk.frames import Header, ip_header
from dockernet_course.experiments.walk.written import with_port

__all__ = ["Connection", "TraceStep", "attributes", "connections", "steps"]

_NFT_TRACE, _CT_NEW = 0xA11, 0x100
_TABLE, _CHAIN, _HANDLE, _TYPE, _VERDICT, _ID, _NETWORK, _TRANSPORT, _POLICY = 1, 2, 3, 4, 5, 6, 8, 9, 16
_OF_POLICY, _OF_RULE = 1, 3
_CODES = {0: "drop", 1: "accept", 2: "stolen", 3: "queue", -1: "continue", -2: "break", -3: "jump", -4: "goto"}
_HEADERS, _NESTED = 20, 0x7FFF
_TCP, _UDP = 6, 17
_FAMILIES = {1: "inet ", 5: "netdev ", 7: "bridge ", 10: "ip6 "}  # of the table; nothing stands before one of "ip"


@dataclass(frozen=True)
class TraceStep:
    """What one rule (``handle``), or a chain's policy (None), did with a packet; the header is as the rule saw it."""

    space: str
    table: str
    chain: str
    handle: int | None
    verdict: str
    header: Header


@dataclass(frozen=True)
class Connection:
    """Conntrack's note: how the first packet began, and how its answer will begin. Ends are with ports."""

    space: str
    asked: tuple[str, str]
    answered: tuple[str, str]


def attributes(data: bytes) -> dict[int, bytes]:
    """Type → content of netlink attributes (nlattr, netlink(7))."""
    found, at = {}, 0
    while at + 4 <= len(data):
        length, kind = struct.unpack_from("HH", data, at)
        if length < 4:
            break
        found[kind & _NESTED & 0x3FFF] = data[at + 4 : at + length]
        at += (length + 3) & ~3
    return found


def steps(messages: Iterable[tuple[str, bytes]]) -> Iterator[TraceStep]:
    """The traces among (space, message); a packet's headers are told once and hold for its trace's number."""
    headers: dict[tuple[str, bytes], Header] = {}
    for space, message in messages:
        if _kind(message) != _NFT_TRACE:
            continue
        said = attributes(message[_HEADERS:])
        trace = (space, said.get(_ID, b""))
        header = _header(said)
        if header:
            headers[trace] = header
        kind = int.from_bytes(said.get(_TYPE, b""))
        named = kind == _OF_RULE and any(said.get(_HANDLE, b""))  # the end of a chain is a rule without a handle
        if trace in headers and (named or kind == _OF_POLICY):
            yield _step(space, said, kind, headers[trace], _FAMILIES.get(message[16], ""))


def _kind(message: bytes) -> int:
    return int(struct.unpack_from("H", message, 4)[0])


def _header(said: dict[int, bytes]) -> Header | None:
    if _NETWORK not in said:
        return None
    network = said[_NETWORK]
    size = 40 if network[0] >> 4 == 6 else (network[0] & 15) * 4
    try:
        return ip_header(network[:size] + said.get(_TRANSPORT, b""))
    except (struct.error, IndexError, ValueError):
        return None


def _step(space: str, said: dict[int, bytes], kind: int, header: Header, family: str) -> TraceStep:
    table, chain = (said.get(what, b"").rstrip(b"\0").decode() for what in (_TABLE, _CHAIN))
    table = family + table
    if kind == _OF_POLICY:
        return TraceStep(space, table, chain, None, _CODES.get(_signed(said.get(_POLICY, b"")), "?"), header)
    verdict = attributes(said.get(_VERDICT, b""))
    word = _CODES.get(_signed(verdict.get(1, b"")), "return")
    to = verdict.get(2, b"").rstrip(b"\0").decode()
    return TraceStep(space, table, chain, int.from_bytes(said.get(_HANDLE, b"")), f"{word} {to}".strip(), header)


def _signed(data: bytes) -> int:
    return int.from_bytes(data, signed=True)


def connections(messages: Iterable[tuple[str, bytes]]) -> Iterator[Connection]:
    """The connections that conntrack's events among the (space, message) tell of, with both their tuples."""
    for space, message in messages:
        if _kind(message) == _CT_NEW:
            said = attributes(message[_HEADERS:])
            if 1 in said and 2 in said:
                asked, answered = _tuple(said[1]), _tuple(said[2])
                if asked and answered:
                    yield Connection(space, asked, answered)


def _tuple(data: bytes) -> tuple[str, str] | None:
    """CTA_TUPLE_IP (1: source, 2: target; of IPv6 3 and 4) and CTA_TUPLE_PROTO (1: number, 2 and 3: ports)."""
    said = attributes(data)
    addresses, protocol = attributes(said.get(1, b"")), attributes(said.get(2, b""))
    both = next((pair for pair in ((1, 2), (3, 4)) if set(pair) <= addresses.keys()), None)
    if both is None:
        return None
    ends = [inet_ntop(AF_INET if both == (1, 2) else AF_INET6, addresses[kind]) for kind in both]
    if protocol.get(1, b"\0")[0] in (_TCP, _UDP):
        ports = (int.from_bytes(protocol.get(n, b"")) for n in (2, 3))
        ends = [with_port(end, port) for end, port in zip(ends, ports, strict=True)]
    return ends[0], ends[1]
