"""The reachability matrix: who reaches whom, by which way, asked inside all the places at once."""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

from dockernet_course.errors import LessonError
from dockernet_course.experiments import batch
from dockernet_course.experiments.ask import Place, Question, asked_from, next_command, probe_of, silently
from dockernet_course.experiments.model import WAYS, Cell, Family, Matrix, Probe, Protocol, Verdict, Way
from dockernet_course.experiments.places import placed
from dockernet_course.experiments.targets import Party, addresses, party, question, space, whose
from dockernet_course.experiments.verdicts import judge, lacking
from dockernet_course.lab import Output, SeenContainer, View
from dockernet_course.observe import Topology, observe, only

__all__ = ["ask_all", "ask_cell", "reachability", "told"]

_BUSY = 8.5  # seconds; a command that ends by itself waits for eight at most: a server that says nothing
Asked = dict[Question, tuple[Output, ...]]


def reachability(
    lab: View,
    sources: Iterable[str | Place] | None = None,
    targets: Iterable[str | SeenContainer] | None = None,
    ways: Iterable[Way] = ("name", "address", "port"),
    *,
    port: int | None = None,
    protocol: Protocol = "tcp",
    family: Family | None = None,
    project: str = "",
) -> Matrix:
    """Ask everybody from everywhere: by name and address with ping, at the service's and the published port with curl.

    The service's port is the target's own ``port``, or that at which it listens, or else 80 (by ``protocol`` "udp" 53;
    a datagram is sent, and only ports are asked). ``family`` 4 or 6: at the targets' addresses of that family alone.
    Without ``sources`` or ``targets``: the running containers, by name, or those of a Compose ``project``.
    ``lab.host`` and ``lab.outside`` are sources, too. All questions are put at the same time. Raises LessonError for a
    way that does not exist.
    """
    by = tuple(ways)
    if unknown := [way for way in by if way not in WAYS]:
        raise LessonError(f"There is no such way: {', '.join(map(repr, unknown))}.", cure=f"Ways: {', '.join(WAYS)}.")
    topology = only(observe(lab), project)
    asking = [placed(lab, who) for who in sources] if sources is not None else _running(lab, topology)
    asked = [placed(lab, who) for who in targets] if targets is not None else _running(lab, topology)
    wanted = [
        (source, target, way, _question(lab, topology, source, target, way, port, family, protocol))
        for source in asking
        for target in asked
        for way in by
    ]
    plan = {source: [q for who, _, _, q in wanted if who is source and q] for source in asking}
    with lab.permitted("This puts questions to containers.", *(told(who, q) for who in plan for q in plan[who])):
        answers = ask_all(plan)
    cells = (
        replace(_cell(topology, source, target, way, q, answers[source]), family=family, protocol=protocol)
        for source, target, way, q in wanted
    )
    names = (tuple(who.name for who in asking), tuple(who.name for who in asked))
    return Matrix(*names, by, tuple(cells))


def ask_cell(
    lab: View, source: Place, target: Place, way: Way, port: int | None = None, family: Family | None = None
) -> Cell:
    """One cell: the target's ``port``, or that of its service; by a ``family`` alone if one is given."""
    topology = observe(lab)
    asked = _question(lab, topology, source, target, way, port, family)
    answers = {}
    if asked:
        with lab.permitted("This puts a question to a container.", told(source, asked)):
            answers = ask_all({source: [asked]})[source]
    return replace(_cell(topology, source, target, way, asked, answers), family=family)


def _question(
    lab: View,
    seen: Topology,
    source: Place,
    target: Place,
    way: Way,
    port: int | None = None,
    family: Family | None = None,
    protocol: Protocol = "tcp",
) -> Question | None:
    here, there = party(source), party(target)
    asked = None if here == there else question(seen, here, there, way, port, family, protocol=protocol)
    return silently(asked) if asked and lab.strange else asked


def told(source: Place, asked: Question) -> str:
    """The question in a line, for whoever has to permit it."""
    return f"{source.name}$ {next_command(asked)}"


def _running(lab: View, topology: Topology) -> list[Place]:
    alive = {c.id for c in topology.containers if c.namespace}
    return [handle for handle in lab.containers() if handle.id in alive]


def ask_all(plan: Mapping[Place, Iterable[Question]]) -> dict[Place, Asked]:
    """All questions in all places, at the same time: what the commands of each printed."""
    with ThreadPoolExecutor(max(1, len(plan))) as pool:
        return dict(zip(plan, pool.map(_ask_all, plan, plan.values()), strict=True))


def _ask_all(place: Place, questions: Iterable[Question]) -> Asked:
    """Until every question is answered; equal ones are asked once, and from its network where it lacks the commands.

    Where this took so long that the machine must have been busy with something else, silence is no answer: those are
    asked again, once.
    """
    seen, slowest = _rounds(place, dict.fromkeys(questions, ()))
    mute = [q for q, done in seen.items() if lacking(done[-1])]
    if mute and (within := asked_from(place)):
        return seen | _ask_all(within, mute)
    if slowest > _BUSY:
        silent = [q for q, done in seen.items() if judge(q.kind, done) is Verdict.TIMEOUT]
        seen.update(_rounds(place, dict.fromkeys(silent, ()))[0])
    return seen


def _rounds(place: Place, seen: Asked) -> tuple[Asked, float]:
    """Round after round: the first command of each question, then the second where one is needed, and so on.

    Also the seconds that the slowest round took.
    """
    slowest = 0.0
    while commands := {q: line for q, done in seen.items() if (line := next_command(q, done))}:
        began = time.monotonic()
        outputs = batch.run(place, list(commands.values()))
        slowest = max(slowest, time.monotonic() - began)
        seen |= {q: (*seen[q], output) for q, output in zip(commands, outputs, strict=True)}
    return seen, slowest


def _cell(topology: Topology, source: Place, target: Place, way: Way, q: Question | None, answers: Asked) -> Cell:
    here, there = party(source), party(target)
    probe = _to(topology, there, probe_of(source.name, q, answers[q])) if q else None
    return Cell(source.name, target.name, way, probe, here.id, there.id)


def _to(topology: Topology, target: Party, probe: Probe) -> Probe:
    """A name that led to another one here was answered by that one.

    Where it led to nobody here (name servers exist that know every name), it was not found.
    """
    held = {a.ip for a in addresses(space(topology, target), every=True)}
    named = probe.kind == "ping" and probe.target == topology.container(target.id).name
    if not named or not probe.answers or not held.isdisjoint(probe.answers):
        return probe
    if not whose(topology, probe.answers):
        return replace(probe, verdict=Verdict.NAME_NOT_FOUND)
    return replace(probe, verdict=Verdict.ANOTHER) if probe.ok else probe
