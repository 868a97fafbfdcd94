"""From a question that got no answer to its cause: ask, look, and where that does not prove it, follow the packet."""

from __future__ import annotations

from collections.abc import Iterator

from dockernet_course.errors import ObserveError
from dockernet_course.experiments.ask import Place
from dockernet_course.experiments.explain import reason_for
from dockernet_course.experiments.matrix import ask_cell, placed
from dockernet_course.experiments.model import Cell, Probe, Verdict, Way
from dockernet_course.experiments.situation import Situation
from dockernet_course.experiments.verdicts import answers, judge
from dockernet_course.experiments.walk import Walk, end_words, rule_words, walk
from dockernet_course.experiments.why.cures import CURES
from dockernet_course.experiments.why.evidence import PROVED, SERVERS, of_rule, of_walk
from dockernet_course.experiments.why.model import Diagnosis
from dockernet_course.lab import Lab
from dockernet_course.observe import observe

__all__ = ["why"]

_PATIENCE = 2  # seconds; whoever is asked for its MAC address has been asked twice by then (arp(7))
_BY = {"name": "by name", "address": "by address", "published": "by a published port"}


def why(lab: Lab, source: str | Place, target: str | Place, way: Way = "port", port: int | None = None) -> Diagnosis:
    """Whether the source reaches the target, and if not, why: with the fact that proves it.

    ``way``: as in a matrix; ``port`` is the target's own, and without one that at which it listens. One question is
    put, and where it is not answered, one packet is followed. A cause is named only where a fact proves it.

    Raises what these raise: NotFound, ContainerExited, CommandFailed, ObserveError.
    """
    here, there = placed(lab, source), placed(lab, target)
    followed = _followed(lab, here, there, way, port)
    cell = (_cell(followed, here, there, way) if followed else None) or ask_cell(lab, here, there, way, port)
    return _told(lab, cell, Situation(followed.world if followed else observe(lab), cell), followed)


def _cell(followed: Walk, here: Place, there: Place, way: Way) -> Cell | None:
    """The question that was followed, as a cell of a matrix; None where more commands are needed to tell its kind."""
    said = (followed.output,)
    verdict = judge(followed.question.kind, said)
    if verdict is None:
        return None
    if followed.verdict.outcome == "answered by another":
        verdict = Verdict.ANOTHER
    q = followed.question
    probe = Probe(q.kind, here.name, q.target, verdict, followed.output, q.port, answers(q.kind, followed.output))
    return Cell(here.name, there.name, way, probe, getattr(here, "id", ""), getattr(there, "id", ""))


def _followed(lab: Lab, here: Place, there: Place, way: Way, port: int | None) -> Walk | None:
    """The packet's way; None where it cannot be followed, which is said in what was not ruled out."""
    try:
        return walk(lab, here, there, way, port, patience=_PATIENCE)
    except ObserveError:
        return None


def _told(lab: Lab, cell: Cell, s: Situation, followed: Walk | None) -> Diagnosis:
    reason, words = reason_for(s), s.words()
    can = None if cell.probe is None else cell.probe.ok
    rule = of_rule(followed) if followed else None
    proved = reason.mechanism in PROVED and not (rule and reason.mechanism in SERVERS)  # it did not come to the server
    cause, text = (reason.mechanism, reason.text.format_map(words)) if proved or can is not False else ("", "")
    evidence = list(PROVED[reason.mechanism](lab, s)) if proved and can is not True else []
    if followed and rule:
        evidence = [*evidence, rule]
        cause, text = (cause, text) if cause else ("firewall rule", _rule(followed))
    elif followed and not cause and followed.verdict.because:
        cause = "no neighbour" if followed.verdict.outcome == "no neighbour" else "no route"
        text, evidence = end_words(followed), [of_walk(followed)]
    if not cause:
        text = reason.text.format_map(words)
    return Diagnosis(
        source=cell.source,
        target=cell.target,
        way=_by(cell),
        can=can,
        cause=cause,
        text=text,
        evidence=tuple(evidence),
        cure=CURES.get(cause, "").format_map(words) if can is not True else "",
        ruled_out=() if cause else tuple(_not_so(s, followed)),
        probe=cell.probe,
        walk=followed,
    )


def _by(cell: Cell) -> str:
    return _BY.get(cell.way) or f"at port {cell.probe.port}" if cell.probe else _BY.get(cell.way, "at its port")


def _rule(followed: Walk) -> str:
    rule = followed.verdict.rule
    assert rule  # noqa: S101 (it was asked for)
    return f"The rule {rule_words(rule)} stopped the packet."


def _not_so(s: Situation, followed: Walk | None) -> Iterator[str]:
    """What a fact excludes."""
    if s.listener == "there":
        yield f"{s.target.name} does listen on port {s.inner_port}"
    if s.common and not s.kept_apart:
        yield "they are in one network, and it lets its containers talk"
    if not (s.target.cut_off or s.source.cut_off):
        yield "their veth pairs are attached"
    if followed and not followed.verdict.rule and not followed.unseen:
        yield "no rule of the firewall dropped the packet"
