"""From what the walker recorded on real engines to hops, rewrites, rules and verdict."""

from __future__ import annotations

import pytest

from dockernet_course.errors import ObserveError
from dockernet_course.experiments.walk import Outcome, Packet, Rewrite, Walk, rows, sentences
from dockernet_course.experiments.walk.recording import parse
from dockernet_course.experiments.walk.rules import texts
from tests.unit.walking import SUITES, facts, output, plan_of, walked, without

BOTH = pytest.mark.parametrize("suite", SUITES)
ENDS: dict[str, Outcome] = {
    "ping": "answered",
    "ping by name": "answered",
    "unknown name": "not sent",
    "between bridges": "dropped",
    "port between bridges": "dropped",
    "port": "answered",
    "nobody listens": "refused",
    "loopback": "answered",
    "host's address": "answered",
    "own gateway": "answered",
    "outside": "answered",
    "outside by name": "answered",
    "partner": "answered",
    "no network": "not sent",
}


def way(packet: Packet) -> list[str]:
    """The points by their roles, which are the same on every engine."""
    return [f"{hop.at.space if hop.at.role == 'own' else hop.at.role} {hop.going}" for hop in packet.hops]


def questions(walk: Walk) -> list[Packet]:
    return [packet for packet in walk if packet.role == "question"]


def rewrites(walk: Walk, role: str = "question") -> list[Rewrite]:
    return [change for packet in walk if packet.role == role for hop in packet.hops for change in hop.rewrites]


@BOTH
@pytest.mark.parametrize("case", ENDS)
def test_how_it_ended(suite: str, case: str) -> None:
    walk = walked(suite, case)
    assert walk.verdict.outcome == ENDS[case], repr(walk)
    assert walk.ok == (ENDS[case] == "answered")
    assert walk.unseen == ""


def test_every_recorded_walk_is_looked_at() -> None:
    assert all(set(facts(suite)["cases"]) == set(ENDS) for suite in SUITES)


@BOTH
def test_a_ping_over_one_bridge_passes_two_veth_pairs_and_no_bridge_device(suite: str) -> None:
    walk = walked(suite, "ping")
    asked, answer = [packet for packet in walk if packet.protocol == "icmp"]
    assert way(asked) == ["web out", "veth in", "veth out", "db in"]
    assert [hop.at.of for hop in asked.hops[1:3]] == ["web", "db"]
    assert way(answer) == ["db out", "veth in", "veth out", "web in"]
    assert (asked.role, answer.role) == ("question", "answer")
    assert rewrites(walk) == [] and {hop.ttl for hop in asked.hops} == {64}
    times = [hop.at_us for packet in (asked, answer) for hop in packet.hops]
    assert times == sorted(times)


@BOTH
def test_arp_is_shown_and_reaches_everybody_in_the_network(suite: str) -> None:
    who, told = [packet for packet in walked(suite, "ping") if packet.role == "neighbour"]
    assert who.info.startswith("who has ")
    assert {hop.at.of for hop in who.hops if hop.at.role == "veth" and hop.going == "out"} == {"db", "idle"}
    assert who.hops[0].mac_to == "ff:ff:ff:ff:ff:ff"
    assert told.hops[-1].at.space == "web" and told.hops[0].mac_from in told.info


@BOTH
def test_a_name_is_asked_at_dockers_dns_and_redirected_to_its_port(suite: str) -> None:
    walk = walked(suite, "ping by name")
    asked, answer = [packet for packet in walk if ": web" in packet.info and ", AAAA" not in packet.info][:2]
    assert way(asked) == ["loopback out", "loopback in"]
    (change,) = asked.hops[0].rewrites
    assert change.what == "target" and change.before == "127.0.0.11:53" and change.after != change.before
    assert change.rule and (change.rule.chain, change.rule.table, change.rule.space) == ("DOCKER_OUTPUT", "nat", "db")
    assert change.evidence == ("trace", "conntrack")
    assert "-j DNAT" in change.rule.text
    (back,) = answer.hops[0].rewrites
    assert (back.what, back.after, back.undone, back.rule) == ("source", "127.0.0.11:53", True, None)
    target = questions(walk)[0].hops[0].target
    assert answer.info == f"DNS answer: web is {target}"


