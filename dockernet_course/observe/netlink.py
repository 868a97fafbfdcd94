"""Decode rtnetlink messages into facts. Pure functions; the message formats are pyroute2's, the words iproute2's.

A message is a header (length, type, flags, sequence number, port), a header of its type (``ifinfomsg``, ``ifaddrmsg``,
``rtmsg``, ``ndmsg``), and attributes: length, type, value, padded to four bytes (``netlink(7)``). A value may consist
of attributes again, as that of IFLA_LINKINFO does.

Sources: ``rtnetlink(7)``, ``ip-link(8)``, and ``linux/if_link.h``. Decoded messages are remembered by their bytes,
because most of them are the same in every container and at every observation.
"""

from __future__ import annotations

import socket
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from pyroute2.netlink.rtnl.ifaddrmsg import ifaddrmsg
from pyroute2.netlink.rtnl.ifinfmsg import ifinfmsg
from pyroute2.netlink.rtnl.ndmsg import ndmsg
from pyroute2.netlink.rtnl.nsidmsg import nsidmsg
from pyroute2.netlink.rtnl.rtmsg import rtmsg

from dockernet_course.observe.kernel import Address, Neighbour, Route
from dockernet_course.observe.kinds import of_link

__all__ = ["Link", "address", "link", "link_flags", "neighbour", "nsid", "route", "split"]

ARPHRD_LOOPBACK = 772
SCOPES = {0: "global", 200: "site", 253: "link", 254: "host", 255: "nowhere"}
NUD = {
    1: "INCOMPLETE",
    2: "REACHABLE",
    4: "STALE",
    8: "DELAY",
    16: "PROBE",
    32: "FAILED",
    128: "PERMANENT",
}
IFF_UP, IFF_RUNNING = 0x1, 0x40
# In the order in which ``ip link`` prints them.
FLAGS = (
    (0x8, "LOOPBACK"),
    (0x2, "BROADCAST"),
    (0x10, "POINTOPOINT"),
    (0x1000, "MULTICAST"),
    (0x80, "NOARP"),
    (0x200, "ALLMULTI"),
    (0x100, "PROMISC"),
    (0x400, "MASTER"),
    (0x800, "SLAVE"),
    (0x4, "DEBUG"),
    (0x8000, "DYNAMIC"),
    (0x4000, "AUTOMEDIA"),
    (0x2000, "PORTSEL"),
    (0x20, "NOTRAILERS"),
    (IFF_UP, "UP"),
    (0x10000, "LOWER_UP"),
    (0x20000, "DORMANT"),
    (0x40000, "ECHO"),
)


@dataclass(frozen=True)
class Link:
    """One RTM_NEWLINK or RTM_DELLINK: an interface, its relations still as numbers.

    ``peer_index`` is IFLA_LINK, ``peer_netnsid`` IFLA_LINK_NETNSID, ``master_index`` IFLA_MASTER; ``bridge_id`` is
    empty and ``stp`` False for what is no bridge. ``new_netnsid`` and ``new_index`` say where a deleted one went,
    ``detail`` what the kind's IFLA_INFO_DATA says.
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


def split(messages: bytes) -> Iterator[bytes]:
    """Cut concatenated netlink messages apart (each is padded to four bytes by itself).

    Sequence number and port are blanked: they tell the asking socket, and would make equal messages differ.
    """
    at = 0
    while at < len(messages):
        (length,) = struct.unpack_from("I", messages, at)
        yield messages[at : at + 8] + bytes(8) + messages[at + 16 : at + length]
        at += (length + 3) & ~3


def link_flags(flags: int) -> tuple[str, ...]:
    """The words that ``ip link`` prints between < and >."""
    no_carrier = ("NO-CARRIER",) if flags & IFF_UP and not flags & IFF_RUNNING else ()
    return no_carrier + tuple(name for bit, name in FLAGS if flags & bit)


def _decoded(kind: Any, message: bytes) -> Any:
    decoded = kind(message)
    decoded.decode()
    return decoded


def _host_order(number: int | None) -> int | None:
    """IFLA_NEW_NETNSID is in the host's byte order, though pyroute2 0.9 reads it as big-endian."""
    return None if number is None else socket.ntohl(number)


