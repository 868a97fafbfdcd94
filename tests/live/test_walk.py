"""One real packet, followed on a live engine: each way that it can go."""

from __future__ import annotations

import base64
from pathlib import Path

import pytest

from dockernet_course.errors import NotFound, ObserveError
from dockernet_course.experiments.walk import Packet, Walk, sentences, walk
from dockernet_course.lab import Lab
from dockernet_course.observe import observe
from tests.live.walks import _nothing_of_ours_is_left, lab, opened, web

__all__ = ["_nothing_of_ours_is_left", "lab", "opened"]

pytestmark = pytest.mark.live


def points(packet: Packet) -> list[str]:
    return [f"{hop.at.role} {hop.going}" for hop in packet.hops]


def questions(seen: Walk) -> list[Packet]:
    return [packet for packet in seen if packet.role == "question"]


def test_ping_by_address(lab: Lab) -> None:
    commands = lab.commands
    seen = walk(lab, web(lab), lab.container("db"))
    assert seen.ok, seen
    assert lab.commands == commands, "it is no line of the learner's"
    (asked,) = questions(seen)
    assert points(asked) == ["own out", "veth in", "veth out", "own in"]
    wires = observe(lab)
    ends = [wires.peer(lab.container(name), "eth0") for name in ("web", "db")]
    assert [hop.at.interface for hop in asked.hops[1:3]] == [end and end.name for end in ends]
    assert seen.output.text.startswith("PING")


def test_containers_may_be_given_by_their_names(lab: Lab) -> None:
    (asked,) = questions(walk(lab, "web", "db"))
    assert points(asked) == ["own out", "veth in", "veth out", "own in"]
    assert walk(lab, lab.host, "web").ok
    with pytest.raises(NotFound, match="nobody"):
        walk(lab, "web", "nobody")


def test_arp_is_shown_when_the_neighbour_is_not_known(lab: Lab) -> None:
    space = observe(lab).container(web(lab)).pid
    lab.host(f"nsenter --net=/proc/{space}/ns/net ip neigh flush all")
    seen = walk(lab, web(lab), lab.container("db"))
    who = [
        packet
        for packet in seen
        if packet.info == f"who has {lab.container('db').address()}? tell {web(lab).address()}"
    ]
    assert [hop.at.of for hop in who[0].hops if hop.at.role == "veth" and hop.going == "out"].count("idle") == 1


def test_by_name(lab: Lab) -> None:
    seen = walk(lab, lab.container("db"), web(lab), "name")
    assert seen.ok, seen
    asked = next(packet for packet in seen if packet.info == "DNS question: web, A")
    (change,) = asked.hops[0].rewrites
    assert (change.before, change.evidence) == ("127.0.0.11:53", ("trace", "conntrack"))
    assert change.rule and change.rule.chain == "DOCKER_OUTPUT"
    assert questions(seen)[0].hops[-1].at.space == "web"


@pytest.mark.parametrize("how", ["port", "port by name"])
def test_a_port(lab: Lab, how: str) -> None:
    seen = walk(lab, lab.container("db"), web(lab), "port" if how == "port" else "port by name")
    assert seen.ok and "sees" in seen.output, seen
    assert questions(seen)[0].info == "TCP SYN"
    assert any(packet.role == "name" for packet in seen) == (how == "port by name")
    assert seen.verdict.at and str(seen.verdict.at) == "db/eth0"


def test_a_server_that_accepts_and_keeps_silent(lab: Lab) -> None:
    mute = lab.run("mute", ["sh", "-c", "sleep 1000 | nc -lk 80"], network="front")
    mute.wait_ready()
    seen = walk(lab, web(lab), mute, "port")
    mute.remove()
    assert (seen.verdict.outcome, str(seen.verdict.at)) == ("accepted", "mute/eth0"), seen


def test_a_rule_in_a_table_of_another_family(lab: Lab) -> None:
    lab.host("nft add table inet mine; nft add chain inet mine in '{ type filter hook input priority 0; }'")
    lab.host("nft add rule inet mine in icmp type echo-request drop")
    try:
        seen = walk(lab, web(lab), lab.host)
    finally:
        lab.host("nft delete table inet mine")
    rule = seen.verdict.rule
    assert rule and (rule.table, rule.text) == ("inet mine", "icmp type echo-request drop"), seen


def test_a_container_that_is_called_as_a_place_is(lab: Lab) -> None:
    odd = lab.run("outside", ["sleep", "1000"], network="front")
    with pytest.raises(ObserveError, match="also that of a place"):
        walk(lab, odd, web(lab))
    odd.remove()


def test_published_on_the_hosts_loopback_by_docker_proxy(lab: Lab) -> None:
    seen = walk(lab, lab.host, web(lab), "published")
    assert seen.ok, seen
    assert points(questions(seen)[0]) == ["loopback out", "loopback in"]
    second = [packet for packet in seen if packet.by == "docker-proxy"]
    assert points(second[0]) == ["bridge out", "veth out", "own in"]
    assert second[0].hops[-1].target == f"{web(lab).address()}:80"


