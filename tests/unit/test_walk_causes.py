"""What proves a walk's end: which packet an ICMP error quotes, which route counts, whose MAC address it was."""

from __future__ import annotations

import struct
from dataclasses import replace
from socket import inet_aton

import pytest

from dockernet_course.experiments.walk import Point
from dockernet_course.experiments.walk.frames import Header, ip_header
from dockernet_course.experiments.walk.model import Hop
from dockernet_course.observe.model import Address, Interface, Namespace, Netconf, Route

WEB, DB = "172.18.0.2", "172.18.0.3"


def ip(protocol: int, content: bytes, source: str = WEB, target: str = DB, ident: int = 7) -> bytes:
    head = struct.pack("!BBHHHBBH", 0x45, 0, 20 + len(content), ident, 0, 64, protocol, 0)
    return head + inet_aton(source) + inet_aton(target) + content


def header(packet: bytes) -> Header:
    found = ip_header(packet)
    assert found
    return found


def error(quoted: bytes) -> Header:
    """As a router sends it: the quoted packet's header, and its first eight bytes."""
    return header(ip(1, struct.pack("!BBHI", 3, 1, 0, 0) + quoted[:28], DB, WEB))


ECHO = ip(1, struct.pack("!BBHHH", 8, 0, 0, 900, 1))
SYN = ip(6, struct.pack("!HHIIBBHHH", 40000, 80, 12345, 0, 0x50, 2, 64240, 0, 0))
QUESTION = ip(17, struct.pack("!HHHH", 40000, 53, 20, 0) + bytes(12))


@pytest.mark.parametrize("sent", [ECHO, SYN, QUESTION], ids=["icmp", "tcp", "udp"])
def test_an_error_quotes_the_packet_that_it_is_about(sent: bytes) -> None:
    assert error(sent).quotes == header(sent).quoted != ()
    others = [each for each in (ECHO, SYN, QUESTION) if each is not sent]
    assert all(error(sent).quotes != header(each).quoted for each in others)


def test_an_error_about_another_packet_of_the_same_kind_is_not_about_this_one() -> None:
    assert error(ip(1, struct.pack("!BBHHH", 8, 0, 0, 901, 1))).quotes != header(ECHO).quoted
    assert error(ip(6, struct.pack("!HHII", 40000, 80, 12346, 0) + bytes(8))).quotes != header(SYN).quoted


def test_a_rewritten_packet_is_still_the_quoted_one() -> None:
    rewritten = ip(6, SYN[20:], source="203.0.113.10")
    assert error(rewritten).quotes == header(SYN).quoted


def test_an_error_without_a_quote_is_about_nothing() -> None:
    assert header(ip(1, struct.pack("!BBHI", 3, 1, 0, 0))).quotes == ()
    assert header(ECHO).quotes == ()


def space(*routes: Route, rows: tuple[Netconf, ...] = ()) -> Namespace:
    eth0 = Interface("eth0", 2, "veth", "02:42:ac:12:00:02", 1500, "UP", ("UP",), (Address(WEB, 16),))
    return Namespace(1, False, (eth0,), routes, netconf=rows)


def test_the_longest_prefix_counts_and_then_the_smallest_metric() -> None:
    default, slow = Route("default", "eth0", "172.18.0.1"), Route("default", "eth1", "10.0.0.1", metric=9)
    near, host = Route("172.18.0.0/16", "eth0"), Route(DB, "", kind="prohibit")
    here = space(slow, default, near, host)
    assert here.route_to(DB) == host
    assert here.route_to("172.18.0.9") == near
    assert here.route_to("192.0.2.1") == default
    assert here.route_to("fd00::1") is None
    assert space(near).route_to("192.0.2.1") is None
    assert space(default, replace(near, kind="throw", device="")).route_to(DB) is None


def test_the_greater_filter_counts() -> None:
    rows = (Netconf("all", 4, True, 0), Netconf("default", 4, True, 2), Netconf("eth0", 4, False, 1))
    assert space(rows=rows).rp_filter("eth0") == 1
    assert space(rows=(Netconf("all", 4, True, 2), rows[2])).rp_filter("eth0") == 2
    assert (space(rows=rows).forwards(), space().forwards()) == (True, None)


@pytest.mark.parametrize(
    ("mac_to", "astray"),
    [("02:42:ac:12:00:02", 0), ("02:42:ac:12:00:09", 1), ("ff:ff:ff:ff:ff:ff", 0), ("33:33:00:00:00:01", 0)],
)
def test_what_is_for_another_mac_is_astray(mac_to: str, astray: int) -> None:
    at = Point("web", "eth0", "own", mac="02:42:ac:12:00:02")
    assert Hop(at, "in", 0.0, DB, WEB, "02:42:ac:12:00:03", mac_to).astray == bool(astray)
    assert not Hop(at, "out", 0.0, WEB, DB, at.mac, mac_to).astray
    assert not Hop(replace(at, mac=""), "in", 0.0, DB, WEB, "", mac_to).astray, "not known"
