"""What the counters of iptables-legacy's rules say, which leave no trace (iptables(8), nft(8)). Pure.

Counters count others' packets too. So a rule is named only if it is the only one that can have thrown the packet away,
and counted no more packets than were lost where it stands. Else what became of the packet is not seen.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from fnmatch import fnmatchcase
from ipaddress import ip_address, ip_network

from dockernet_course.experiments import firewall
from dockernet_course.experiments.targets import HOST
from dockernet_course.experiments.walk.model import Packet, Rule
from dockernet_course.experiments.walk.plan import WalkPlan
from dockernet_course.experiments.walk.recording import WalkRecording
from dockernet_course.experiments.walk.verdicts import says_no
from dockernet_course.experiments.walk.written import bare, port_of

__all__ = ["credited", "risen", "unseen"]

_POLICY = re.compile(r":(\S+) DROP \[(\d+):\d+\]")
_FIRST = ("TCP SYN", "ICMP echo request", "ICMPv6 echo request")
_MATCH = re.compile(r"(?<!!) -(p|s|d|i|-sport|-dport) (\S+)")  # without those that ask for the opposite


def risen(recording: WalkRecording) -> tuple[Rule, ...]:
    """The rules (and policies) that throw packets away and counted some, in all spaces."""
    return tuple(
        Rule(space, rule.table, rule.chain, rule.text, "drop", rule.packets)
        for space, (before, after) in recording.legacy.items()
        for rule in firewall.risen(_rules(before), _rules(after)).drops
    )


def _rules(text: str) -> tuple[firewall.FirewallRule, ...]:
    return (*firewall.parse_iptables(text), *_policies(text))


def _policies(text: str) -> Iterator[firewall.FirewallRule]:
    """Those of the chains whose end drops what comes to it."""
    table = ""
    for line in text.splitlines():
        if line.startswith("*"):
            table = line[1:]
        elif found := _POLICY.fullmatch(line):
            yield firewall.FirewallRule(table, found[1], f"-P {found[1]} DROP", int(found[2]), "DROP")


def credited(packets: Sequence[Packet], rules: Sequence[Rule], plan: WalkPlan) -> tuple[Packet, ...]:
    """The packets; those that were lost, with the rule that dropped them, if it can be but one."""
    told = any(map(says_no, packets))  # then it is one that says so
    able = [rule for rule in rules if " -j REJECT" in rule.text or not told]
    found = [(rule, lost) for rule in able if (lost := _lost(packets, rule, plan))]
    if len(found) != 1 or found[0][0].counted > len(found[0][1]):
        return tuple(packets)
    rule, lost = found[0]
    first = lost[-1].again or lost[-1].number
    its = {packet.number for packet in lost if first in (packet.number, packet.again)}
    return tuple(replace(packet, rules=(*packet.rules, rule)) if packet.number in its else packet for packet in packets)


def _lost(packets: Sequence[Packet], rule: Rule, plan: WalkPlan) -> list[Packet]:
    """Those that came in where the rule stands, were seen nowhere after that, and can have met it."""
    sent = [packet for packet in packets if packet.role in ("question", "answer")]
    return [
        packet
        for packet in sent or [packet for packet in packets if packet.role == "name"]
        if (packet.hops[-1].at.space, packet.hops[-1].going) == (rule.space, "in")
        and _can_meet(packet, rule, plan)
        and not says_no(packet)
        and not (packet.info in _FIRST and packet.connection in _answered(packets))
    ]


def _answered(packets: Sequence[Packet]) -> set[int]:
    """The connections in which the other side has spoken, so that its first packet has arrived."""
    return {packet.connection for packet in packets if packet.role == "answer" and not says_no(packet)}


def _can_meet(packet: Packet, rule: Rule, plan: WalkPlan) -> bool:
    """Whether the protocol, addresses, ports and interface that the rule asks for are the packet's.

    Its target may have been rewritten on the way to the rule, to any of those that the walk knows. What comes out of a
    veth pair has come in by a bridge, for the rules.
    """
    hop = packet.hops[-1]
    (source, sport), (target, dport) = ((bare(end), port_of(end)) for end in (hop.source, hop.target))
    targets, ports = (target, *plan.addresses), (dport, *plan.ports)
    bridges = [point.interface for point in plan.points if point.role == "bridge" and hop.at.role == "veth"]
    asked = dict(_MATCH.findall(rule.text))
    return (
        rule.table.startswith("ip6 ") == (":" in source)
        and asked.get("p", packet.protocol).replace("ipv6-icmp", "icmpv6") == packet.protocol
        and any(fnmatchcase(name, asked.get("i", "+").replace("+", "*")) for name in (hop.at.interface, *bridges))
        and _within(asked.get("s"), (source,))
        and _within(asked.get("d"), targets)
        and _among(asked.get("-sport"), (sport,))
        and _among(asked.get("-dport"), ports)
    )


def _within(network: str | None, addresses: Sequence[str]) -> bool:
    if network is None or "." in network.partition("/")[2]:  # a mask that is no prefix is not judged
        return True
    return any(ip_address(address) in ip_network(network) for address in addresses)


def _among(ports: str | None, known: Sequence[int]) -> bool:
    first, _, last = (ports or "0:65535").partition(":")
    return any(int(first) <= port <= int(last or first) for port in known)


def unseen(recording: WalkRecording) -> Iterator[str]:
    """Where rules of iptables-legacy are, which may have done something that nobody saw."""
    for space, (_, after) in recording.legacy.items():
        where = "the host" if space == HOST else space
        if "\n*" not in after:
            yield f"the rules of iptables-legacy in {where}, which could not be read"
        elif _rules(after):
            yield f"which rules of iptables-legacy a packet met in {where}, as they leave no trace"
