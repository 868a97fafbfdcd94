"""What a person has changed on the engine's host, beside what the engine changes by itself.

A snapshot of rules, settings, links, addresses and routes before and one after (``lab/in_observer/hosts_network.py``).
With every container and network the engine writes rules of its own, and they go again. They are told from others by
their shape: a rule of the engine is one of those that it wrote before, with another bridge, address or port. Pure,
except for ``host_state``. Sources: iptables-save(8), https://docs.docker.com/engine/network/packet-filtering-firewalls/
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from dockernet_course.errors import ObserveError
from dockernet_course.lab import settling

__all__ = ["ByHand", "HostState", "IptablesRule", "by_hand", "host_state", "parse_state"]

Link = Mapping[str, Any]


class _Observer(Protocol):
    def exec(self, argv: list[str]) -> bytes: ...


class HasObserver(Protocol):
    """What this needs of a ``Lab``."""

    @property
    def observer(self) -> _Observer: ...


@dataclass(frozen=True)
class IptablesRule:
    """A rule of iptables, as ``iptables-save`` prints it: ``-A CHAIN …``; or a chain's policy, ``:CHAIN DROP``."""

    tool: str
    table: str
    text: str

    @property
    def chain(self) -> str:
        """The chain in which it stands."""
        return self.text.split()[1]


@dataclass(frozen=True)
class HostState:
    """What the network of the engine's host is set to at one moment."""

    rules: tuple[IptablesRule, ...] = ()
    tables: Mapping[str, str] = field(default_factory=dict)
    settings: Mapping[str, str] = field(default_factory=dict)
    links: Mapping[str, Link] = field(default_factory=dict)
    routes: frozenset[str] = frozenset()


@dataclass(frozen=True)
class ByHand:
    """One change that somebody made: ``kind`` is "rule", "setting", "link" or "route"; ``text`` says it in words.

    ``of`` is the name of the link (a route's, too) or of the setting, or else empty.
    """

    kind: str
    text: str
    of: str = ""

    def __str__(self) -> str:
        return self.text


def host_state(lab: HasObserver) -> HostState:
    """Look at the host's network as it is now. Raises ObserveError when the answer cannot be read."""
    return parse_state(lab.observer.exec(settling.show_argv()))


def parse_state(answer: bytes) -> HostState:
    """The snapshot in what the observer's script prints. Raises ObserveError."""
    try:
        seen = json.loads(answer)
    except ValueError:
        raise ObserveError("The observer's answer is no snapshot of the host.", state=repr(answer[:300])) from None
    return HostState(
        rules=tuple(rule for tool, text in seen["rules"].items() for rule in _rules(tool, text)),
        tables=seen["tables"],
        settings=seen["settings"],
        links=seen["links"],
        routes=frozenset(route for routes in (*seen["routes"].values(), *seen["routing"].values()) for route in routes),
    )


def _rules(tool: str, text: str) -> Iterator[IptablesRule]:
    table = ""
    for line in text.splitlines():
        if line.startswith("*"):
            table = line[1:]
        elif line.startswith("-A "):
            yield IptablesRule(tool, table, line)
        elif line.startswith(":") and line.split()[1] in {"DROP", "ACCEPT"}:
            yield IptablesRule(tool, table, ": " + " ".join(line[1:].split()[:2]))


def by_hand(start: HostState, now: HostState) -> tuple[ByHand, ...]:
    """What somebody has changed since the start."""
    return (*_ruled(start, now), *_tabled(start, now), *_set(start, now), *_linked(start, now), *_routed(start, now))


def _ruled(start: HostState, now: HostState) -> Iterator[ByHand]:
    old, new = Counter(start.rules), Counter(now.rules)
    known = {_shape(rule, start) for rule in old}
    for rule in new - old:
        if rule.text.startswith(":"):
            if _policed(rule, old):
                yield ByHand("rule", f"the policy of `{rule.chain}` is {rule.text.split()[-1]} now, in {rule.tool}")
        elif not _of_the_engine(rule, _shape(rule, now), known, repeated=new[rule] > 1):
            yield ByHand("rule", f"a rule is new in {rule.tool}, table {rule.table}: `{rule.text}`")
    for rule in old - new:
        if not rule.text.startswith(":") and _still_due(rule, start, now):
            yield ByHand("rule", f"a rule is gone from {rule.tool}, table {rule.table}: `{rule.text}`")


def _policed(rule: IptablesRule, old: Counter[IptablesRule]) -> bool:
    """Whether somebody has set a policy: ACCEPT is what a new chain has, and DROP what the engine sets in FORWARD."""
    if rule.text == ": FORWARD DROP" and rule.tool == "ip6tables":
        return False
    before = [o for o in old if (o.tool, o.table) == (rule.tool, rule.table) and o.text.startswith(f": {rule.chain} ")]
    return bool(before) or rule.text.endswith("DROP")


def _bridges(state: HostState) -> set[str]:
    return {name for name, link in state.links.items() if link["kind"] == "bridge"}


