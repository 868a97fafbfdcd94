"""A walk in words, made from what was seen and from nothing else. Pure."""

from __future__ import annotations

from collections.abc import Iterator

from dockernet_course.experiments.walk.model import Hop, Packet, Rewrite, Rule, Trace

__all__ = ["end_words", "hop_words", "rewrite_words", "rows", "rule_words", "sentences", "told", "unseen_words"]

_STEPS = {
    ("own", "out"): "{space} sends it out by {interface}",
    ("own", "in"): "{space} receives it at {interface}",
    ("veth", "in"): "it comes out of {of}'s veth pair on the host, {interface}",
    ("veth", "out"): "the bridge hands it to {of}'s veth pair, {interface}",
    ("bridge", "in"): "the bridge {interface} hands it to the host",
    ("bridge", "out"): "the host gives it to the bridge {interface}",
    ("loopback", "out"): "it goes out by {interface}, which leads back into the same namespace",
    ("loopback", "in"): "{space} receives it at {interface}",
    ("uplink", "out"): "the host sends it out by {interface}",
    ("uplink", "in"): "the host receives it at {interface}",
}
_ENDS = {
    "answered": "It was answered.",
    "answered by another": "It was answered, but not by {target}: {because}.",
    "no neighbour": "It could not be sent on from {at}: {because}.",
    "accepted": "The connection was accepted at {at}; then no answer came, or it was reset.",
    "delivered": "It arrived at {at}, and no answer was seen.",
    "dropped": "It was dropped after {at}{rule}.",
    "refused": "It was refused: {at} said so with a TCP RST.",
    "unreachable": "An ICMP message said that it cannot be delivered; it was first seen at {at}.",
    "not sent": "No packet towards the target was seen at any interface of {source}.",
    "lost": "It was seen last at {at}; what became of it then was not seen.",
    "guarded": "The course's own guard stopped it after {at}: it would have left by an interface that is not this "
    "engine's.",
}

_PROVED = {
    "refused": "It was refused: {at} said so with {because}.",
    "delivered": "It arrived at {at}, and no answer was seen: {because}.",
    "unreachable": "An ICMP message said that it cannot be delivered; it was first seen at {at}: {because}.",
    "not sent": "No packet towards the target was seen at any interface of {source}: {because}.",
    "lost": "It was seen last at {at}, and nothing passed it on: {because}.",
}


def told(walk: Trace) -> str:
    """A walk's repr: the command and its output, the outcome, then ``sentences``."""
    return "\n".join([repr(walk.output), f"→ {walk.verdict.outcome}", *sentences(walk)])


def sentences(walk: Trace) -> tuple[str, ...]:
    """What happened to each packet, and how it ended."""
    return (*(line for packet in walk for line in _packet(packet)), end_words(walk), *unseen_words(walk))


def _packet(packet: Packet) -> Iterator[str]:
    first = packet.hops[0]
    by = f", by {packet.by}, for itself" if packet.by else ""
    again = f", sent again (as packet {packet.again})" if packet.again else ""
    yield f"{packet.number}. {packet.info}: {first.source} → {first.target}{by}{again}"
    for before, hop in zip((first, *packet.hops), packet.hops, strict=False):
        yield from (f"   {_rewrite(change)}" for change in hop.rewrites)
        if before.ttl != hop.ttl:
            yield f"   it was routed: its TTL was {before.ttl}, and is {hop.ttl}"
        yield f"   {hop_words(hop)}"
    yield from (f"   {_rewrite(change)}" for change in packet.after)
    yield from (f"   {_dropped(rule)}" for rule in packet.rules if rule.verdict == "drop")


def hop_words(hop: Hop) -> str:
    """What the packet does at a point."""
    space = "the host" if hop.at.space == "host" else hop.at.space
    if hop.astray:
        return f"it comes to {space} at {hop.at.interface}, which drops it: it is for the MAC address {hop.mac_to}"
    return _STEPS[hop.at.role, hop.going].format(
        space=space, interface=hop.at.interface, of=hop.at.of or "another container"
    )


def rewrite_words(change: Rewrite) -> str:
    """A change of an address, and why, if no rule says it."""
    what = f"its {change.what} {change.before} becomes {change.after}"
    if change.rule:
        return what
    if change.undone:
        return f"{what}: the change made to the question is undone for its answer"
    if "conntrack" in change.evidence:
        return f"{what}, as in this connection's first packet"
    return f"{what}; by what was not seen"


def _rewrite(change: Rewrite) -> str:
    by = f", by the rule {rule_words(change.rule)}" if change.rule else ""
    return f"{rewrite_words(change)}{by}"


def rule_words(rule: Rule) -> str:
    """A rule in the tool's own words, and where it stands."""
    table = f"{rule.table} of iptables-legacy" if rule.evidence == "counters" else rule.table
    return f"{rule.text} (table {table}, in {'the host' if rule.space == 'host' else rule.space})"


def _dropped(rule: Rule) -> str:
    if rule.evidence == "counters":
        return f"it was dropped: {_risen(rule)}"
    return f"the rule {rule_words(rule)} dropped it"


def _risen(rule: Rule) -> str:
    return f"the counter of the rule {rule_words(rule)} rose by {rule.counted}"


def _by(rule: Rule) -> str:
    return f": {_risen(rule)}" if rule.evidence == "counters" else f", by the rule {rule_words(rule)}"


def end_words(walk: Trace, *, rules: bool = True) -> str:
    """How it ended; with ``rules`` also by which one."""
    verdict = walk.verdict
    rule = _by(verdict.rule) if verdict.rule and rules else ""
    text = (_PROVED if verdict.because else _ENDS).get(verdict.outcome) or _ENDS[verdict.outcome]
    at, because = verdict.at or "no point at all", verdict.because
    return text.format(at=at, rule=rule, source=walk.source, target=walk.target, because=because)


def unseen_words(walk: Trace) -> tuple[str, ...]:
    """What could not be seen, if anything."""
    return (f"Not seen: {walk.unseen}.",) if walk.unseen else ()


def rows(walk: Trace) -> tuple[tuple[str, ...], ...]:
    """A table, one row for each packet at each point: number, µs, point, direction, source, target, what."""
    return tuple(
        (str(packet.number), f"{hop.at_us:.0f}", str(hop.at), hop.going, hop.source, hop.target, packet.info)
        for packet in walk
        for hop in packet.hops
    )
