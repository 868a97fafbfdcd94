"""Which rules counted: on rules that real engines of three generations had before and after a packet."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from dockernet_course.experiments.firewall import Counted, FirewallRule, parse, parse_iptables, parse_nft, risen, unread

FIXTURES = Path(__file__).parent / "fixtures" / "firewall"
WAY = ["FORWARD", "DOCKER-USER", "FORWARD", "DOCKER-ISOLATION-STAGE-1", "DOCKER-ISOLATION-STAGE-2"]
CHAINS = {"bookworm": WAY, "trixie": WAY, "sid": ["PREROUTING"]}


def recorded(suite: str) -> dict[str, Any]:
    """A container of the network front has pinged one of the network back (fixtures/firewall/record.py)."""
    found: dict[str, Any] = json.loads((FIXTURES / f"ping-{suite}.json").read_text())
    return found


def pinged(suite: str) -> Counted:
    facts = recorded(suite)
    return risen(parse(facts["before"]), parse(facts["after"]))


@pytest.mark.parametrize("suite", CHAINS)
def test_the_rules_on_the_packets_way_and_no_others(suite: str) -> None:
    rules = pinged(suite)
    assert [rule.chain for rule in rules] == CHAINS[suite]
    assert {rule.packets for rule in rules} == {1}


@pytest.mark.parametrize("suite", CHAINS)
def test_the_one_that_dropped_it_names_the_bridge_of_the_target(suite: str) -> None:
    facts, rules = recorded(suite), pinged(suite)
    (drop,) = rules.drops
    assert facts["bridges"]["back"] in drop
    assert drop.verdict == "DROP"
    assert drop == list(rules)[-1], "a packet meets no rule after that"
    assert rules.about(facts["bridges"]["back"]).drops == (drop,)
    assert len(rules.about("br-of-nobody")) == 0


def test_the_text_is_the_tools_own() -> None:
    facts = recorded("bookworm")
    back, front = facts["bridges"]["back"], facts["bridges"]["front"]
    assert repr(pinged("bookworm")).splitlines()[-2:] == [
        f"1× in filter: -A DOCKER-ISOLATION-STAGE-1 -i {front} ! -o {front} -j DOCKER-ISOLATION-STAGE-2",
        f"1× in filter: -A DOCKER-ISOLATION-STAGE-2 -o {back} -j DROP",
    ]
    facts = recorded("sid")
    drop = f"-A PREROUTING -d {facts['address']}/32 ! -i {facts['bridges']['back']} -j DROP"
    assert repr(pinged("sid")) == f"1× in raw: {drop}"


@pytest.mark.parametrize("suite", CHAINS)
def test_nft_counts_the_same(suite: str) -> None:
    """iptables' own tables, as nft shows them: the other dialect, with the same counters and verdicts."""
    facts = recorded(suite)
    nft = [text.partition("%nft\n")[2] for text in (facts["before"], facts["after"])]
    rules = list(risen(parse_nft(nft[0]), parse_nft(nft[1])))
    assert [rule.chain for rule in rules] == CHAINS[suite]
    assert [rule.verdict for rule in rules] == [rule.verdict for rule in pinged(suite)]
    assert {rule.table.partition(" ")[0] for rule in rules} == {"ip"}
    assert not any("counter" in rule for rule in rules)


@pytest.mark.parametrize("suite", CHAINS)
def test_nothing_is_read_twice(suite: str) -> None:
    rules = parse(recorded(suite)["after"])
    assert {rule.table for rule in rules} <= {"raw", "nat", "filter"}
    assert rules == parse_iptables(recorded(suite)["after"])


def test_what_nothing_met_is_said() -> None:
    text = recorded("trixie")["before"]
    assert repr(risen(parse(text), parse(text))) == "no rule has counted a packet"


def rule(text: str, packets: int, table: str = "filter") -> FirewallRule:
    return FirewallRule(table, text.split()[1], text, packets, text.split()[-1])


def test_rules_with_the_same_text_are_told_apart_and_new_ones_began_at_zero() -> None:
    twice = "-A FORWARD -j DOCKER-USER"
    before = [rule(twice, 5), rule(twice, 7)]
    after = [rule(twice, 5), rule(twice, 9), rule("-A DOCKER-USER -j DROP", 1)]
    assert [(r.text, r.packets) for r in risen(before, after)] == [(twice, 2), ("-A DOCKER-USER -j DROP", 1)]


def test_a_counter_that_began_again_has_not_risen() -> None:
    assert len(risen([rule("-A FORWARD -j DROP", 5)], [rule("-A FORWARD -j DROP", 1)])) == 0


def test_tables_come_in_the_order_of_a_packets_way() -> None:
    texts = {"-A POSTROUTING -j MASQUERADE": "nat", "-A FORWARD -j ACCEPT": "filter", "-A PREROUTING -j DNAT": "nat"}
    after = [rule(text, 1, table) for text, table in texts.items()] + [rule("-A PREROUTING -j CT", 1, "raw")]
    assert [r.verdict for r in risen([], after)] == ["CT", "DNAT", "ACCEPT", "MASQUERADE"]


WARNING = "# Warning: iptables-legacy tables present, use iptables-legacy-save to see them\n"


def both(legacy: int, nft: int) -> str:
    """A host with tables of both kinds, whose chains have the same names."""
    table = "*filter\n:FORWARD ACCEPT [0:0]\n[{}:60] -A FORWARD -p icmp -j DROP\nCOMMIT\n"
    return f"{WARNING}{table.format(nft)}%legacy\n{table.format(legacy)}%nft\n"


@pytest.mark.parametrize(
    ("after", "said"),
    [
        ((1, 0), "1× in filter of iptables-legacy: -A FORWARD -p icmp -j DROP"),
        ((0, 2), "2× in filter: -A FORWARD -p icmp -j DROP"),
    ],
)
def test_which_of_both_kinds_of_tables_counted_is_told(after: tuple[int, int], said: str) -> None:
    rules = risen(parse(both(0, 0)), parse(both(*after)))
    assert repr(rules) == said
    assert rules.drops == rules.rules


def test_rules_that_no_tool_can_show_are_named() -> None:
    refused = f"{WARNING}%legacy\niptables-save v1.8.9 (legacy): Cannot initialize: Permission denied\n%nft\n"
    for text in (refused, f"{WARNING}%nft\n"):
        assert "iptables-legacy" in unread(text)
        assert repr(Counted((), unread(text))) == unread(text)
    assert not unread(both(1, 1))
    assert not unread(recorded("trixie")["after"])
