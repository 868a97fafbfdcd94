"""Which rules of the host's firewall counted a packet.

Every rule of iptables and nftables that Docker writes has a counter. Read them before and after an action, and the
rules whose counter rose are those that the action's packets met, the one that dropped them included::

    rules = counted(lab, lambda: ping(web, address))
    rules.drops[0].text        # -A DOCKER-ISOLATION-STAGE-2 -o br-… -j DROP

Engines differ in their rules, so nothing here knows one by name: the text is the tool's own. Other packets may pass
meanwhile and be counted too; ``drops`` and ``about`` choose. IPv4 only. Where the host has tables of both kinds of
iptables, those of iptables-legacy are read too, and marked. Sources: iptables-save(8), iptables(8), nft(8).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal

from dockernet_course.experiments.nftables import HOOKS, PRIORITIES, Place, places
from dockernet_course.lab import Lab

__all__ = ["Counted", "FirewallRule", "counted", "parse", "parse_iptables", "parse_nft", "read", "risen", "unread"]

_LEGACY_WARNING = "iptables-legacy tables present"
_READ = """
iptables-save -c 2>&1
echo '%legacy'; iptables-legacy-save -c 2>&1
echo '%nft'; nft list ruleset 2>&1
true
"""
_LEGACY_TABLE = re.compile(r"^\*", re.MULTILINE)
_IPTABLES_RULE = re.compile(r"\[(\d+):\d+\] (-A (\S+)(?: .*)?)")
_NFT_COUNTER = re.compile(r"counter packets (\d+) bytes \d+ ?")
_NFT_VERDICT = re.compile(r"\b(?:(drop|reject|accept|return|masquerade|dnat|snat)|(?:jump|goto) (\S+))\b")
_DROPS = ("DROP", "REJECT")
_BEFORE_ROUTING = ("PREROUTING", "OUTPUT")  # the hooks at which the table nat changes the target


@dataclass(frozen=True)
class FirewallRule:
    """A rule that counts. ``text`` is the tool's own, without the counter; ``verdict`` is where it sends a packet:
    DROP, ACCEPT, the name of another chain …, or "" if it only counts. ``tool`` printed it: iptables-legacy has tables
    of its own, with the same names. ``place`` is when a packet comes to its chain, as far as nft tells it.
    """  # noqa: D205

    table: str
    chain: str
    text: str
    packets: int
    verdict: str
    tool: Literal["iptables", "iptables-legacy", "nft"] = "iptables"
    place: Place | None = field(default=None, compare=False)

    @property
    def where(self) -> str:
        """Its table's name, with the tool where two tools have tables of that name."""
        return f"{self.table} of {self.tool}" if self.tool == "iptables-legacy" else self.table

    @property
    def drops(self) -> bool:
        """Whether it drops or rejects a packet."""
        return self.verdict in _DROPS

    def __contains__(self, part: str) -> bool:
        return part in self.text


@dataclass(frozen=True, repr=False)
class Counted:
    """The rules that counted, with the ``packets`` that each did, in the order in which a packet meets them."""

    rules: tuple[FirewallRule, ...]
    unread: str = ""
    """Which rules could not be read; empty when all were."""

    @property
    def drops(self) -> tuple[FirewallRule, ...]:
        """Those of the rules that dropped or rejected packets."""
        return tuple(rule for rule in self.rules if rule.drops)

    def about(self, *parts: str) -> Counted:
        """Those with one of the words in them: the name of a bridge, an address."""
        chosen = tuple(rule for rule in self.rules if any(part in rule for part in parts))
        return replace(self, rules=chosen)

    def __iter__(self) -> Iterator[FirewallRule]:
        return iter(self.rules)

    def __len__(self) -> int:
        return len(self.rules)

    def __repr__(self) -> str:
        lines = [f"{rule.packets}× in {rule.where}: {rule.text}" for rule in self.rules]
        return "\n".join(lines) or self.unread or "no rule has counted a packet"


def counted(lab: Lab, action: Callable[[], object]) -> Counted:
    """Do the action, and tell which rules on the engine's host counted a packet meanwhile.

    Rules that are there and could not be read are named in ``unread``.
    """
    before = read(lab)
    action()
    after = read(lab)
    return replace(risen(parse(before), parse(after)), unread=unread(after))


def read(lab: Lab) -> str:
    """What the tools print on the host: iptables, iptables-legacy, nft."""
    return lab.observer.run(["sh", "-c", _READ]).text


def parse(text: str) -> tuple[FirewallRule, ...]:
    """All rules with their counters, in what was read."""
    iptables, legacy, nft = _parts(text)
    seen = parse_iptables(iptables)
    old = (replace(rule, tool="iptables-legacy") for rule in parse_iptables(legacy))
    return (*seen, *old, *parse_nft(nft, {rule.table for rule in seen}))