@BOTH
def test_what_dockers_dns_does_not_know_it_asks_by_itself(suite: str) -> None:
    walk = walked(suite, "unknown name")
    names = [packet for packet in walk if packet.role == "name" and "AAAA" not in packet.info]
    passed_on = [packet for packet in names if packet.by == "Docker's DNS" and "question" in packet.info]
    assert [way(packet)[0] for packet in passed_on] == ["web out"]
    assert passed_on[0].hops[0].rewrites == (), "a packet of its own, not the first one rewritten"
    assert any("is not known" in packet.info for packet in names)
    assert questions(walk) == []
    assert sentences(walk)[-1] == "No packet towards the target was seen at any interface of web."


@BOTH
@pytest.mark.parametrize("case", ["between bridges", "port between bridges"])
def test_between_two_bridges_a_rule_about_the_second_throws_it_away(suite: str, case: str) -> None:
    walk, plan = walked(suite, case), plan_of(suite, case)
    back = next(point.interface for point in plan.points if point.of == "back" and point.role == "bridge")
    front = next(point for point in plan.points if point.of == "front" and point.role == "bridge")
    assert way(questions(walk)[0]) == ["web out", "veth in", "bridge in"]
    assert walk.verdict.at == front
    assert walk.verdict.rule and walk.verdict.rule.text == f"-A DOCKER-ISOLATION-STAGE-2 -o {back} -j DROP"
    assert walk.verdict.rule.verdict == "drop"
    jumps = [rule.chain for rule in questions(walk)[0].rules]
    assert jumps == ["FORWARD", "FORWARD", "DOCKER-ISOLATION-STAGE-1", "DOCKER-ISOLATION-STAGE-2"]
    assert sentences(walk)[-1].startswith(f"It was dropped after host/{front.interface}, by the rule -A DOCKER-")


@BOTH
def test_what_is_sent_again_is_told_apart(suite: str) -> None:
    first, second = walked(suite, "port between bridges")
    assert first.info == second.info == "TCP SYN"
    assert (first.again, second.again) == (None, first.number)
    assert second.hops[0].at_us - first.hops[0].at_us > 900_000
    assert all(packet.again is None for packet in walked(suite, "port"))


@BOTH
def test_nobody_listens(suite: str) -> None:
    walk = walked(suite, "nobody listens")
    assert str(walk.verdict.at) == "idle/eth0"
    assert [packet.info for packet in walk if packet.protocol == "tcp"] == ["TCP SYN", "TCP RST"]


@BOTH
def test_docker_proxy_opens_a_second_connection(suite: str) -> None:
    walk = walked(suite, "loopback")
    mine, its = ([p for p in walk if p.by == by] for by in ("", "docker-proxy"))
    tcp = [packet for packet in mine if packet.protocol == "tcp"]
    assert {place for packet in tcp for place in way(packet)} == {"loopback out", "loopback in"}
    assert way(its[0]) == ["bridge out", "veth out", "web in"]
    assert its[0].info == "TCP SYN" and its[0].connection != tcp[0].connection
    assert len({packet.connection for packet in its}) == 1
    assert rewrites(walk) == []
    assert str(walk.verdict.at) == "host/lo"
    assert walk.by_proxy and walk.asked == tcp[0]


@BOTH
def test_at_the_hosts_address_a_rule_changes_the_target_and_no_proxy_is_seen(suite: str) -> None:
    walk = walked(suite, "host's address")
    first, *later = questions(walk)
    (change,) = first.hops[0].rewrites
    assert (change.what, change.before.rpartition(":")[2], change.after.rpartition(":")[2]) == ("target", "8080", "80")
    assert change.rule and change.rule.chain == "DOCKER" and change.evidence == ("trace", "conntrack")
    assert all(c.rule is None and not c.undone for packet in later for h in packet.hops for c in h.rewrites)
    assert {packet.by for packet in walk} == {""} and not walk.by_proxy
    assert walk.asked.rewrites == (change,)