_ADDRESS = re.compile(r"(?<![\w.:])(?:\d+\.\d+\.\d+\.\d+|\[?[0-9a-f]*:[0-9a-f:]+\]?)(?:/\d+)?(?::\d+)?(?![\w.])")
_PORT = re.compile(r"(--[ds]port|--to-ports) \d+")
# What the engine writes for a published port, a link and an internal network, which none may have at the start.
_WRITTEN = tuple(
    re.compile(pattern)
    for pattern in (
        r"nat -A POSTROUTING -s IP -d IP -p \w+ -m \w+ --dport N -j MASQUERADE",
        r"nat -A POSTROUTING -s IP ! -o BR1 -j (MASQUERADE|SNAT --to-source IP)",
        r"nat -A POSTROUTING -o BR1 -m addrtype --src-type LOCAL -j MASQUERADE",
        r"nat -A DOCKER (-d IP )?(! -i BR1 )?-p \w+ -m \w+ --dport N -j DNAT --to-destination IP",
        r"nat -A DOCKER -i BR1 -j RETURN",
        r"raw -A PREROUTING -d IP ! -i (BR1|lo)( -p \w+ -m \w+ --dport N)? -j DROP",
        r"filter -A DOCKER (-[ds] IP )+(! )?-i BR1 -o BR1 -p \w+ -m \w+ --[ds]port N -j ACCEPT",
        r"filter -A FORWARD (-o BR1 -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT|-o BR1 -j DOCKER)",
        r"filter -A FORWARD (-i BR1 ! -o BR1 -j ACCEPT|-i BR1 -o BR1 -j (ACCEPT|DROP))",
        r"filter -A DOCKER-(FORWARD|CT|BRIDGE|INTERNAL) .*BR1.*",
    )
)


def _shape(rule: IptablesRule, state: HostState) -> str:
    """The rule with a placeholder for each address, port, and bridge; one that comes twice has the same twice."""
    names: dict[str, str] = {}
    for word in rule.text.split():
        if word in _bridges(state) or word.startswith("br-"):
            names.setdefault(word, f"BR{len(names) + 1}")
    text = " ".join(names.get(word, word) for word in rule.text.split())
    without = _PORT.sub(r"\1 N", _ADDRESS.sub("IP", text))
    return f"{rule.table} {without}"


def _of_the_engine(rule: IptablesRule, shape: str, known: set[str], *, repeated: bool) -> bool:
    """Whether the engine writes rules of this shape: for bridges, addresses and ports that it has."""
    if "BR1" not in shape and "IP" not in shape:
        return not repeated and shape in known
    if shape in known or any(pattern.fullmatch(shape) for pattern in _WRITTEN):
        return True
    chain = rule.chain
    lets = re.search(r"-j (ACCEPT|RETURN)", rule.text) is not None
    return chain.startswith("DOCKER") and chain != "DOCKER-USER" and "BR1" in shape and not lets


def _still_due(rule: IptablesRule, start: HostState, now: HostState) -> bool:
    """Whether the engine would not have taken the rule away: all that it speaks of is there, and it names nobody."""
    named = {word for word in rule.text.split() if word in _bridges(start) or word.startswith("br-")}
    one = [a for a in _ADDRESS.findall(rule.text) if "/" not in a or a.endswith(("/32", "/128"))]
    return not one and named <= set(now.links)


def _tabled(start: HostState, now: HostState) -> Iterator[ByHand]:
    """Tables of nftables that are neither iptables' nor the engine's."""
    for name in sorted({*start.tables, *now.tables}):
        family, _, table = name.partition(" ")
        old, new = (re.sub(r"packets \d+ bytes \d+", "", s.tables.get(name, "")) for s in (start, now))
        if old != new and not table.startswith(("docker", "dockernet_walk")):
            what = "changed" if old and new else "new" if new else "gone"
            yield ByHand("rule", f"the table `{table}` of nftables ({family}) is {what}")


# What the engine itself sets when it makes a network.
_ENGINES_OWN = re.compile(r"ipv6/conf/[^/]+/(forwarding|accept_ra|disable_ipv6)|bridge/.*")


def _set(start: HostState, now: HostState) -> Iterator[ByHand]:
    for path, old in start.settings.items():
        new, name = now.settings.get(path, old), f"net.{path.replace('/', '.')}"
        if new != old and not (_ENGINES_OWN.fullmatch(path) and new != "0"):
            yield ByHand("setting", f"`{name}` is {new}, and was {old}", name)


def _linked(start: HostState, now: HostState) -> Iterator[ByHand]:
    for name, old in start.links.items():
        new = now.links.get(name)
        if new is not None and new["index"] == old["index"]:
            yield from (ByHand("link", f"`{name}` {what}", name) for what in _changed(old, new))
        elif old["kind"] not in {"veth", "bridge"}:
            yield ByHand("link", f"`{name}` is gone", name)


def _changed(old: Link, new: Link) -> Iterator[str]:
    """What is another thing now of a link that stayed."""
    if new["up"] != old["up"]:
        yield f"is {'up' if new['up'] else 'down'}"
    if new["master"] != old["master"]:
        yield f"is attached to {_bridge(new)}, and was attached to {_bridge(old)}"
    if lost := set(old["addresses"]) - set(new["addresses"]):
        yield f"has lost its address {min(lost)}"
    if more := set(new["addresses"]) - set(old["addresses"]):
        yield f"has one more address, {min(more)}"
    was, now = old["bridge"], new["bridge"]
    yield from (f"has `{name} {now[name]}`, and had `{name} {was[name]}`" for name in now if now[name] != was.get(name))


def _bridge(link: Link) -> str:
    return f"`{link['master']}`" if link["master"] else "no bridge"


def _routed(start: HostState, now: HostState) -> Iterator[ByHand]:
    """Routes by links that were there at the start and are still there, and as they were.

    A link that goes, goes down or loses an address takes its routes along.
    """
    for route in sorted(start.routes ^ now.routes):
        found = re.search(r"\bdev (\S+)", route)
        device = found[1] if found else ""
        old, new = start.links.get(device), now.links.get(device)
        if device and (old is None or new is None or any(_changed(old, new))):
            continue
        if "proto kernel" in route and route in now.routes:
            continue
        what = "new" if route in now.routes else "gone"
        yield ByHand("route", f"a route of the host is {what}: `{route}`", device)
