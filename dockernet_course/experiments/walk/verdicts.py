"""How a walk ended, from what was seen and from what the command said. Pure. What was not seen is not guessed."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from dockernet_course.experiments import verdicts
from dockernet_course.experiments.model import Verdict as Said
from dockernet_course.experiments.targets import HOST
from dockernet_course.experiments.walk import causes
from dockernet_course.experiments.walk.model import Packet, Point, Rule, WalkVerdict
from dockernet_course.experiments.walk.plan import WalkPlan
from dockernet_course.lab import Output
from dockernet_course.observe import Topology

__all__ = ["judge", "says_no"]

_ICMP = ("icmp", "icmpv6")


def judge(plan: WalkPlan, packets: Sequence[Packet], printed: Output, world: Topology) -> WalkVerdict:
    """The verdict of a walk that the guard let pass: that of the first case which is so, "lost" if none is.

    ``world`` as it was observed before the walk: what is set in it may prove why.
    """
    said = verdicts.judge(plan.question.kind, (printed,)) is Said.OK
    ok = any(_heard(plan, packet) for packet in packets) if plan.datagram else said
    seen = _Seen(plan, world, tuple(packets), ok)
    found = next(filter(None, (case(seen) for case in _CASES)), WalkVerdict("lost", _last(seen.sent)))
    return replace(found, because=causes.because(plan, packets, found, world) or found.because)


@dataclass(frozen=True)
class _Seen:
    """What a verdict rests on; ``ok`` tells that the command was content."""

    plan: WalkPlan
    world: Topology
    packets: tuple[Packet, ...]
    ok: bool

    @property
    def sent(self) -> list[Packet]:
        return [packet for packet in self.packets if packet.role in ("question", "answer")]

    @property
    def answers(self) -> list[Packet]:
        return [packet for packet in self.packets if packet.role == "answer"]

    @property
    def acceptance(self) -> Packet | None:
        """The answer that told the source that its connection is accepted."""
        return next((packet for packet in self.answers if _accepts(self.plan, packet)), None)


def _by_another(seen: _Seen) -> WalkVerdict | None:
    """The answer came from somebody else's veth pair: its name or its address is not only the target's."""
    first = next((each.hops[0].at for each in seen.answers if not each.by and each.hops), None)
    if not seen.ok or first is None or first.role != "veth" or not first.of or first.of == seen.plan.target:
        return None
    return WalkVerdict("answered by another", first, because=f"the answer came from {first.of}")


def _answered(seen: _Seen) -> WalkVerdict | None:
    return WalkVerdict("answered", _last([each for each in seen.answers if not each.by])) if seen.ok else None


def _dropped(seen: _Seen) -> WalkVerdict | None:
    rules = ((packet, rule) for packet in seen.packets for rule in packet.rules if rule.verdict == "drop")
    counting = ((packet, rule) for packet, rule in rules if _matters(seen, packet, rule))
    return next((WalkVerdict("dropped", _last([packet]), rule) for packet, rule in counting), None)


def _matters(seen: _Seen, packet: Packet, rule: Rule) -> bool:
    """A question for a neighbour comes to everybody in its network, and matters to one: who has that address."""
    space = causes.space_of(seen.world, seen.plan, rule.space)
    return packet.role != "neighbour" or (space is not None and space.holds(packet.hops[0].target))


def _refused(seen: _Seen) -> WalkVerdict | None:
    """A reset; one of the connection that was accepted before is its end, not a refusal."""
    taken = seen.acceptance.connection if seen.acceptance else None
    resets = (each for each in seen.answers if each.info == "TCP RST" and each.connection != taken)
    found = next((WalkVerdict("refused", reset.hops[0].at) for reset in resets), None)
    return found or next((_unheard(each) for each in seen.answers if _no_such_port(seen.plan, each)), None)


def _no_such_port(plan: WalkPlan, packet: Packet) -> bool:
    """Whether the target's own kernel says that nothing listens for a datagram (RFC 1122 §4.1.3.1, RFC 4443 §3.1)."""
    at = packet.hops[0].at
    return "port unreachable" in packet.info and at.space == plan.there and not packet.by


def _unheard(packet: Packet) -> WalkVerdict:
    return WalkVerdict("refused", packet.hops[0].at, because=packet.info)


def _no_neighbour(seen: _Seen) -> WalkVerdict | None:
    """Somebody asked who has an address, and nobody answered (arp(7), RFC 4861); so nothing was sent on there."""
    about = [each for each in seen.packets if each.role == "neighbour"]
    told = {each.hops[0].source for each in about if " is at " in each.info}
    lost = [each.hops[0] for each in about if each.info.startswith("who has") and each.hops[0].target not in told]
    sent = {hop.at for each in seen.sent if each.role == "question" for hop in each.hops if hop.going == "out"}
    first = next((hop for hop in lost if hop.going == "out" and hop.at not in sent), None)
    if first is None:
        return None
    who = "the host" if first.at.space == HOST else first.at.space
    why = f"{who} asked who has {first.target}, and nobody answered"
    return WalkVerdict("no neighbour", first.at, because=why)


def _unreachable(seen: _Seen) -> WalkVerdict | None:
    errors = (each for each in seen.answers if each.protocol in _ICMP and says_no(each))
    return next((WalkVerdict("unreachable", error.hops[0].at) for error in errors), None)


def _accepted(seen: _Seen) -> WalkVerdict | None:
    return WalkVerdict("accepted", seen.acceptance.hops[0].at) if seen.acceptance else None


def _not_sent(seen: _Seen) -> WalkVerdict | None:
    return None if seen.sent else WalkVerdict("not sent", _last(seen.packets))


def _delivered(seen: _Seen) -> WalkVerdict | None:
    hops = (hop for packet in seen.sent if packet.role == "question" for hop in packet.hops)
    arrived = [hop.at for hop in hops if hop.going == "in" and not hop.astray and _is_there(seen.plan, hop.at)]
    return WalkVerdict("delivered", arrived[-1]) if arrived and not seen.answers else None


# The first that is so counts: what a rule did comes before what came back, and that before what did not.
_CASES: tuple[Callable[[_Seen], WalkVerdict | None], ...] = (
    *(_by_another, _answered, _dropped, _no_neighbour, _refused, _unreachable, _accepted, _not_sent, _delivered),
)


def says_no(packet: Packet) -> bool:
    """Whether it brings an error back: a TCP RST, or one of ICMP's messages."""
    error = packet.protocol in _ICMP and "reply" not in packet.info
    return packet.role == "answer" and (error or packet.info == "TCP RST")


def _heard(plan: WalkPlan, packet: Packet) -> bool:
    """Whether it is an answer by UDP that came back to the source."""
    start = plan.places[plan.start].name
    came = any(hop.going == "in" and hop.at.space == start for hop in packet.hops)
    return (packet.protocol, packet.role) == ("udp", "answer") and not packet.by and came


def _accepts(plan: WalkPlan, packet: Packet) -> bool:
    """Whether it told the source that its connection is accepted."""
    start = plan.places[plan.start].name
    came = any(hop.going == "in" and hop.at.space == start for hop in packet.hops)
    return packet.info == "TCP SYN, ACK" and not packet.by and came


def _is_there(plan: WalkPlan, point: Point) -> bool:
    """Whether a point is the target's own; for one who walks to itself, its loopback counts."""
    return point.space == plan.there and point.role in ("own", "loopback")


def _last(packets: Sequence[Packet]) -> Point | None:
    return packets[-1].hops[-1].at if packets else None
