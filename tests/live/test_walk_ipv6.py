"""A packet of IPv6, followed, and why it was not answered: each beside its healthy twin."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from dockernet_course.engines import Engine
from dockernet_course.errors import NotFound, ObserveError
from dockernet_course.experiments import Way
from dockernet_course.experiments.walk import Packet, Walk, sentences, walk
from dockernet_course.experiments.why import Diagnosis, why
from dockernet_course.figures.walk.steps import legs
from dockernet_course.lab import Lab, open_lab
from dockernet_course.observe import observe
from tests.live.test_observe import typed
from tests.live.test_walk_causes import ended, unplug
from tests.live.walks import left
from tests.waiting import eventually

pytestmark = pytest.mark.live
WAYS: tuple[Way, ...] = ("address", "port")
MASQUERADE = "POSTROUTING -s fd00:6::/64 -o eth0 -j MASQUERADE"


@pytest.fixture(scope="module")
def opened(private_engine: Engine) -> Iterator[Lab]:
    """Two networks with IPv6 and one without."""
    with open_lab(private_engine, "test") as lab:
        lab.create_network("six", ipv6=True, subnet="fd00:6::/64")
        lab.create_network("seven", ipv6=True, subnet="fd00:7::/64")
        lab.create_network("four")
        lab.run("web", network="six", publish="8080:80", cap_add="NET_ADMIN")
        lab.run("cli", network="six", cap_add="NET_ADMIN")
        lab.run("far", network="seven", cap_add="NET_ADMIN")
        lab.run("old", network="four", publish="0.0.0.0:8081:80")
        assert eventually(lambda: not lab.host("ip -6 address show tentative").text.strip())  # RFC 4862 takes 1 s
        yield lab


@pytest.fixture
def lab(opened: Lab) -> Iterator[Lab]:
    """The same as it was, and nothing of a walk may be left."""
    yield opened
    opened.container("cli").sh("ip -6 neigh flush all")
    opened.host("ip -6 neigh flush all; ip6tables -F; ip6tables -t nat -F; ip6tables -P INPUT ACCEPT")
    opened.host("ip6tables -P FORWARD ACCEPT")
    assert left(opened) == []


@pytest.fixture(autouse=True)
def _nothing_of_ours_is_left() -> None:
    """The lab outlives each test here."""


def six(lab: Lab, name: str) -> str:
    space = observe(lab).namespace(name)
    found = [i.address(6) for i in space.interfaces] if space else []
    return next(address.ip for address in found if address)


def points(packet: Packet) -> list[str]:
    return [f"{hop.at.space} {hop.going}" for hop in packet.hops]


def told(found: Diagnosis) -> tuple[bool | None, str]:
    return found.can, found.cause


def asked_for_neighbours(seen: Walk) -> list[str]:
    return [packet.info for packet in seen if packet.role == "neighbour" and packet.protocol == "ndp"]


def test_ping_and_a_port(lab: Lab) -> None:
    web, cli = six(lab, "web"), six(lab, "cli")
    lab.container("cli").sh("ip -6 neigh flush all")
    seen = walk(lab, "cli", "web", family=6)
    assert seen.ok, seen
    assert points(seen.asked) == ["cli out", "host in", "host out", "web in"]
    assert (seen.asked.info, seen.asked.hops[0].source, seen.asked.hops[0].target) == ("ICMPv6 echo request", cli, web)
    assert f"who has {web}? tell {cli}" in asked_for_neighbours(seen)
    assert legs(seen)[0].title == "Neighbour discovery: which MAC has the next address?"
    assert legs(seen)[0].steps[0].words.startswith(f"cli asks its network: who has {web}? tell {cli} — web answers:")
    port = walk(lab, "cli", web, "port")
    assert port.ok, port
    assert port.asked.hops[0].target == f"[{web}]:80"
    assert walk(lab, "cli", "web").asked.protocol == "icmp", "IPv4, where nobody says"


def test_a_name_that_leads_to_both_families(lab: Lab) -> None:
    for family in (None, 6, 4):
        seen = walk(lab, "cli", "web", "port by name", family=family)
        assert seen.ok, seen
        assert (":" in seen.asked.hops[0].source.replace("]:", "").rpartition(":")[0]) is (family != 4), seen
        assert (six(lab, "web") in legs(seen)[0].steps[0].words) is (family != 4), seen
    seen = walk(lab, "cli", "web", "name", family=6)
    assert (seen.ok, seen.asked.protocol) == (True, "icmpv6"), seen


def test_an_address_that_nobody_has_is_not_walked_to(lab: Lab) -> None:
    with pytest.raises(NotFound, match="Nobody on this engine"):
        walk(lab, "cli", "fd00:6::99")
    with pytest.raises(ObserveError, match="no way from cli to old by address, by IPv6"):
        walk(lab, "cli", "old", family=6)
    assert walk(lab, "cli", "FD00:0006:0::2").ok, "however it is written"
    assert walk(lab, "cli", six(lab, "far")).asked.hops[0].target == six(lab, "far")


def test_published_for_ipv6(lab: Lab) -> None:
    """By docker-proxy where the engine writes no rules for IPv6, else by one of these."""
    for source in (lab.host, lab.container("far"), lab.outside):
        assert source
        seen = walk(lab, source, "web", "published", family=6)
        assert seen.ok, seen
        assert seen.by_proxy or any("DNAT" in change.rule.text for p in seen for change in p.rewrites if change.rule)
        assert why(lab, source, "web", "published", family=6).can is True, source
    found = why(lab, "host", "old", "published", family=6)
    assert told(found) == (None, "another family"), found
    assert any("0.0.0.0:8081" in line for each in found.evidence for line in each.lines), found


def test_the_way_out_is_masqueraded_by_a_rule(lab: Lab) -> None:
    """Without it (Docker's engines up to 26 write none) nothing comes back."""
    assert lab.outside
    assert walk(lab, "cli", lab.outside, family=6).verdict.outcome == "delivered"
    lab.host(f"ip6tables -t nat -A {MASQUERADE}")
    seen = walk(lab, "cli", lab.outside, family=6)
    assert seen.ok, seen
    (change,) = [change for hop in seen.asked.hops for change in hop.rewrites]
    assert (change.before, change.rule and change.rule.table) == (six(lab, "cli"), "ip6 nat")
    assert change.rule
    assert change.rule.text == f"-A {MASQUERADE}"
    assert walk(lab, "cli", lab.outside, "port by name", family=6).ok


@pytest.mark.parametrize("way", WAYS)
def test_a_rule_of_ip6tables_is_named(lab: Lab, way: Way) -> None:
    rule = f"FORWARD -s {six(lab, 'cli')}/128 -j DROP"
    assert walk(lab, "cli", "far", "port" if way == "port" else "address", family=6).ok
    lab.host(f"ip6tables -I {rule}")
    seen = walk(lab, "cli", "far", "port" if way == "port" else "address", family=6)
    assert seen.verdict.outcome == "dropped", seen
    assert seen.verdict.rule
    assert (seen.verdict.rule.table, seen.verdict.rule.text) == ("ip6 filter", f"-A {rule}")
    assert all(packet.rules == (seen.verdict.rule,) for packet in seen if packet.role == "question"), "once each"
    found = why(lab, "cli", "far", way, family=6)
    assert told(found) == (False, "firewall rule"), found
    assert found.evidence[-1].command == "ip6tables -t filter -S FORWARD"
    assert told(why(lab, "cli", "far", way)) != (True, ""), "IPv4 has rules of its own"


def test_a_rule_of_nft_in_a_table_of_its_own(lab: Lab) -> None:
    lab.host("nft 'add table ip6 mine; add chain ip6 mine in { type filter hook forward priority 0; }'")
    lab.host("nft add rule ip6 mine in icmpv6 type echo-request drop")
    try:
        found = why(lab, "cli", "far", "address", family=6)
    finally:
        lab.host("nft delete table ip6 mine")
    assert told(found) == (False, "firewall rule"), found
    assert found.evidence[-1].command == "nft list table ip6 mine"
    assert told(why(lab, "cli", "far", "address", family=6)) == (True, "routed")


def test_a_policy_that_drops_the_question_for_a_neighbour(lab: Lab) -> None:
    """Who drops all of ICMPv6 has no neighbours any more; IPv4's ARP meets no such rule."""
    lab.container("cli").sh("ip -6 neigh flush all")
    lab.host("ip6tables -P INPUT DROP")
    seen = walk(lab, "cli", lab.host, family=6)
    assert seen.verdict.outcome == "dropped", seen
    assert seen.verdict.rule
    assert seen.verdict.rule.text == "policy drop of the chain INPUT"
    assert not any(packet.rewrites for packet in seen), seen
    assert walk(lab, "cli", "web", family=6).ok, "the host is asked, too, and its drop matters to nobody"


def test_who_has_no_neighbour(lab: Lab) -> None:
    web = six(lab, "web")
    peer, bridge = observe(lab).peer("web", "eth0"), observe(lab).network("six").bridge
    assert peer
    unplug(lab, "web")
    lab.container("cli").sh("ip -6 neigh flush all")
    try:
        seen, found = walk(lab, "cli", "web", family=6), why(lab, "cli", f"[{web}]:80")
    finally:
        lab.host(f"ip link set {peer.name} master {bridge}")
    assert ended(seen) == ("no neighbour", f"cli asked who has {web}, and nobody answered"), seen
    assert told(found) == (False, "not attached"), found
    assert eventually(lambda: walk(lab, "cli", "web", family=6).ok)


def test_an_address_that_somebody_else_has(lab: Lab) -> None:
    """Its own kernel does not use it (RFC 4862): so nobody answers who asks for it."""
    web = lab.container("web")
    web.sh("ip address add fd00:6::77/64 dev eth0")
    cli = lab.container("cli")
    assert eventually(lambda: "tentative" not in web.sh("ip -6 address show tentative").text)
    cli.sh("ip address add fd00:6::77/64 dev eth0")
    assert eventually(lambda: "dadfailed" in cli.sh("ip -6 address show dev eth0").text)
    web.sh("ip address del fd00:6::77/64 dev eth0")
    lab.host("ip -6 neigh flush all")
    seen = walk(lab, lab.host, "fd00:6::77")
    cli.sh("ip address del fd00:6::77/64 dev eth0")
    why_not = "cli has the address fd00:6::77 marked as dadfailed, and does not answer for it"
    assert ended(seen) == ("no neighbour", why_not), seen


def test_a_host_that_does_not_forward(lab: Lab) -> None:
    assert lab.outside
    assert told(why(lab, "cli", "far", family=6)) == (True, "routed")
    typed(lab.engine, "sysctl -qw net.ipv6.conf.all.forwarding=0")
    try:
        seen, found = walk(lab, "cli", "far", family=6), why(lab, "cli", "far", family=6)
        assert walk(lab, "cli", lab.outside).ok, "IPv4 goes on"
    finally:
        typed(lab.engine, "sysctl -qw net.ipv6.conf.all.forwarding=1")
    assert ended(seen) == ("lost", "net.ipv6.conf.all.forwarding is 0 on the host"), seen
    assert told(found) == (False, "not forwarding"), found
    assert found.evidence[0].lines == ("net.ipv6.conf.all.forwarding = 0",)


@pytest.mark.parametrize("kind", ["prohibit", "blackhole", "unreachable"])
def test_a_route_that_leads_nowhere(lab: Lab, kind: str) -> None:
    target, cli = six(lab, "web"), lab.container("cli")
    cli.sh(f"ip -6 route add {kind} {target}")
    try:
        seen, found = walk(lab, "cli", "web", family=6), why(lab, "cli", "web", "address", family=6)
    finally:
        cli.sh(f"ip -6 route del {kind} {target}")
    assert ended(seen) == ("not sent", f"cli has the route {kind} {target}"), seen
    assert told(found) == (False, "route"), found
    assert walk(lab, "cli", "web", family=6).ok


def test_a_route_of_the_host_that_leads_nowhere(lab: Lab) -> None:
    target = six(lab, "far")
    lab.host(f"ip -6 route add prohibit {target}")
    try:
        seen = walk(lab, "cli", "far", family=6)
    finally:
        lab.host(f"ip -6 route del prohibit {target}")
    assert ended(seen) == ("unreachable", f"the host has the route prohibit {target}"), seen
    assert "An error message: ICMPv6 administratively prohibited" in [leg.title for leg in legs(seen)]


def test_who_has_no_address_of_ipv6(lab: Lab) -> None:
    target = six(lab, "far")
    seen = walk(lab, "old", "far", family=6)
    assert ended(seen) == ("not sent", f"old has no IPv6 address and no route to {target}"), seen
    assert target in sentences(seen)[-1]
    ways: list[tuple[str, str, Way]] = [("old", "far", "address"), ("cli", "old", "address"), ("cli", "old", "name")]
    lab.connect("four", "cli")
    try:
        diagnoses = [why(lab, *way, family=6) for way in ways]
    finally:
        lab.disconnect("four", "cli")
    for found in diagnoses:
        assert (found.cause, found.text) == ("no IPv6", "old has no IPv6 address."), found
        (eth0,) = [line for line in found.evidence[0].lines if "eth0" in line]
        assert "172." in eth0
        assert "fd00:" not in eth0


def test_a_server_of_ipv4_alone(lab: Lab) -> None:
    lab.run("v4", network="six", env={"SERVE_ADDRESS": "0.0.0.0"})  # noqa: S104
    try:
        assert told(why(lab, "cli", "v4")) == (True, "service port")
        found = why(lab, "cli", "v4", family=6)
    finally:
        lab.remove("v4")
    assert told(found) == (False, "IPv4 only"), found
    assert any("0.0.0.0:80" in line for each in found.evidence for line in each.lines)
