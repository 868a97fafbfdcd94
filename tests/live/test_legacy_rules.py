"""Rules of iptables-legacy on a live engine: they leave no trace, and are named by their counters.

On a kernel that has no such tables (they are leaving) nothing is dropped, and nothing is unseen.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from dockernet_course.engines import Engine
from dockernet_course.experiments.firewall import counted
from dockernet_course.experiments.walk import Walk, sentences, walk
from dockernet_course.lab import ContainerHandle, Lab, open_lab
from dockernet_course.observe import observe

pytestmark = pytest.mark.live
ICMP = "INPUT -p icmp -j DROP"


@pytest.fixture(scope="module")
def opened(private_engine: Engine) -> Iterator[Lab]:
    with open_lab(private_engine, "legacy") as lab:
        lab.create_network("front")
        lab.create_network("back")
        lab.run("web", network="front", publish=80)
        lab.run("db", network="front")
        lab.run("far", network="back")
        yield lab


@pytest.fixture
def lab(opened: Lab) -> Iterator[Lab]:
    """The same; after each test without any rule in those tables."""
    yield opened
    assert "-A" not in opened.host("iptables-legacy-save").text


@pytest.fixture(autouse=True)
def _nothing_of_ours_is_left() -> None:
    """The lab outlives each test here."""


@contextmanager
def rule_of_legacy(lab: Lab, rule: str, tool: str = "iptables-legacy") -> Iterator[bool]:
    """Meanwhile the rule is there; whether this kernel has a place for it."""
    there = lab.host(f"{tool} -I {rule}").ok
    try:
        yield there
    finally:
        lab.host(f"{tool} -D {rule}")


def web(lab: Lab) -> ContainerHandle:
    return lab.container("web")


def named(lab: Lab, there: bool, seen: Walk, rule: str) -> bool:
    """Whether it is said that this rule dropped the packet, and by what that is known."""
    if not there:  # it is as if nobody had written it
        return seen.ok and not seen.unseen and not lab.host("iptables-legacy -S").ok
    found, said = seen.verdict.rule, f"the counter of the rule -A {rule} (table filter of iptables-legacy"
    assert found, seen
    facts = (seen.verdict.outcome, found.text, found.evidence, seen.unseen)
    return facts == ("dropped", f"-A {rule}", "counters", "") and said in sentences(seen)[-1]


def test_to_the_host(lab: Lab) -> None:
    """Dropped at INPUT; and once the rule is gone, it is answered, and nothing is unseen."""
    with rule_of_legacy(lab, ICMP) as there:
        seen = walk(lab, web(lab), lab.host)
    assert named(lab, there, seen, ICMP), seen
    if there:
        assert seen.verdict.at == seen.asked.hops[-1].at and seen.verdict.at.role == "bridge"
    after = walk(lab, web(lab), lab.host)
    assert after.ok and not after.unseen, after


def test_the_answer_to_the_host(lab: Lab) -> None:
    with rule_of_legacy(lab, ICMP) as there:
        seen = walk(lab, lab.host, web(lab))
    assert named(lab, there, seen, ICMP), seen
    assert [packet.role for packet in seen if packet.rules and packet.rules[-1].counted] == ["answer"] * there


def test_one_that_says_so_to_the_sender(lab: Lab) -> None:
    rule = "INPUT -p icmp -j REJECT --reject-with icmp-admin-prohibited"
    with rule_of_legacy(lab, rule) as there:
        seen = walk(lab, web(lab), lab.host)
    assert named(lab, there, seen, rule), seen
    assert any("administratively prohibited" in packet.info for packet in seen) is there


def test_from_the_outside_to_a_published_port(lab: Lab) -> None:
    """Docker's rule has rewritten the target before; the SYN is sent again, and counted again."""
    rule = f"FORWARD -d {web(lab).address()}/32 -p tcp -m tcp --dport 80 -j DROP"
    assert lab.outside
    with rule_of_legacy(lab, rule) as there:
        seen = walk(lab, lab.outside, web(lab), "published")
    assert named(lab, there, seen, rule), seen
    if there:
        assert seen.verdict.rule and seen.verdict.rule.counted == len([p for p in seen if p.info == "TCP SYN"])


def test_inside_a_container(lab: Lab) -> None:
    """Its firewall is its own, and only its own is named."""
    enter = f"nsenter --net=/proc/{observe(lab).container(web(lab)).pid}/ns/net iptables-legacy"
    with rule_of_legacy(lab, ICMP, enter) as there:
        seen = walk(lab, lab.container("db"), web(lab))
    assert named(lab, there, seen, ICMP), seen
    if there:
        assert seen.verdict.rule and (seen.verdict.rule.space, str(seen.verdict.at)) == ("web", "web/eth0")


def test_what_is_traced_is_known_by_the_trace(lab: Lab) -> None:
    """The engine's own rule drops it; the packet never comes to the one of iptables-legacy."""
    with rule_of_legacy(lab, ICMP):
        seen = walk(lab, web(lab), lab.container("far"))
    assert seen.verdict.rule and seen.verdict.rule.evidence == "trace" and not seen.unseen, seen


def test_rules_that_let_it_pass_are_said_not_to_be_seen(lab: Lab) -> None:
    with rule_of_legacy(lab, "INPUT -p icmp -j ACCEPT") as there:
        seen = walk(lab, web(lab), lab.host)
    assert seen.ok and bool(seen.unseen) is there, seen


def test_a_walk_is_as_quick_beside_such_rules(lab: Lab) -> None:
    def timed() -> float:
        began = time.monotonic()
        assert walk(lab, web(lab), lab.container("db")).ok
        return time.monotonic() - began

    alone = min(timed() for _ in range(3))
    with rule_of_legacy(lab, "INPUT -p udp -j DROP"):
        assert min(timed() for _ in range(3)) < 1.5 * alone + 0.1


def test_counters_are_read_and_marked(lab: Lab) -> None:
    ping = f"ping -c 1 -W 1 {lab.host.address}"
    with rule_of_legacy(lab, ICMP) as there:
        rules = counted(lab, lambda: web(lab).sh(ping))
    drops = [(rule.tool, rule.table, rule.text, rule.packets) for rule in rules.drops]
    assert drops == [("iptables-legacy", "filter", f"-A {ICMP}", 1)] * there, rules
    assert (f"1× in filter of iptables-legacy: -A {ICMP}" in repr(rules)) is there
    assert not rules.unread