def test_published_at_the_hosts_address_by_a_rule(lab: Lab) -> None:
    seen = walk(lab, lab.host, web(lab), "published at the host's address")
    assert seen.ok, seen
    (change,) = questions(seen)[0].hops[0].rewrites
    assert (change.before, change.after) == (f"{lab.host.address}:8080", f"{web(lab).address()}:80")
    assert change.rule and "--to-destination" in change.rule.text
    assert lab.host(f"iptables -t nat -C {change.rule.text.removeprefix('-A ')}").ok, "as the tool wants it"
    assert not any(packet.by for packet in seen)


@pytest.mark.parametrize("source", ["db", "far"])
def test_published_at_the_gateway(lab: Lab, source: str) -> None:
    seen = walk(lab, lab.container(source), web(lab), "published")
    assert seen.ok, seen
    assert points(questions(seen)[0])[-1] == "bridge in"
    assert seen.verdict.at and seen.verdict.at.space == source


def test_the_way_out_is_masqueraded(lab: Lab) -> None:
    assert lab.outside
    seen = walk(lab, web(lab), lab.outside)
    assert seen.ok, seen
    (asked,) = questions(seen)
    assert [hop.at.space for hop in asked.hops] == ["web", "host", "host", "host", "outside"]
    (change,) = [change for hop in asked.hops for change in hop.rewrites]
    assert (change.before, change.after) == (web(lab).address(), lab.host.address)
    assert change.rule and "MASQUERADE" in change.rule.text and "conntrack" in change.evidence


def test_the_way_out_by_name(lab: Lab) -> None:
    assert lab.outside
    seen = walk(lab, web(lab), lab.outside, "port by name")
    assert seen.ok, seen
    assert seen.output.text == f"{lab.outside.server} sees {lab.host.address}\n"
    assert any(packet.by == "Docker's DNS" for packet in seen)
    assert walk(lab, lab.host, lab.outside, "port").ok


def test_the_way_in_is_rewritten_by_a_rule_and_needs_no_proxy(lab: Lab) -> None:
    assert lab.outside
    seen = walk(lab, lab.outside, web(lab), "published")
    assert seen.ok and seen.output.prompt == "outside$", seen
    assert lab.outside.address in seen.output.text
    asked = questions(seen)[0]
    assert points(asked) == ["own out", "uplink in", "bridge out", "veth out", "own in"]
    (change,) = [change for hop in asked.hops for change in hop.rewrites]
    assert (change.what, change.after) == ("target", f"{web(lab).address()}:80")
    assert change.rule and "DNAT" in change.rule.text
    assert not any(packet.by for packet in seen)


def test_what_is_changed_before_it_is_dropped_is_told_too(lab: Lab) -> None:
    """The rule in DOCKER-USER sees the target that another rule has written into the packet."""
    assert lab.outside
    mine = f"DOCKER-USER -i {observe(lab).host.default_route.device} -p tcp -m tcp --dport 80 -j DROP"  # type: ignore[union-attr]
    seen = lab.host.with_rule(mine, lambda: walk(lab, lab.outside, web(lab), "published"))  # type: ignore[arg-type]
    assert seen.verdict.rule and seen.verdict.rule.text == f"-A {mine}", seen
    (change,) = seen.asked.after
    assert (change.what, change.after) == ("target", f"{web(lab).address()}:80")
    assert change.rule and "DNAT" in change.rule.text and "trace" in change.evidence
    said = repr(seen)
    assert said.index("becomes") < said.index("dropped it")


def test_from_the_outside_to_the_host_and_not_to_a_container(lab: Lab) -> None:
    assert lab.outside
    assert walk(lab, lab.outside, lab.host).ok
    assert walk(lab, lab.outside, lab.host, "port").verdict.outcome == "refused"
    assert walk(lab, lab.outside, web(lab)).verdict.outcome == "not sent"
    with pytest.raises(ObserveError, match="There is no way"):
        walk(lab, lab.outside, web(lab), "name")


def test_ones_own_gateway_and_from_the_host(lab: Lab) -> None:
    seen = walk(lab, web(lab), lab.host)
    assert seen.ok and points(questions(seen)[0]) == ["own out", "veth in", "bridge in"], seen
    back = walk(lab, lab.host, web(lab))
    assert back.ok and points(questions(back)[0]) == ["bridge out", "veth out", "own in"], back


def test_partners(lab: Lab) -> None:
    seen = walk(lab, lab.container("side"), web(lab), "port")
    assert seen.ok and {hop.at.role for packet in seen for hop in packet.hops} == {"loopback"}, seen


def test_between_two_bridges_it_is_dropped_by_a_rule_that_is_there(lab: Lab) -> None:
    seen = walk(lab, web(lab), lab.container("far"))
    back = observe(lab).network("back").bridge
    assert seen.verdict.outcome == "dropped", seen
    rule = seen.verdict.rule
    assert rule and back and back in rule.text
    assert lab.host(f"iptables -t {rule.table} -C {rule.text.removeprefix('-A ')}").ok, "as the tool wants it"
    assert seen.verdict.at and seen.verdict.at.of == "front"
    assert rule.text in sentences(seen)[-1]