def _bridge(data: Any) -> tuple[str, bool]:
    """A bridge's id as ``brctl show`` prints it, and whether spanning tree is on."""
    bridge_id = data.get_attr("IFLA_BR_BRIDGE_ID")
    priority = socket.ntohs(bridge_id["prio"])  # big-endian in the message
    return f"{priority:04x}.{bridge_id['addr'].replace(':', '')}", bool(data.get_attr("IFLA_BR_STP_STATE"))


@lru_cache(maxsize=8192)
def link(message: bytes) -> Link:
    """Decode an RTM_NEWLINK or RTM_DELLINK."""
    seen = _decoded(ifinfmsg, message)
    info = seen.get_attr("IFLA_LINKINFO")
    kind = info.get_attr("IFLA_INFO_KIND") if info else None
    data = info.get_attr("IFLA_INFO_DATA") if info else None
    bridge_id, stp = _bridge(data) if kind == "bridge" and data is not None else ("", False)
    return Link(
        index=seen["index"],
        name=seen.get_attr("IFLA_IFNAME") or "",
        kind=kind or ("loopback" if seen["ifi_type"] == ARPHRD_LOOPBACK else "device"),
        mac=seen.get_attr("IFLA_ADDRESS") or "",
        mtu=seen.get_attr("IFLA_MTU") or 0,
        state=seen.get_attr("IFLA_OPERSTATE") or "UNKNOWN",
        flags=link_flags(seen["flags"]),
        peer_index=seen.get_attr("IFLA_LINK") or None,
        peer_netnsid=seen.get_attr("IFLA_LINK_NETNSID"),
        master_index=seen.get_attr("IFLA_MASTER"),
        bridge_id=bridge_id,
        stp=stp,
        new_netnsid=_host_order(seen.get_attr("IFLA_NEW_NETNSID")),
        new_index=seen.get_attr("IFLA_NEW_IFINDEX"),
        detail=of_link(kind).detail(data) if kind and data is not None else "",
    )


@lru_cache(maxsize=8192)
def address(message: bytes) -> tuple[int, Address]:
    """Decode an RTM_NEWADDR or RTM_DELADDR: the interface's index and the address."""
    seen = _decoded(ifaddrmsg, message)
    ip = seen.get_attr("IFA_LOCAL") or seen.get_attr("IFA_ADDRESS")
    return seen["index"], Address(ip, seen["prefixlen"], SCOPES.get(seen["scope"], str(seen["scope"])))


@lru_cache(maxsize=8192)
def route(message: bytes) -> tuple[int, Route] | None:
    """Decode an RTM_NEWROUTE or RTM_DELROUTE: the device's index and the route, its ``device`` still empty.

    None for what ``ip route`` does not list as a way to somewhere: other types than unicast, other tables than main.
    """
    seen = _decoded(rtmsg, message)
    device = seen.get_attr("RTA_OIF")
    if seen["type"] != 1 or seen["table"] != 254 or device is None:
        return None
    target, bits = seen.get_attr("RTA_DST"), seen["dst_len"]
    whole = 32 if seen["family"] == socket.AF_INET else 128
    destination = "default" if not bits else target if bits == whole else f"{target}/{bits}"
    scope = SCOPES.get(seen["scope"], str(seen["scope"]))
    return device, Route(destination, "", seen.get_attr("RTA_GATEWAY"), seen.get_attr("RTA_PREFSRC"), scope)


@lru_cache(maxsize=1024)
def neighbour(message: bytes) -> tuple[int, Neighbour] | None:
    """Decode an RTM_NEWNEIGH: the device's index and the neighbour; None for what ``ip neigh`` hides."""
    seen = _decoded(ndmsg, message)
    state = NUD.get(seen["state"])
    if state is None or seen["family"] not in (socket.AF_INET, socket.AF_INET6):
        return None
    return seen["ifindex"], Neighbour(seen.get_attr("NDA_DST"), "", seen.get_attr("NDA_LLADDR"), state)


def nsid(message: bytes) -> int:
    """Decode an RTM_NEWNSID or RTM_DELNSID: the number that a namespace got or lost."""
    return int(_decoded(nsidmsg, message).get_attr("NETNSA_NSID"))