def unread(text: str) -> str:
    """What was there and could not be read, in a sentence, or nothing."""
    iptables, legacy, _ = _parts(text)
    missed = _LEGACY_WARNING in iptables and not _LEGACY_TABLE.search(legacy)
    return "there are tables of iptables-legacy, and they could not be read" if missed else ""


def _parts(text: str) -> tuple[str, str, str]:
    rest, _, nft = text.partition("%nft\n")
    iptables, _, legacy = rest.partition("%legacy\n")
    return iptables, legacy, nft


def parse_iptables(text: str) -> tuple[FirewallRule, ...]:
    """The rules in what ``iptables-save -c`` prints."""
    rules, table = [], ""
    for line in text.splitlines():
        if line.startswith("*"):
            table = line[1:]
        elif found := _IPTABLES_RULE.fullmatch(line):
            packets, rule, chain = found.groups()
            target = re.search(r" -[jg] (\S+)", rule)
            rules.append(FirewallRule(table, chain, rule, int(packets), target[1] if target else ""))
    return tuple(rules)


def parse_nft(text: str, known: Collection[str] = ()) -> tuple[FirewallRule, ...]:
    """The rules with a counter in what ``nft list ruleset`` prints, except those of IPv6.

    ``known`` are the tables that iptables has shown: with its nft backend, ``nft`` shows them a second time.
    """
    rules, table, chain, found_at = [], "", "", places(text)
    for line in map(str.strip, text.splitlines()):
        if line.startswith("table "):
            table = line.removeprefix("table ").removesuffix(" {")
        elif line.startswith("chain "):
            chain = line.removeprefix("chain ").removesuffix(" {")
        elif (found := _NFT_COUNTER.search(line)) and not _left_out(table, known):
            rule = _NFT_COUNTER.sub("", line)
            at, verdict = found_at.get((table, chain)), _nft_verdict(rule)
            rules.append(FirewallRule(table, chain, f"{chain}: {rule}", int(found[1]), verdict, "nft", at))
    return tuple(rules)


def _left_out(table: str, known: Collection[str]) -> bool:
    family, _, name = table.partition(" ")
    return family == "ip6" or (family == "ip" and name in known)


def _nft_verdict(rule: str) -> str:
    found = _NFT_VERDICT.search(rule)
    return (found[1] or "").upper() or found[2] if found else ""


def risen(before: Iterable[FirewallRule], after: Sequence[FirewallRule]) -> Counted:
    """The rules whose counter rose, by how much, in the order in which a packet meets them.

    Rules with the same text in one chain are told apart by their order. One that is new began at zero.
    """
    old = dict(_numbered(before))
    rose = []
    for key, rule in _numbered(after):
        packets = rule.packets - (old[key].packets if key in old else 0)
        if packets > 0:
            rose.append(replace(rule, packets=packets))
    return Counted(tuple(_followed(rose)))


def _numbered(rules: Iterable[FirewallRule]) -> Iterator[tuple[tuple[str, str, int], FirewallRule]]:
    seen: dict[tuple[str, str], int] = {}
    for rule in rules:
        key = (rule.where, rule.text)
        seen[key] = seen.get(key, 0) + 1
        yield (*key, seen[key]), rule


def _followed(rules: Sequence[FirewallRule]) -> Iterator[FirewallRule]:
    """Chains that the kernel calls come first; a chain to which a rule leads follows that rule, once."""
    led_to = {(rule.where, rule.verdict) for rule in rules}
    told: set[tuple[str, str]] = set()

    def chain(where: str, name: str) -> Iterator[FirewallRule]:
        if (where, name) in told:
            return
        told.add((where, name))
        for rule in rules:
            if (rule.where, rule.chain) == (where, name):
                yield rule
                yield from chain(where, rule.verdict)

    begins = {(rule.where, rule.chain): rule for rule in rules if (rule.where, rule.chain) not in led_to}
    for where, name in sorted(begins, key=lambda begin: _place(begins[begin])):
        yield from chain(where, name)


def _place(rule: FirewallRule) -> tuple[int, int, int, str, str]:
    """When a packet comes to a chain that the kernel calls, or that a verdict map leads to; what is unknown is last."""
    if rule.place:
        return (*rule.place, rule.where, rule.chain)
    hook = HOOKS.index(rule.chain) if rule.chain in HOOKS else len(HOOKS)
    nat = "dstnat" if rule.chain in _BEFORE_ROUTING else "srcnat"
    return hook, PRIORITIES.get(nat if rule.table == "nat" else rule.table, 0), 0, rule.where, rule.chain