def test_a_rule_of_the_learners_own_is_named(lab: Lab) -> None:
    mine = f"DOCKER-USER -s {web(lab).address()}/32 -p tcp -m tcp --dport 80 -j DROP"
    lab.host(f"iptables -I {mine}")
    try:
        seen = walk(lab, web(lab), lab.container("db"), "port")
    finally:
        lab.host(f"iptables -D {mine}")
    meets = lab.host("cat /proc/sys/net/bridge/bridge-nf-call-iptables").text.strip() == "1"
    assert seen.ok is not meets, seen
    if not meets:  # bridged packets do not meet iptables here
        return
    assert seen.verdict.rule and seen.verdict.rule.text == f"-A {mine}", seen
    assert [packet.again is None for packet in questions(seen)][:2] == [True, False]


def test_nobody_listens(lab: Lab) -> None:
    seen = walk(lab, web(lab), lab.container("idle"), "port")
    assert (seen.verdict.outcome, str(seen.verdict.at)) == ("refused", "idle/eth0"), seen


def test_rejected_with_an_icmp_message(lab: Lab) -> None:
    """Dropped by a rule that says so to the sender: the rule is told, and the message is among the packets."""
    gateway = observe(lab).network("front").gateways[0]
    mine = f"INPUT -s {web(lab).address()}/32 -d {gateway}/32 -p icmp -j REJECT --reject-with icmp-admin-prohibited"
    lab.host(f"iptables -I {mine}")
    try:
        seen = walk(lab, web(lab), lab.host)
    finally:
        lab.host(f"iptables -D {mine}")
    assert seen.verdict.outcome == "dropped", seen
    assert seen.verdict.rule and seen.verdict.rule.text == f"-A {mine}"
    assert any("administratively prohibited" in packet.info for packet in seen)


def test_the_host_says_that_it_cannot_be_delivered(lab: Lab) -> None:
    """Nobody answers its question for the neighbour's MAC: the target's interface is off."""
    assert lab.outside
    mute, bridge = lab.run("mute", network="front", publish=80), observe(lab).network("front").bridge
    lab.host(f"nsenter -t {observe(lab).container(mute).pid} -n ip link set eth0 down")
    sooner = f"net.ipv4.neigh.{bridge}.retrans_time_ms"  # else it takes three seconds, and nobody waits for it
    seen = lab.host.with_setting(sooner, 100, lambda: walk(lab, lab.outside, mute, "published"))  # type: ignore[arg-type]
    lab.remove(mute)
    assert (seen.verdict.outcome, str(seen.verdict.at)) == ("no neighbour", f"host/{bridge}"), seen
    assert seen.verdict.because.startswith("the host asked who has 172."), seen
    assert "ICMP host unreachable" in repr(seen)


def test_the_file_is_one_that_tcpdump_reads(lab: Lab, tmp_path: Path) -> None:
    seen = walk(lab, web(lab), lab.container("db"))
    data = base64.b64encode(seen.save(tmp_path / "walk.pcapng").read_bytes()).decode()
    read_back = lab.host(f"echo {data} | base64 -d | tcpdump -n -r - 2>/dev/null")
    lines = [line for line in read_back.text.splitlines() if "ICMP echo" in line]
    assert len(lines) == sum(b"\x08\x00E" in frame.content[12:15] for frame in seen.frames) == 8, read_back


def test_a_name_of_one_that_does_not_run(lab: Lab) -> None:
    lab.container("idle").kill()
    try:
        seen = walk(lab, web(lab), lab.container("idle"), "name")
        with pytest.raises(ObserveError, match="There is no way"):
            walk(lab, web(lab), lab.container("idle"))
        with pytest.raises(ObserveError, match="does not run"):
            walk(lab, lab.container("idle"), web(lab))
    finally:
        lab.container("idle").start()
    assert seen.verdict.outcome == "not sent"
    assert any("is not known" in packet.info for packet in seen)


def test_to_the_outside_without_masquerade_nothing_comes_back(lab: Lab) -> None:
    """Seen last where it was seen last; the outside has no way back, and what it said is shown."""
    assert lab.outside
    rule = next(r for r in lab.host("iptables -t nat -S POSTROUTING").text.splitlines() if subnet(lab, "front") in r)
    lab.host(f"iptables -t nat {rule.replace('-A', '-D', 1)}")
    try:
        seen = walk(lab, web(lab), lab.outside)
    finally:
        lab.host(f"iptables -t nat {rule}")
    assert (seen.verdict.outcome, str(seen.verdict.at)) == ("delivered", "outside/downlink"), seen
    assert not [change for packet in seen for hop in packet.hops for change in hop.rewrites]


def subnet(lab: Lab, network: str) -> str:
    return observe(lab).network(network).subnets[0]


def test_what_cannot_be_walked_is_said(lab: Lab) -> None:
    for source, target, how in ((lab.host, lab.container("idle"), "published"), (web(lab), lab.host, "name")):
        with pytest.raises(ObserveError, match="There is no way from"):
            walk(lab, source, target, how)  # type: ignore[arg-type]
