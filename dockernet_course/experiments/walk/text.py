"""A walk in words, made from what was seen and from nothing else. Pure."""

from __future__ import annotations

from collections.abc import Iterator

from dockernet_course.experiments.walk.model import Hop, Packet, Rewrite, Rule, Walk

__all__ = ["rows", "sentences", "told"]

_STEPS = {
    ("own", "out"): "{space} sends it out by {interface}",
    ("own", "in"): "{space} receives it at {interface}",
    ("cable", "in"): "it comes out of {of}'s cable on the host, {interface}",
    ("cable", "out"): "the bridge hands it to {of}'s cable, {interface}",
    ("bridge", "in"): "the bridge {interface} hands it to the host",
    ("bridge", "out"): "the host gives it to the bridge {interface}",
    ("loopback", "out"): "{space} sends it to itself, by {interface}",
    ("loopback", "in"): "{space} receives it at {interface}",
    ("uplink", "out"): "the host sends it out by {interface}",
    ("uplink", "in"): "the host receives it at {interface}",
}
_ENDS = {
    "answered": "It was answered.",
    "delivered": "It arrived at {at}, and no answer was seen.",
    "dropped": "It was thrown away after {at}, {rule}.",
    "refused": "It was refused: {at} said so with a TCP RST.",
    "unreachable": "An ICMP message said that it cannot be delivered; it was first seen at {at}.",
    "not sent": "No packet towards the target was seen at any interface of {source}.",
    "lost": "It was seen last at {at}; what became of it then was not seen.",
    "guarded": "The course's own guard stopped it after {at}: it would have left by an interface that is not this "
    "engine's.",
}


def told(walk: Walk) -> str:
    """Everything, line by line."""
    return "\n".join([repr(walk.output), f"→ {walk.verdict.outcome}", *sentences(walk)])


def sentences(walk: Walk) -> tuple[str, ...]:
    """What happened to each packet, and how it ended."""
    return (*(line for packet in walk for line in _packet(packet)), _end(walk), *_not_seen(walk))


def _packet(packet: Packet) -> Iterator[str]:
    first = packet.hops[0]
    by = f", by {packet.by}, for itself" if packet.by else ""
    again = f", sent again (as packet {packet.again})" if packet.again else ""
    yield f"{packet.number}. {packet.info}: {first.source} → {first.target}{by}{again}"
    for before, hop in zip((first, *packet.hops), packet.hops, strict=False):
        yield from (f"   {_rewrite(change)}" for change in hop.rewrites)
        if before.ttl != hop.ttl:
            yield f"   it was routed: its TTL was {before.ttl}, and is {hop.ttl}"
        yield f"   {_hop(hop)}"
    yield from (f"   {_dropped(rule)}" for rule in packet.rules if rule.verdict == "drop")


def _hop(hop: Hop) -> str:
    space = "the host" if hop.at.space == "host" else hop.at.space
    return _STEPS[hop.at.role, hop.going].format(space=space, interface=hop.at.interface, of=hop.at.of)


def _rewrite(change: Rewrite) -> str:
    what = f"its {change.what} {change.before} becomes {change.after}"
    if change.rule:
        return f"{what}, by the rule {_rule(change.rule)}"
    if change.undone:
        return f"{what}: the change made to the question is undone for its answer"
    if "conntrack" in change.evidence:
        return f"{what}, as in this connection's first packet"
    return f"{what}; by what was not seen"


def _rule(rule: Rule) -> str:
    return f"{rule.text} (table {rule.table}, in {'the host' if rule.space == 'host' else rule.space})"


def _dropped(rule: Rule) -> str:
    return f"the rule {_rule(rule)} threw it away"


def _end(walk: Walk) -> str:
    verdict = walk.verdict
    rule = f"by the rule {_rule(verdict.rule)}" if verdict.rule else ""
    return _ENDS[verdict.outcome].format(at=verdict.at or "no point at all", rule=rule, source=walk.source)


def _not_seen(walk: Walk) -> tuple[str, ...]:
    return (f"Not seen: {walk.unseen}.",) if walk.unseen else ()


def rows(walk: Walk) -> tuple[tuple[str, ...], ...]:
    """A table, one row for each packet at each point: number, µs, point, direction, source, target, what."""
    return tuple(
        (str(packet.number), f"{hop.at_us:.0f}", str(hop.at), hop.going, hop.source, hop.target, packet.info)
        for packet in walk
        for hop in packet.hops
    )
