"""What proves a walk's end: which packet an ICMP error quotes, which route counts, whose MAC address it was."""

from __future__ import annotations

import struct
from dataclasses import replace
from socket import AF_INET6, inet_aton, inet_pton

import pytest

from dockernet_course.experiments.walk import Point
from dockernet_course.experiments.walk.causes import on_the_host
from dockernet_course.experiments.walk.frames import Header, ip_header
from dockernet_course.experiments.walk.model import Hop
from dockernet_course.observe.model import Address, Interface, Namespace, Netconf, Route

BRIDGE = Point("host", "br-a", "bridge")
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


WEB6, DB6 = "fd00:6::2", "fd00:6::3"


def ip6(protocol: int, content: bytes, source: str = WEB6, target: str = DB6, label: int = 7) -> bytes:
    head = struct.pack("!IHBB", 6 << 28 | label, len(content), protocol, 64)
    return head + inet_pton(AF_INET6, source) + inet_pton(AF_INET6, target) + content


def error6(quoted: bytes, kind: int = 1, code: int = 3) -> Header:
    return header(ip6(58, struct.pack("!BBHI", kind, code, 0, 1400) + quoted, DB6, WEB6))


ECHO6 = ip6(58, struct.pack("!BBHHH", 128, 0, 0, 900, 1))
SYN6, QUESTION6 = ip6(6, SYN[20:]), ip6(17, QUESTION[20:])


@pytest.mark.parametrize("sent", [ECHO6, SYN6, QUESTION6], ids=["icmpv6", "tcp", "udp"])
def test_an_error_of_ipv6_quotes_the_packet_that_it_is_about(sent: bytes) -> None:
    assert error6(sent).quotes == header(sent).quoted != ()
    others = [each for each in (ECHO6, SYN6, QUESTION6, ECHO) if each is not sent]
    assert all(error6(sent).quotes != header(each).quoted for each in others)
    assert error6(b"").quotes == ()


def test_errors_in_words() -> None:
    assert error6(ECHO6).info == "ICMPv6 address unreachable"
    assert error6(ECHO6, 2, 0).info == "ICMPv6 packet too big, MTU 1400"
    assert error(ECHO).info == "ICMP host unreachable"
    too_big = header(ip(1, struct.pack("!BBHHH", 3, 4, 0, 0, 1400) + ECHO[:28], DB, WEB))
    assert (too_big.info, too_big.quotes) == ("ICMP fragmentation needed, MTU 1400", header(ECHO).quoted)


def neighbour(kind: int, about: str, options: bytes = b"", target: str = "ff02::1:ff00:3") -> Header | None:
    return ip_header(ip6(58, bytes([kind]) + bytes(7) + inet_pton(AF_INET6, about) + options, target=target))


def test_who_has_an_address_of_ipv6_and_who_says_so() -> None:
    asked, told = neighbour(135, DB6), neighbour(136, WEB6, bytes([2, 1, 2, 66, 0, 0, 0, 9]), DB6)
    assert asked and (asked.info, asked.ends) == (f"who has {DB6}? tell {WEB6}", (WEB6, DB6))
    assert told and (told.info, told.ends) == (f"{WEB6} is at 02:42:00:00:00:09", (WEB6, DB6))
    assert neighbour(136, WEB6, b"", DB6) is None, "an answer to a trial"
    assert neighbour(134, WEB6) is None, "a router's"


def test_a_trace_tells_the_first_bytes_of_a_neighbours_message() -> None:
    whole = ip6(58, bytes([135]) + bytes(7) + inet_pton(AF_INET6, DB6), target="ff02::1:ff00:3")
    assert header(whole[:60]).key == header(whole).key


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


def test_the_family_s_own_settings_count() -> None:
    """An IPv6 packet meets neither IPv4's forwarding nor its filter of the way back."""
    rows = (Netconf("all", 4, False, 1), Netconf("all", 6, True, None))
    way, last = Route("fd00:7::/64", "br-b", family=6), Hop(BRIDGE, "in", 0.0, WEB6, "fd00:7::2", "", "")
    host = replace(space(way, rows=rows), host=True)
    assert on_the_host(host, last, "fd00:7::2") == ""
    stuck = replace(host, netconf=(Netconf("all", 6, False, None),))
    assert on_the_host(stuck, last, "fd00:7::2") == "net.ipv6.conf.all.forwarding is 0 on the host"
    assert on_the_host(replace(host, routes=()), last, "fd00:7::2") == (
        "the host has no IPv6 address and no route to fd00:7::2"
    )


def test_an_answer_of_dns_by_ipv6() -> None:
    name = b"\x03web\x00\x00\x1c\x00\x01"
    record = b"\xc0\x0c\x00\x1c\x00\x01" + struct.pack("!IH", 600, 16) + inet_pton(AF_INET6, WEB6)
    told = struct.pack("!HHHHHH", 1, 0x8180, 1, 1, 0, 0) + name + record
    found = header(ip(17, struct.pack("!HHHH", 53, 40000, 8 + len(told), 0) + told))
    assert found.info == f"DNS answer: web is {WEB6}"