@BOTH
def test_the_way_out_is_masqueraded_and_back_again(suite: str) -> None:
    walk = walked(suite, "outside")
    asked, answer = [packet for packet in walk if packet.protocol == "icmp"]
    assert way(asked) == ["web out", "veth in", "bridge in", "uplink out", "outside in"]
    (change,) = rewrites(walk)
    home = plan_of(suite, "outside").own[0]
    assert (change.what, change.before, change.undone) == ("source", home, False)
    assert change.rule and change.rule.text.endswith("-j MASQUERADE")
    assert change.evidence == ("headers", "trace", "conntrack")
    assert [hop.ttl for hop in asked.hops] == [64, 64, 64, 63, 63]
    (back,) = rewrites(walk, "answer")
    assert (back.what, back.before, back.after, back.undone) == ("target", change.after, home, True)
    assert way(answer)[-1] == "web in"


@BOTH
def test_partners_speak_over_their_loopback_only(suite: str) -> None:
    walk = walked(suite, "partner")
    assert {(hop.at.space, hop.at.role) for packet in walk for hop in packet.hops} == {("side", "loopback")}


@BOTH
def test_without_a_network_nothing_is_sent(suite: str) -> None:
    walk = walked(suite, "no network")
    assert (walk.packets, walk.frames, walk.verdict.at) == ((), (), None)
    assert "Network is unreachable" in walk.output
    with pytest.raises(ObserveError, match="No packet towards the target"):
        _ = walk.asked


@BOTH
def test_without_the_trace_no_rule_is_named(suite: str) -> None:
    """What was not seen is not guessed: the same frames, without a word of the kernel's."""
    records = without(output(suite, "between bridges"), kind=2)
    walk = walked(suite, "between bridges", records)
    assert (walk.verdict.outcome, walk.verdict.rule) == ("lost", None)
    assert sentences(walk)[-1].endswith("what became of it then was not seen.")
    out = walked(suite, "outside", without(output(suite, "outside"), kind=2))
    (change,) = rewrites(out)
    assert (change.rule, change.evidence, change.undone) == (None, ("headers",), False)
    assert "by what was not seen" in repr(out)


@BOTH
def test_without_the_answers_frames_it_is_delivered(suite: str) -> None:
    """An answer that the command did not get, and that nobody saw."""
    data = output(suite, "nobody listens")
    walk = walked(suite, "nobody listens", without(data, kind=1, last=True))
    assert walk.verdict.outcome == "delivered"
    assert str(walk.verdict.at) == "idle/eth0"


@BOTH
@pytest.mark.parametrize("case", ENDS)
def test_the_texts_speak_of_points_that_were_seen(suite: str, case: str) -> None:
    walk = walked(suite, case)
    lines = repr(walk)
    assert all(hop.at.interface in lines for packet in walk for hop in packet.hops)
    assert len(rows(walk)) == sum(len(packet.hops) for packet in walk)
    assert "handle" not in lines, "every rule has its words"
    assert facts(suite)["table"] not in lines, "our own rules are not part of the story"


@BOTH
def test_rules_have_iptables_own_words(suite: str) -> None:
    plan = plan_of(suite, "between bridges")
    recording = parse(output(suite, "between bridges"), tuple(place.name for place in plan.places))
    found = texts(recording.nft["host"], recording.iptables["host"])
    ours = {rule for (table, _, _), rule in found.items() if table == facts(suite)["table"]}
    dockers = {rule for (table, _, _), rule in found.items() if table in ("nat", "filter")}
    assert dockers and all(rule.startswith("-A ") for rule in dockers)
    assert dockers == {line for line in recording.iptables["host"].splitlines() if line.startswith("-A ")}
    assert all("handle" not in rule for rule in ours)
    bare = texts(recording.nft["host"], "")
    assert bare.keys() == found.keys() and not any(rule.startswith("-A ") for rule in bare.values())
