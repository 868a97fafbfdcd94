"""One real packet, followed on a live engine: each way, and that it stays inside, alone and without leftovers."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest

from dockernet_course.engines import Engine
from dockernet_course.errors import NotFound, ObserveError
from dockernet_course.experiments.targets import Party
from dockernet_course.experiments.walk import Packet, Walk, sentences, walk
from dockernet_course.experiments.walk import trace_table as tables
from dockernet_course.experiments.walk.build import build
from dockernet_course.experiments.walk.frames import read
from dockernet_course.experiments.walk.plan import Plan, plan
from dockernet_course.experiments.walk.run import record
from dockernet_course.lab import Container, Lab, open_lab
from dockernet_course.lab.nft_tables import marked
from dockernet_course.observe import observe
from tests.live.capsules import eventually

pytestmark = pytest.mark.live
# Python of the lab image with a script: in a private engine that is one of ours.
KILL = """for p in /proc/[0-9]*; do
  case $(tr '\\0' ' ' < $p/cmdline 2>/dev/null | head -c 12) in
    'python3 -ISc') kill -9 ${p#/proc/} && echo killed;;
  esac
done"""


@pytest.fixture(scope="module")
def opened(private_engine: Engine) -> Iterator[Lab]:
    """Two networks; four containers and one that joined another's network."""
    with open_lab(private_engine, "walk") as lab:
        lab.create_network("front")
        lab.create_network("back")
        lab.run("web", network="front", publish="8080:80")
        lab.run("db", network="front")
        lab.run("far", network="back")
        lab.run("idle", ["sleep", "1000"], network="front")
        lab.run("side", ["sleep", "1000"], network="container:web")
        yield lab


@pytest.fixture
def lab(opened: Lab) -> Iterator[Lab]:
    """The same, and nothing of a walk may be left in any firewall afterwards."""
    yield opened
    assert left(opened) == []


@pytest.fixture(autouse=True)
def _nothing_of_ours_is_left() -> None:
    """The lab outlives each test here; the module's own end is looked at by the last one."""


def left(lab: Lab) -> list[str]:
    """Our tables, on the host and in the containers."""
    pids = {container.pid for container in observe(lab).containers if container.pid}
    script = f"for p in 1 {' '.join(map(str, pids))}; do nsenter --net=/proc/$p/ns/net nft list tables; done"
    return [line for line in lab.host(script).text.splitlines() if "dockernet_walk" in line]


def web(lab: Lab) -> Container:
    return lab.container("web")


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
    assert points(asked) == ["own out", "cable in", "cable out", "own in"]
    wires = observe(lab)
    ends = [wires.peer(lab.container(name), "eth0") for name in ("web", "db")]
    assert [hop.at.interface for hop in asked.hops[1:3]] == [end and end.name for end in ends]
    assert seen.output.text.startswith("PING")


def test_containers_may_be_given_by_their_names(lab: Lab) -> None:
    (asked,) = questions(walk(lab, "web", "db"))
    assert points(asked) == ["own out", "cable in", "cable out", "own in"]
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
    assert [hop.at.of for hop in who[0].hops if hop.at.role == "cable" and hop.going == "out"].count("idle") == 1


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


def test_what_others_send_meanwhile_is_not_the_walks(lab: Lab) -> None:
    far, idle = lab.container("far"), lab.container("idle")
    with ThreadPoolExecutor(1) as pool:
        others = pool.submit(far.sh, f"ping -c 60 -i 0.05 -W 1 {web(lab).address()}")  # thrown away between the bridges
        walks = [walk(lab, web(lab), idle, "port") for _ in range(3)]
        assert not others.result().ok
    assert [seen.verdict.outcome for seen in walks] == ["refused"] * 3
    assert not any(far.address() in hop.source for seen in walks for packet in seen for hop in packet.hops)


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
    assert points(second[0]) == ["bridge out", "cable out", "own in"]
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
    assert points(asked) == ["own out", "uplink in", "bridge out", "cable out", "own in"]
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
    assert said.index("becomes") < said.index("threw it away")


def test_from_the_outside_to_the_host_and_not_to_a_container(lab: Lab) -> None:
    assert lab.outside
    assert walk(lab, lab.outside, lab.host).ok
    assert walk(lab, lab.outside, lab.host, "port").verdict.outcome == "refused"
    assert walk(lab, lab.outside, web(lab)).verdict.outcome == "not sent"
    with pytest.raises(ObserveError, match="There is no way"):
        walk(lab, lab.outside, web(lab), "name")


def test_ones_own_gateway_and_from_the_host(lab: Lab) -> None:
    seen = walk(lab, web(lab), lab.host)
    assert seen.ok and points(questions(seen)[0]) == ["own out", "cable in", "bridge in"], seen
    back = walk(lab, lab.host, web(lab))
    assert back.ok and points(questions(back)[0]) == ["bridge out", "cable out", "own in"], back


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
    """Thrown away by a rule that says so to the sender: the rule is told, and the message is among the packets."""
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
    assert (seen.verdict.outcome, str(seen.verdict.at)) == ("unreachable", "host/eth0"), seen
    assert "ICMP host unreachable" in repr(seen)


def test_the_file_is_one_that_tcpdump_reads(lab: Lab, tmp_path: Path) -> None:
    seen = walk(lab, web(lab), lab.container("db"))
    data = base64.b64encode(seen.save(tmp_path / "walk.pcapng").read_bytes()).decode()
    read_back = lab.host(f"echo {data} | base64 -d | tcpdump -n -r - 2>/dev/null")
    lines = [line for line in read_back.text.splitlines() if "ICMP echo" in line]
    assert len(lines) == sum(b"\x08\x00E" in frame.content[12:15] for frame in seen.frames) == 8, read_back


def test_others_packets_are_not_captured(lab: Lab) -> None:
    noisy = lab.container("idle")
    address, others = noisy.address(), lab.container("far")
    gateway = observe(lab).network("back").gateways[0]
    with ThreadPoolExecutor(2) as pool:
        noise = [
            pool.submit(noisy.quietly, ["ping", "-i", "0.02", "-c", "100", "-q", "127.0.0.1"]),
            pool.submit(others.quietly, ["ping", "-i", "0.02", "-c", "100", "-q", gateway]),
        ]
        seen = walk(lab, web(lab), lab.container("db"))
        assert all(n.result().ok for n in noise)
    ours = {web(lab).address(), lab.container("db").address()}
    headers = [read(frame.content) for frame in seen.frames]
    assert headers and all(header and {header.source, header.target} & ours for header in headers)
    assert address not in ours


def planned(lab: Lab, target: Container) -> Plan:
    return plan(observe(lab), Party("host"), Party(target.real_name, target.id), "address", private=True)


@pytest.mark.parametrize("guard", [True, False])
def test_a_target_that_is_gone_does_not_make_the_packet_leave(
    lab: Lab, guard: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its address leads to the uplink then. Without the guard it does leave (to the outside, which is ours)."""
    lab.create_network("gone")
    chosen = planned(lab, lab.run("lost", network="gone"))
    lab.remove("lost")
    lab.remove(lab.network("gone"))
    if not guard:
        text = tables.text
        monkeypatch.setattr(tables, "text", lambda plan, name, **_: text(plan, name, guard=False))
    # the container's own namespace is gone; the host's is enough here
    chosen = replace(chosen, places=chosen.places[:1], there="")
    seen = build(chosen, record(lab, chosen), "address", observe(lab), marked(lab.id))
    left_by = [frame for frame in seen.frames if frame.interface == "eth0"]
    assert bool(left_by) is not guard
    assert (seen.verdict.outcome == "guarded") is guard, seen


def test_on_an_engine_of_the_learners_own_a_name_is_not_asked_outside(private_engine: Engine, lab: Lab) -> None:
    chosen = plan(observe(lab), party(web(lab)), party(lab.container("far")), "name", private=False)
    seen = build(chosen, record(lab, chosen), "name", observe(lab), marked(lab.id))
    assert seen.verdict.outcome == "guarded", seen
    assert not [hop for packet in seen for hop in packet.hops if hop.at.role == "uplink"]


def party(container: Container) -> Party:
    return Party(container.real_name, container.id)


def killed(lab: Lab) -> None:
    """A walk whose walker is killed while it waits for an answer that never comes."""
    with ThreadPoolExecutor(1) as pool:
        broken = pool.submit(walk, lab, web(lab), lab.container("far"), "port")
        assert eventually(lambda: bool(left(lab)) and "killed" in lab.host(KILL).text)
        with pytest.raises(ObserveError, match="could not be followed"):
            broken.result()


def test_what_a_killed_walk_leaves_is_swept_by_the_next_one(lab: Lab) -> None:
    killed(lab)
    assert left(lab), "kill -9 leaves the table"
    assert walk(lab, web(lab), lab.container("far")).verdict.outcome == "dropped"


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


def test_what_a_killed_walk_leaves_goes_with_the_lab(private_engine: Engine, opened: Lab) -> None:
    """The last one here: the module's lab is closed by it."""
    killed(opened)
    assert left(opened)
    opened.close()
    with open_lab(private_engine, "after") as after:
        assert left(after) == []
