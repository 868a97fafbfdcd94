"""Decode rtnetlink messages into facts, in iproute2's words. Pure.

A message is a header (length, type, flags, sequence number, port), a header of its type (``ifinfomsg``, ``ifaddrmsg``,
``rtmsg``, ``ndmsg``), and attributes: length, type, value, padded to four bytes (``netlink(7)``). A value may consist
of attributes again, as that of IFLA_LINKINFO does. Numbers are in the host's byte order, addresses in the network's.

Sources: ``rtnetlink(7)``, ``ip-link(8)``, and the kernel's headers named below. By hand, for it is a first look's
largest part: a library that knows every attribute takes eight times as long for the few that are looked at. Decoded
messages are remembered by their bytes, because most of them are the same in every container and at every observation.
"""

from __future__ import annotations

import socket
import struct
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache, partial
from sys import byteorder

from dockernet_course.observe.kernel import Address, Neighbour, Netconf, Route, RoutingRule
from dockernet_course.observe.kinds import of_link

__all__ = [
    "Link",
    "address",
    "attributes",
    "link",
    "link_flags",
    "neighbour",
    "netconf",
    "nsid",
    "routes",
    "routing_rule",
    "split",
]

Attributes = Mapping[int, bytes]
HEADER, ARPHRD_LOOPBACK = 16, 772  # the size of struct nlmsghdr
# linux/if_link.h: IFLA_…, IFLA_INFO_…, IFLA_BR_…, IFLA_BRPORT_…
MAC, NAME, MTU, LINK, MASTER, STATE, INFO, NETNSID, NEW_NETNSID, NEW_INDEX = 1, 3, 4, 5, 10, 16, 18, 37, 45, 49
INFO_KIND, INFO_DATA, SLAVE_KIND, SLAVE_DATA = 1, 2, 4, 5
STP_STATE, BRIDGE_ID = 5, 11
PORT_STATE, ISOLATED = 1, 33
STATES = ("UNKNOWN", "NOTPRESENT", "DOWN", "LOWERLAYERDOWN", "TESTING", "DORMANT", "UP")  # IF_OPER_…, linux/if.h
PORT_STATES = ("disabled", "listening", "learning", "forwarding", "blocking")  # linux/if_bridge.h
# linux/rtnetlink.h: RTN_…, RT_SCOPE_…, RT_TABLE_…, RTA_…
ROUTES = {1: "unicast", 6: "blackhole", 7: "unreachable", 8: "prohibit", 9: "throw"}
SCOPES = {0: "global", 200: "site", 253: "link", 254: "host", 255: "nowhere"}
TABLES, MAIN = {253: "default", 254: "main", 255: "local"}, 254
TARGET, OUT, GATEWAY, METRIC, PREFERRED, HOPS, TABLE, VIA = 1, 4, 5, 6, 7, 9, 15, 18
# linux/fib_rules.h: FRA_…, FR_ACT_…
TO, FROM, INCOMING, GOTO, PRIORITY, MARK, RULE_TABLE, MASK, OUTGOING = 1, 2, 3, 4, 6, 10, 15, 16, 17
ACTIONS = {3: "nop", 6: "blackhole", 7: "unreachable", 8: "prohibit"}
LOOKUP, JUMP, INVERT, ALL_BITS = 1, 2, 2, 0xFFFFFFFF
EVERYBODYS = tuple(f"from all lookup {table}" for table in ("local", "main", "default"))
EVERYBODYS_PRIORITIES = (0, 32766, 32767)  # which of them has which differs by family and kernel
NUD = {1: "INCOMPLETE", 2: "REACHABLE", 4: "STALE", 8: "DELAY", 16: "PROBE", 32: "FAILED", 128: "PERMANENT"}
IFF_UP, IFF_RUNNING = 0x1, 0x40
_NLATTR = struct.Struct("HH").unpack_from
# In the order in which ``ip link`` prints them.
FLAGS = (
    *((0x8, "LOOPBACK"), (0x2, "BROADCAST"), (0x10, "POINTOPOINT"), (0x1000, "MULTICAST")),
    *((0x80, "NOARP"), (0x200, "ALLMULTI"), (0x100, "PROMISC"), (0x400, "MASTER")),
    *((0x800, "SLAVE"), (0x4, "DEBUG"), (0x8000, "DYNAMIC"), (0x4000, "AUTOMEDIA")),
    *((0x2000, "PORTSEL"), (0x20, "NOTRAILERS"), (IFF_UP, "UP"), (0x10000, "LOWER_UP")),
    *((0x20000, "DORMANT"), (0x40000, "ECHO")),
)


@dataclass(frozen=True)
class Link:
    """One RTM_NEWLINK or RTM_DELLINK: an interface, its relations still as numbers.

    ``peer_index`` is IFLA_LINK, ``peer_netnsid`` IFLA_LINK_NETNSID, ``master_index`` IFLA_MASTER; ``bridge_id`` is
    empty and ``stp`` False for what is no bridge. ``new_netnsid`` and ``new_index`` say where a deleted one went,
    ``detail`` what the kind's IFLA_INFO_DATA says, ``port_state`` and ``isolated`` what the bridge says of its port.
    """

    index: int
    name: str
    kind: str
    mac: str
    mtu: int
    state: str
    flags: tuple[str, ...]
    peer_index: int | None = None
    peer_netnsid: int | None = None
    master_index: int | None = None
    bridge_id: str = ""
    stp: bool = False
    new_netnsid: int | None = None
    new_index: int | None = None
    detail: str = ""
    port_state: str = ""
    isolated: bool = False


