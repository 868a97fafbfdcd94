"""Walk → legs and steps in words: which packets of a walk are shown, and what is said of each. Pure; no places yet."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import count

from dockernet_course.experiments.walk import (
    Hop,
    Packet,
    Rewrite,
    Walk,
    bare,
    hop_words,
    port_of,
    rewrite_words,
    rule_words,
)
from dockernet_course.figures.drawing.metrics import literal
from dockernet_course.figures.drawing.primitives import Course, Tone

__all__ = ["CHANGED", "LOST", "ROUTED", "STOPPED", "Leg", "Step", "StepNote", "legs", "rest", "said"]

CHANGED, ROUTED, STOPPED, LOST = "✎", "↘", "✗", "?"
GROUPS = ("ff:ff:ff:ff:ff:ff", "33:33:")  # everybody; those who have joined a group of IPv6 (RFC 2464 §7)
ASKED = {"arp": ("ARP", "everybody in its network"), "ndp": ("neighbour discovery", "its network")}
TIMES = {1: "once", 2: "twice"}


@dataclass(frozen=True)
class StepNote:
    """What else happened at a step: its ``sign``, in words, and the rule that did it."""

    sign: str
    words: str
    rule: str = ""


@dataclass(frozen=True)
class Step:
    """A packet at a point, or a question that is only named and its answer: ``hops`` are where they were seen.

    ``changed`` says which of ``source`` and ``target`` were rewritten on the way here; ``end`` is the sign of what
    went no further.
    """

    number: int
    words: str
    hops: tuple[Hop, ...]
    source: str
    target: str
    changed: tuple[str, ...] = ()
    notes: tuple[StepNote, ...] = ()
    end: str = ""


@dataclass(frozen=True)
class Leg:
    """One packet's way, or an exchange ``aside`` of it (ARP, a name)."""

    title: str
    style: Course
    tone: Tone
    steps: tuple[Step, ...]


def legs(walk: Walk) -> tuple[Leg, ...]:
    """What is shown: of each connection the first question and answer, what was dropped, names and neighbours."""
    found = sorted([*_connections(walk), *_neighbours(walk), *_names(walk)], key=lambda leg: leg[0])
    numbers = count(1)
    return tuple(
        replace(leg, steps=tuple(replace(step, number=next(numbers)) for step in leg.steps)) for _, leg in found
    )


def rest(walk: Walk) -> str:
    """A sentence about the packets that are not shown, if there are any. Their number differs from run to run."""
    shown = {packet.number for packet in _shown(walk)}
    more = [p for p in walk if p.protocol == "tcp" and p.again is None and p.number not in shown]
    return "The connection goes on in the same way: its other packets are not drawn." if more else ""


def said(walk: Walk) -> str:
    """What the command said, in its last line, when nothing was sent."""
    lines = [line for line in walk.output.text.splitlines() if line.strip()]
    return literal(lines[-1]) if lines and walk.verdict.outcome == "not sent" else ""


def _shown(walk: Walk) -> Iterator[Packet]:
    told: set[tuple[int | str, ...]] = set()
    for packet in walk:
        key = (packet.connection, packet.role)
        if packet.role in ("question", "answer") and packet.again is None:
            if key not in told or (_thrown(packet) and (*key, "thrown") not in told):
                yield packet
            told |= {key, (*key, "thrown")} if _thrown(packet) else {key}


def _thrown(packet: Packet) -> bool:
    return any(rule.verdict == "drop" for rule in packet.rules)


def _connections(walk: Walk) -> Iterator[tuple[int, Leg]]:
    for packet in _shown(walk):
        again = sum(other.again == packet.number for other in walk)
        repeated = f", sent again {TIMES.get(again, f'{again} times')}" if again else ""
        style: Course = "there" if packet.role == "question" else "back"
        tone: Tone = "second" if packet.by else "walk"
        yield packet.number, Leg(f"{_title(packet)}{repeated}", style, tone, tuple(_steps(walk, packet)))


def _title(packet: Packet) -> str:
    if packet.protocol in ("icmp", "icmpv6") and packet.role == "answer" and "reply" not in packet.info:
        return f"An error message: {packet.info}"
    where = f" on {packet.by}'s own connection" if packet.by else ""
    return literal(f"The {packet.role}{where}: {packet.info}")


def _steps(walk: Walk, packet: Packet) -> Iterator[Step]:
    """Its points; through a loopback it goes out and in at the same place."""
    hops = packet.hops
    kept = [at for at, hop in enumerate(hops) if not (at and hop.at == hops[at - 1].at)]
    for at in kept:
        hop, last = hops[at], at == kept[-1]
        notes = _changes(hop.rewrites)
        if at and hop.ttl != hops[at - 1].ttl:
            notes += (StepNote(ROUTED, f"it was routed: its TTL was {hops[at - 1].ttl}, and is {hop.ttl}"),)
        notes += (*_changes(packet.after), *_drops(packet)) if last else ()
        source, target = _ends(packet, hop)
        changed = tuple(change.what for change in hop.rewrites)
        yield Step(0, literal(hop_words(hop)), (hop,), source, target, changed, notes, _end(walk, packet) * last)


