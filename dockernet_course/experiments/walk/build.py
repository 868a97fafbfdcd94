"""From a recording to a walk: packets with hops, rewrites and rules, and the verdict. Pure."""

from __future__ import annotations

import shlex
from collections.abc import Iterable, Sequence
from typing import Literal

from dockernet_course.experiments.ask import next_command
from dockernet_course.experiments.targets import HOST
from dockernet_course.experiments.walk import counters, rewrites, rules
from dockernet_course.experiments.walk.model import Hop, How, Packet, Rule, WalkVerdict
from dockernet_course.experiments.walk.netfilter import Connection, TraceStep, connections, steps
from dockernet_course.experiments.walk.packets import Sight, Sightings, grouped
from dockernet_course.experiments.walk.plan import OUTSIDE, WalkPlan
from dockernet_course.experiments.walk.recording import WalkRecording, parse
from dockernet_course.experiments.walk.result import Walk
from dockernet_course.experiments.walk.trace_table import GUARD
from dockernet_course.experiments.walk.verdicts import judge
from dockernet_course.lab import Output, argv_of
from dockernet_course.observe import Topology

__all__ = ["build"]

_DNS = "Docker's DNS"
_Met = tuple[TraceStep, Rule]
Role = Literal["neighbour", "name", "question", "answer"]


def build(plan: WalkPlan, output: bytes, how: How, world: Topology, table: str) -> Walk:
    """The walk in the walker's output; ``world`` was observed before it.

    ``table`` is the name of our own firewall table, which made the trace.
    """
    recording = parse(output, tuple(place.name for place in plan.places))
    groups = _its(plan, grouped(recording.frames, exact=plan.datagram))
    met = _met(recording)
    packets = _packets(plan, groups, met, tuple(connections(recording.messages)), table)
    printed = _output(plan, recording)
    verdict = _guarded(plan, packets, groups, met, table) or judge(plan, packets, printed, world)
    if verdict.outcome not in ("answered", "guarded", "dropped"):
        packets = counters.credited(packets, counters.risen(recording), plan)
        verdict = judge(plan, packets, printed, world)
    whose = (world.engine, plan.source, plan.target, how)
    unseen = _unseen(recording, verdict)
    return Walk(*whose, packets, verdict, printed, world, plan.question, unseen, recording.frames)


def _its(plan: WalkPlan, groups: Sequence[Sightings]) -> list[Sightings]:
    """Without the connections that somebody else began meanwhile: neither the source, nor the host (docker-proxy).

    A question for a neighbour belongs to no connection. An error of ICMP belongs to the packet that it quotes, so to
    none of others.
    """
    began: dict[int, bool] = {}
    for group in groups:
        frame = group.sights[0].frame
        its = frame.outgoing and frame.space in (plan.places[plan.start].name, HOST)
        began.setdefault(group.connection, its)
    own = [group for group in groups if began[group.connection] and not group.first.quotes]
    told = {group.first.quoted for group in own}
    return [group for group in groups if group in own or _of_neighbours(group) or group.first.quotes in told]


def _of_neighbours(group: Sightings) -> bool:
    return group.first.protocol in ("arp", "ndp")


def _output(plan: WalkPlan, recording: WalkRecording) -> Output:
    command, place = next_command(plan.question), plan.places[plan.start].name
    if place in (HOST, OUTSIDE):
        return Output(command, recording.printed, recording.exit_code, f"{place}$")
    line = shlex.join(["docker", "exec", plan.source, *argv_of(command)])
    return Output(line, recording.printed, recording.exit_code)


def _met(recording: WalkRecording) -> list[_Met]:
    known = {space: rules.texts(text, recording.iptables.get(space, "")) for space, text in recording.nft.items()}
    return [(step, rules.named(step, known.get(step.space, {}))) for step in steps(recording.messages)]


def _packets(
    plan: WalkPlan, groups: Sequence[Sightings], met: Sequence[_Met], known: tuple[Connection, ...], table: str
) -> tuple[Packet, ...]:
    numbers = {id(group): number for number, group in enumerate(groups, 1)}
    began = groups[0].sights[0].frame.at_ns if groups else 0
    clients, second = _clients(groups), _second(plan, groups)
    found = []
    for group in groups:
        its = [(step, rule) for step, rule in met if _is_about(plan, step, group)]
        role = _role(plan, group, clients)
        packet = Packet(
            number=numbers[id(group)],
            protocol=group.first.protocol,
            role=role,
            info=group.first.info,
            hops=_hops(plan, group, its, known, began, role),
            rules=tuple(dict.fromkeys(rules.decisive(rule for _, rule in its if not _ours(rule, table)))),
            connection=group.connection,
            size=group.first.size,
            again=numbers[id(group.again)] if group.again else None,
            by="docker-proxy" if group.connection in second else _DNS if group.passed_on and plan.names else "",
            after=() if role == "neighbour" else rewrites.after(group.sights[-1], its, known, answer=role == "answer"),
        )
        found.append(packet)
    return tuple(found)