def split(messages: bytes) -> Iterator[bytes]:
    """Cut concatenated netlink messages apart (each is padded to four bytes by itself).

    Sequence number and port are blanked: they tell the asking socket, and would make equal messages differ.
    """
    at = 0
    while at < len(messages):
        (length,) = struct.unpack_from("I", messages, at)
        yield messages[at : at + 8] + bytes(8) + messages[at + HEADER : at + length]
        at += (length + 3) & ~3


def attributes(data: bytes, at: int = 0) -> list[tuple[int, bytes]]:
    """Type and value of each attribute from there on (struct nlattr, netlink(7)), without the flags of the type."""
    found, last = [], len(data) - 4
    while at <= last:
        length, kind = _NLATTR(data, at)
        if length < 4:
            break
        found.append((kind & 0x3FFF, data[at + 4 : at + length]))
        at += (length + 3) & ~3
    return found


def link_flags(flags: int) -> tuple[str, ...]:
    """The words that ``ip link`` prints between < and >."""
    no_carrier = ("NO-CARRIER",) if flags & IFF_UP and not flags & IFF_RUNNING else ()
    return no_carrier + tuple(name for bit, name in FLAGS if flags & bit)


def _number(value: bytes | None) -> int | None:
    """An integer of one to four bytes, with its sign where it has four."""
    return None if value is None else int.from_bytes(value, byteorder, signed=len(value) == 4)


def _text(value: bytes | None) -> str:
    return (value or b"").rstrip(b"\0").decode(errors="replace")


_DAD_FAILED, _TENTATIVE = 8, 0x40  # IFA_F_DADFAILED, IFA_F_TENTATIVE (linux/if_addr.h)


def _address(value: bytes) -> str:
    return socket.inet_ntop(socket.AF_INET if len(value) == 4 else socket.AF_INET6, value)


def _mac(value: bytes | None) -> str:
    return (value or b"").hex(":")


def _family(number: int) -> int:
    return 4 if number == socket.AF_INET else 6


@lru_cache(maxsize=8192)
def link(message: bytes) -> Link:
    """Decode an RTM_NEWLINK or RTM_DELLINK."""
    hardware, index, flags = struct.unpack_from("xxHiI", message, HEADER)
    said = dict(attributes(message, HEADER + 16))
    info = dict(attributes(said.get(INFO, b"")))
    kind, data = _text(info.get(INFO_KIND)), dict(attributes(info.get(INFO_DATA, b"")))
    bridge_id, stp = _bridge(data) if kind == "bridge" and data else ("", False)
    port = dict(attributes(info.get(SLAVE_DATA, b""))) if info.get(SLAVE_KIND) == b"bridge\0" else {}
    return Link(
        index=index,
        name=_text(said.get(NAME)),
        kind=kind or ("loopback" if hardware == ARPHRD_LOOPBACK else "device"),
        mac=_mac(said.get(MAC)),
        mtu=_number(said.get(MTU)) or 0,
        state=STATES[_number(said.get(STATE)) or 0],
        flags=link_flags(flags),
        peer_index=_number(said.get(LINK)) or None,
        peer_netnsid=_number(said.get(NETNSID)),
        master_index=_number(said.get(MASTER)),
        bridge_id=bridge_id,
        stp=stp,
        new_netnsid=_number(said.get(NEW_NETNSID)),
        new_index=_number(said.get(NEW_INDEX)),
        detail=of_link(kind).detail(data) if kind and data else "",
        port_state=PORT_STATES[_number(port[PORT_STATE]) or 0] if PORT_STATE in port else "",
        isolated=bool(_number(port.get(ISOLATED))),
    )


def _bridge(data: Attributes) -> tuple[str, bool]:
    """A bridge's id as ``brctl show`` prints it, and whether spanning tree is on."""
    ident = data[BRIDGE_ID]
    return f"{ident[:2].hex()}.{ident[2:].hex()}", bool(_number(data.get(STP_STATE)))


@lru_cache(maxsize=8192)
def address(message: bytes) -> tuple[int, Address]:
    """Decode an RTM_NEWADDR or RTM_DELADDR: the interface's index and the address."""
    bits, flags, scope, index = struct.unpack_from("xBBBI", message, HEADER)
    said = dict(attributes(message, HEADER + 8))
    whose = said.get(2) or said[1]  # IFA_LOCAL, else IFA_ADDRESS
    dad = "dadfailed" if flags & _DAD_FAILED else "tentative" if flags & _TENTATIVE else ""
    return index, Address(_address(whose), bits, SCOPES.get(scope, str(scope)), dad)


