"""The rules that a trace names by number, in the words of the tool that wrote them. Pure.

``nft -a list ruleset`` tells each rule's number ("handle"); the rules of iptables are listed there in the same order as
``iptables-save`` prints them, in iptables' own words, which are the ones that Docker's documentation uses.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from dockernet_course.experiments.firewall import parse_iptables
from dockernet_course.experiments.walk.model import Rule
from dockernet_course.experiments.walk.netfilter import TraceStep

__all__ = ["decisive", "named", "texts"]

_HANDLE = re.compile(r"(.*) # handle (\d+)$")
_BROKEN = re.compile(r"\n( # handle \d+$)", re.MULTILINE)  # nft breaks the line where it does not know a target of xt
_COUNTER = re.compile(r"counter packets \d+ bytes \d+ ?")
_NOT_RULES = ("table ", "chain ", "type ", "set ", "map ")
_Key = tuple[str, str, int]


def texts(nft: str, iptables: str) -> dict[_Key, str]:
    """(table, chain, handle) → the rule; iptables' words where it has the chain, with as many rules, too."""
    listed: dict[tuple[str, str], list[tuple[int, str]]] = {}
    for table, chain, handle, text in _listed(nft):
        listed.setdefault((table, chain), []).append((handle, text))
    saved: dict[tuple[str, str], list[str]] = {}
    for rule in parse_iptables(_with_counters(iptables)):
        saved.setdefault((rule.table, rule.chain), []).append(rule.text)
    found = {}
    for (table, chain), rules in listed.items():
        words = saved.get((table, chain), [])
        for at, (handle, text) in enumerate(rules):
            found[table, chain, handle] = words[at] if len(words) == len(rules) else text
    return found


def _with_counters(text: str) -> str:
    """As ``iptables-save -c`` prints them, for the reader that we have."""
    return re.sub(r"^-A", "[0:0] -A", text, flags=re.MULTILINE)


def _listed(text: str) -> Iterator[tuple[str, str, int, str]]:
    table = chain = ""
    for line in map(str.strip, _BROKEN.sub(r"\1", text).splitlines()):
        found = _HANDLE.fullmatch(line)
        if not found:
            continue
        words = found[1].removesuffix(" {").split()
        if line.startswith("table "):
            table = words[-1] if words[1] == "ip" else " ".join(words[1:])
        elif line.startswith("chain "):
            chain = words[1]
        elif not line.startswith(_NOT_RULES):
            yield table, chain, int(found[2]), _COUNTER.sub("", found[1]).strip()


def named(step: TraceStep, known: dict[_Key, str]) -> Rule:
    """The rule of a step; one that is in no text, or a policy, is named as what it is."""
    if step.handle is None:
        text = f"policy {step.verdict} of the chain {step.chain}"
    else:
        text = known.get((step.table, step.chain, step.handle), f"rule with handle {step.handle}")
    return Rule(step.space, step.table, step.chain, text, step.verdict)


def decisive(rules: Iterable[Rule]) -> Iterator[Rule]:
    """Those that did something: not those that a packet only passed, nor policies that let it pass."""
    for rule in rules:
        if rule.verdict.split()[0] not in ("continue", "return") and not rule.text.startswith("policy accept"):
            yield rule