def _ours(rule: Rule, table: str) -> bool:
    return rule.table in (table, f"ip6 {table}")


def _is_about(plan: WalkPlan, step: TraceStep, group: Sightings) -> bool:
    """The same content, and one end at least is one that was captured: rules rewrite one end at a time."""
    ends = [sight.header.ends for sight in group.sights]
    (source, target), (sources, targets) = step.header.ends, zip(*ends, strict=True)
    same = [header.identity(exact=plan.datagram) for header in (step.header, group.first)]
    return same[0] == same[1] and (source in sources or target in targets)


def _clients(groups: Iterable[Sightings]) -> dict[int, set[str]]:
    """Connection → the ends that began it, before and after rewriting."""
    found: dict[int, set[str]] = {}
    for group in groups:
        found.setdefault(group.connection, {sight.header.ends[0] for sight in group.sights})
    return found


def _role(plan: WalkPlan, group: Sightings, clients: dict[int, set[str]]) -> Role:
    header = group.first
    if _of_neighbours(group) or (header.protocol == "udp" and not plan.datagram):
        return "neighbour" if _of_neighbours(group) else "name"
    if header.protocol in ("icmp", "icmpv6"):
        return "question" if header.info.endswith("echo request") else "answer"
    return "question" if header.ends[0] in clients[group.connection] else "answer"


def _second(plan: WalkPlan, groups: Iterable[Sightings]) -> set[int]:
    """Connections that the host itself began, to the target, after another one came in at the published port."""
    firsts: dict[int, Sight] = {}
    for group in groups:
        if group.first.protocol == ("udp" if plan.datagram else "tcp"):
            firsts.setdefault(group.connection, group.sights[0])
    if plan.question.target in plan.aim:
        return set()
    later = list(firsts.items())[1:]
    return {n for n, sight in later if sight.where[0] == HOST and sight.where[2] and sight.header.target in plan.aim}


def _hops(
    plan: WalkPlan, group: Sightings, its: Sequence[_Met], known: tuple[Connection, ...], began: int, role: Role
) -> tuple[Hop, ...]:
    ends: list[tuple[str, str] | None] = [None, *(sight.header.ends for sight in group.sights)]
    if role != "neighbour":
        ends[0] = rewrites.before(group.sights[0], [step for step, _ in its])
    return tuple(
        Hop(
            at=plan.point(sight.frame.space, sight.frame.interface),
            going="out" if sight.frame.outgoing else "in",
            at_us=(sight.frame.at_ns - began) / 1000,
            source=sight.header.ends[0],
            target=sight.header.ends[1],
            mac_from=sight.header.mac_from,
            mac_to=sight.header.mac_to,
            ttl=sight.header.ttl,
            rewrites=rewrites.between(old, sight, its, known, captured=at > 0, answer=role == "answer"),
        )
        for at, (old, sight) in enumerate(zip(ends, group.sights, strict=False))
    )


def _guarded(
    plan: WalkPlan, packets: Sequence[Packet], groups: Sequence[Sightings], met: Iterable[_Met], table: str
) -> WalkVerdict | None:
    """What our own guard kept from leaving, if it was the walk's: one that was seen before, or when none was seen."""
    drops = [(s, r) for s, r in met if _ours(r, table) and (r.chain, r.verdict) == (GUARD, "drop")]
    found = (
        (p, rule) for step, rule in drops for p, g in zip(packets, groups, strict=True) if _is_about(plan, step, g)
    )
    its = next((WalkVerdict("guarded", packet.hops[-1].at, rule) for packet, rule in found), None)
    none_seen = all(packet.role == "neighbour" for packet in packets)
    return its or (WalkVerdict("guarded", None, drops[0][1]) if drops and none_seen else None)


def _unseen(recording: WalkRecording, verdict: WalkVerdict) -> str:
    """What could not be seen, in a sentence; empty when everything could."""
    legacy = [] if verdict.rule else counters.unseen(recording)
    troubled = [f"the firewall of {space} could not be traced" for space in recording.troubles]
    lost = [f"some of what the firewall of {space} did" for space in recording.lost]
    return "; ".join([*legacy, *troubled, *lost])