@lru_cache(maxsize=8192)
def routes(message: bytes) -> tuple[tuple[int, partial[Route]], ...]:
    """Decode an RTM_NEWROUTE or RTM_DELROUTE: of each next hop the index of its device, and what takes its name.

    Nothing for what ``ip route`` does not list: other tables than main. One that leads nowhere has the index 0.
    """
    number, bits, table, scope, kind = struct.unpack_from("BBxxBxBB", message, HEADER)
    said = dict(attributes(message, HEADER + 12))
    if kind not in ROUTES or (_number(said.get(TABLE)) or table) != MAIN:
        return ()
    route = partial(
        Route,
        destination=_prefix(said.get(TARGET), bits, "default"),
        source=_address(said[PREFERRED]) if PREFERRED in said else None,
        scope=SCOPES.get(scope, str(scope)),
        kind=ROUTES[kind],
        metric=_number(said.get(METRIC)) or 0,
        family=_family(number),
    )
    if ROUTES[kind] != "unicast":
        return ((0, route),)
    ways = list(_hops(said[HOPS])) if HOPS in said else [(_number(said.get(OUT)) or 0, said)]
    return tuple((index, partial(route, gateway=_gateway(hop))) for index, hop in ways if index)


def _hops(value: bytes) -> Iterator[tuple[int, Attributes]]:
    """The device's index and the attributes of each next hop (struct rtnexthop)."""
    at = 0
    while at + 8 <= len(value):
        length, index = struct.unpack_from("HxxI", value, at)
        yield index, dict(attributes(value[at + 8 : at + length]))
        at += (length + 3) & ~3


def _gateway(said: Attributes) -> str | None:
    """Of the route's own family, or of the other one: after the family's number (struct rtvia)."""
    value = said.get(GATEWAY) or said.get(VIA, b"")[2:]
    return _address(value) if value else None


def _prefix(value: bytes | None, bits: int, whole: str) -> str:
    if value is None or not bits:
        return whole
    return _address(value) if bits == 8 * len(value) else f"{_address(value)}/{bits}"


@lru_cache(maxsize=1024)
def routing_rule(message: bytes) -> RoutingRule | None:
    """Decode an RTM_NEWRULE; None for those that every namespace has."""
    number, said = message[HEADER], dict(attributes(message, HEADER + 12))
    rule = RoutingRule(_number(said.get(PRIORITY)) or 0, _rule_text(message, said), _family(number))
    return None if rule.text in EVERYBODYS and rule.priority in EVERYBODYS_PRIORITIES else rule


def _rule_text(message: bytes, said: Attributes) -> str:
    """As ``ip rule`` prints it: of what it can ask for, addresses, marks and interfaces; and what it does."""
    to, source, table, action, flags = struct.unpack_from("xBBxBxxBI", message, HEADER)
    table = _number(said.get(RULE_TABLE)) or table
    mark, mask = (int.from_bytes(said.get(kind, b""), byteorder) for kind in (MARK, MASK))
    parts = (
        ("not ", bool(flags & INVERT)),
        (f"from {_prefix(said.get(FROM), source, 'all')}", True),
        (f" to {_prefix(said.get(TO), to, 'all')}", TO in said),
        (f" fwmark {mark:#x}", MARK in said),
        (f"/{mask:#x}", MARK in said and MASK in said and mask != ALL_BITS),
        (f" iif {_text(said.get(INCOMING))}", INCOMING in said),
        (f" oif {_text(said.get(OUTGOING))}", OUTGOING in said),
        (f" lookup {TABLES.get(table, table)}", action == LOOKUP),
        (f" goto {_number(said.get(GOTO))}", action == JUMP),
        (f" {ACTIONS.get(action)}", action in ACTIONS),
    )
    return "".join(text for text, told in parts if told)


@lru_cache(maxsize=8192)
def netconf(message: bytes) -> tuple[int, partial[Netconf]]:
    """Decode an RTM_NEWNETCONF: the device's index (-1: all, -2: default), and what makes its row of the name."""
    said = {kind: value for _, kind, value in struct.iter_unpack("HHi", message[HEADER + 4 :])}  # linux/netconf.h
    row = partial(Netconf, family=_family(message[HEADER]), forwarding=bool(said.get(2)), rp_filter=said.get(3))
    return said[1] or 0, row


@lru_cache(maxsize=1024)
def neighbour(message: bytes) -> tuple[int, Neighbour] | None:
    """Decode an RTM_NEWNEIGH: the device's index and the neighbour; None for what ``ip neigh`` hides."""
    family, index, bits = struct.unpack_from("BxxxiH", message, HEADER)
    state = NUD.get(bits)
    if state is None or family not in (socket.AF_INET, socket.AF_INET6):
        return None
    said = dict(attributes(message, HEADER + 12))  # NDA_DST, NDA_LLADDR
    return index, Neighbour(_address(said[1]), "", _mac(said[2]) if 2 in said else None, state)


def nsid(message: bytes) -> int:
    """Decode an RTM_NEWNSID or RTM_DELNSID: the number that a namespace got or lost (NETNSA_NSID)."""
    return _number(dict(attributes(message, HEADER + 4))[1]) or 0
