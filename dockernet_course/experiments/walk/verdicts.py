"""How a walk ended, from what was seen and from what the command said. Pure. What was not seen is not guessed."""

from __future__ import annotations

from collections.abc import Sequence

from dockernet_course.experiments import verdicts
from dockernet_course.experiments.model import Verdict as Said
from dockernet_course.experiments.walk.model import Packet, Point, Verdict
from dockernet_course.experiments.walk.plan import Plan
from dockernet_course.lab import Output

__all__ = ["judge", "says_no"]


def judge(plan: Plan, packets: Sequence[Packet], printed: Output) -> Verdict:
    """The verdict of a walk that the guard let pass."""
    sent = [packet for packet in packets if packet.role in ("question", "answer")]
    answers = [packet for packet in sent if packet.role == "answer"]
    if verdicts.judge(plan.question.kind, (printed,)) is Said.OK:
        return Verdict("answered", _last([packet for packet in answers if not packet.by]))
    dropped = next(((p, r) for p in packets for r in p.rules if r.verdict == "drop"), None)
    if dropped:
        return Verdict("dropped", _last([dropped[0]]), dropped[1])
    accepted = next((packet for packet in answers if _accepts(plan, packet)), None)
    taken = accepted.connection if accepted else None
    refused = next((packet for packet in answers if packet.info == "TCP RST" and packet.connection != taken), None)
    if refused:
        return Verdict("refused", refused.hops[0].at)
    error = next((packet for packet in answers if packet.protocol == "icmp" and says_no(packet)), None)
    if error:
        return Verdict("unreachable", error.hops[0].at)
    if accepted:
        return Verdict("accepted", accepted.hops[0].at)
    if not sent:
        return Verdict("not sent", _last(packets))
    arrived = [
        hop.at
        for packet in sent
        if packet.role == "question"
        for hop in packet.hops
        if hop.going == "in" and _is_there(plan, hop.at)
    ]
    if arrived and not answers:
        return Verdict("delivered", arrived[-1])
    return Verdict("lost", _last(sent))


def says_no(packet: Packet) -> bool:
    """Whether it brings an error back: a TCP RST, or one of ICMP's messages."""
    error = packet.protocol == "icmp" and "reply" not in packet.info
    return packet.role == "answer" and (error or packet.info == "TCP RST")


def _accepts(plan: Plan, packet: Packet) -> bool:
    """Whether it told the source that its connection is accepted."""
    start = plan.places[plan.start].name
    came = any(hop.going == "in" and hop.at.space == start for hop in packet.hops)
    return packet.info == "TCP SYN, ACK" and not packet.by and came


def _is_there(plan: Plan, point: Point) -> bool:
    """Whether a point is the target's own; for one who walks to itself, its loopback counts."""
    return point.space == plan.there and point.role in ("own", "loopback")


def _last(packets: Sequence[Packet]) -> Point | None:
    return packets[-1].hops[-1].at if packets else None