def _changes(changes: Iterable[Rewrite]) -> tuple[StepNote, ...]:
    return tuple(
        StepNote(CHANGED, rewrite_words(_plain(change)), literal(rule_words(change.rule)) if change.rule else "")
        for change in changes
    )


def _plain(change: Rewrite) -> Rewrite:
    """Without the port, if that stays as it is."""
    before, after = bare(change.before), bare(change.after)
    same = port_of(change.before) == port_of(change.after)
    return replace(change, before=before, after=after) if same else change


def _drops(packet: Packet) -> Iterator[StepNote]:
    for rule in packet.rules:
        if rule.verdict == "drop":
            why = f": this rule's counter rose by {rule.counted}" if rule.evidence == "counters" else ""
            yield StepNote(STOPPED, f"it was dropped here{why}", literal(rule_words(rule)))


def _end(walk: Walk, packet: Packet) -> str:
    """The sign of a packet that went no further: dropped, or not seen again."""
    if _thrown(packet):
        return STOPPED
    asked = [p for p in walk if p.role == "question"]
    first = bool(asked) and packet is asked[0]
    return {"guarded": STOPPED, "lost": LOST, "delivered": LOST}.get(walk.verdict.outcome, "") if first else ""


def _ends(packet: Packet, hop: Hop) -> tuple[str, str]:
    """Source and target; who asked has a port of chance, which says nothing."""
    asks = packet.role == "question" or "question" in packet.info
    return (bare(hop.source), hop.target) if asks else (hop.source, bare(hop.target))


def _neighbours(walk: Walk) -> Iterator[tuple[int, Leg]]:
    """Who asked everybody for an address, and who said that it has it."""
    told = set()
    for packet in walk:
        everybody = packet.role == "neighbour" and packet.hops[0].mac_to.startswith(GROUPS)
        if everybody and packet.info.startswith("who has") and packet.info not in told:
            told.add(packet.info)
            wanted = f"{packet.info.removeprefix('who has ').partition('?')[0]} is at "
            answer = next((p for p in walk if p.role == "neighbour" and p.info.startswith(wanted)), None)
            said = _said(answer)
            whom = "everybody in its network" if packet.protocol == "arp" else "its network"
            words = f"{_who(packet)} asks {whom}: {packet.info} — {said}"
            protocol, whom = ASKED[packet.protocol]
            words = f"{_who(packet)} asks {whom}: {packet.info} — {said}"
            question = f"{protocol}: which MAC has the next address?"
            title = f"Meanwhile, {question}" if _meanwhile(walk, packet) else question[0].upper() + question[1:]
            yield packet.number, _aside(title, packet, words)


def _said(answer: Packet | None) -> str:
    """What came back, and from whom, if it was seen there."""
    if answer is None:
        return "nobody answers"
    who = f"{_who(answer)} answers" if answer.hops[0].going == "out" else "the answer"
    return f"{who}: {answer.info}"


def _meanwhile(walk: Walk, asked: Packet) -> bool:
    """Whether another packet waited on its way for this one."""
    began = asked.hops[0].at_us
    return any(p.hops[0].at_us < began < p.hops[-1].at_us for p in _shown(walk))


def _names(walk: Walk) -> Iterator[tuple[int, Leg]]:
    """Which names were asked for, where, and what the answer was."""
    told, asked_for = set(), _kind(walk)
    for packet in walk:
        name, _, kind = packet.info.removeprefix("DNS question: ").rpartition(", ")
        key = (packet.info, packet.hops[0].at.role)
        if packet.role != "name" or kind != asked_for or "question" not in packet.info or key in told:
            continue
        told.add(key)
        answer = next((p for p in walk if p.number > packet.number and _answers(p, packet, name, asked_for)), None)
        said = answer.info.removeprefix("DNS answer: ") if answer else "no answer came"
        who = packet.by or _who(packet)
        words = f"{who} asks {bare(packet.hops[0].target)} for the name {name} — {said}"
        title = "DNS: asked further on, outside" if packet.by else "DNS: which address has the name?"
        yield packet.number, _aside(title, packet, words)


def _kind(walk: Walk) -> str:
    """Which addresses of the name count: those of the family by which it was then asked."""
    asked = next((p for p in walk if p.role == "question"), None)
    return "AAAA" if asked and ":" in bare(asked.hops[0].source) else "A"


def _answers(packet: Packet, question: Packet, name: str, kind: str) -> bool:
    at_home = [p.hops[0].at.role == "loopback" for p in (packet, question)]
    wanted = packet.info.startswith(f"DNS answer: {name} is ")
    address = packet.info.rpartition(" ")[2]
    family = "not known" in packet.info or (":" in address) == (kind == "AAAA")
    return packet.role == "name" and wanted and family and at_home[0] == at_home[1]


def _who(packet: Packet | None) -> str:
    space = packet.hops[0].at.space if packet else ""
    return "the host" if space == "host" else space


def _aside(title: str, packet: Packet, words: str) -> Leg:
    notes = tuple(note for hop in packet.hops for note in _changes(hop.rewrites))
    changed = tuple(change.what for change in packet.hops[0].rewrites)
    ends = ("", "") if packet.role == "neighbour" else _ends(packet, packet.hops[0])
    return Leg(title, "aside", "muted", (Step(0, literal(words), packet.hops, *ends, changed, notes),))
