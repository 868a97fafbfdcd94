"""From a question that got no answer to its cause: ask, look, and where that does not prove it, follow the packet."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from dockernet_course.errors import ObserveError
from dockernet_course.experiments.ask import Place, Question, probe_of, resolve
from dockernet_course.experiments.explain import reason_for
from dockernet_course.experiments.matrix import ask_all, ask_cell
from dockernet_course.experiments.model import Cell, Family, Probe, Protocol, Verdict, Way
from dockernet_course.experiments.places import placed
from dockernet_course.experiments.reason import Reason
from dockernet_course.experiments.side import listed
from dockernet_course.experiments.situation import Situation
from dockernet_course.experiments.targets import party, question
from dockernet_course.experiments.verdicts import answers, judge
from dockernet_course.experiments.walk import Walk, end_words, rule_words, walk
from dockernet_course.experiments.why.aims import Aim, aim, known_in, stays
from dockernet_course.experiments.why.cures import CURES
from dockernet_course.experiments.why.datagrams import SILENCE, judged
from dockernet_course.experiments.why.evidence import (
    PROVED,
    SERVERS,
    dockers_own,
    of_names,
    of_output,
    of_rule,
    of_walk,
)
from dockernet_course.experiments.why.kernel import astray, name_server, route_of_the_kernel
from dockernet_course.experiments.why.large import Lost, lost
from dockernet_course.experiments.why.model import Diagnosis, Evidence
from dockernet_course.lab import View
from dockernet_course.observe import Topology, inspect, observe

__all__ = ["why"]

_PATIENCE = 2  # seconds; whoever is asked for its MAC address has been asked twice by then (arp(7))
_ISOLATED = "{source} is in {here}, {target} in {there}: Docker keeps its networks apart, by this rule."
_BY = {"name": "by name", "address": "by address", "published": "by a published port"}


def why(
    lab: View,
    source: str | Place,
    target: str | Place,
    way: Way = "port",
    port: int | None = None,
    family: Family | None = None,
    protocol: Protocol = "tcp",
) -> Diagnosis:
    """Whether the source reaches the target, and if not, why: with the fact that proves it.

    Whom to ask may also be "host", "outside", an address, another name or alias, and each with a port: "web:5432",
    "[fd00::2]:5432", "dns:53/udp". ``family``: by IPv4 (4) or IPv6 (6), else as in ``walk``. ``way``: as in a matrix;
    ``port`` is the target's own, and without one that at which it listens; ``protocol`` "udp" asks by a datagram. One
    packet is followed. A cause is named only where a fact proves it.

    Raises NotFound for somebody who is not there, ContainerExited, CommandFailed, ObserveError.
    """
    ends = " → ".join(str(getattr(who, "name", who)) for who in (source, target))
    with lab.permitted("This sends packets, and has the host's firewall trace one for a moment.", ends):
        seen, here = observe(lab), placed(lab, source)
        meant = aim(lab, seen, here, target, port)
        if meant.place is None:
            return _unknown(lab, seen, here, meant.name)
        by: Family | None = (6 if ":" in meant.at else 4) if meant.at else family
        found = [
            _answered(lab, seen, here, meant, there, way, by, meant.protocol or protocol)
            for there in (meant.place, *meant.others)
        ]
        return (
            found[0] if len(found) == 1 else _of_several(meant.name, found, of_names(resolve(here, meant.name).output))
        )


def _of_several(name: str, found: Sequence[Diagnosis], shown: Evidence) -> Diagnosis:
    """A name of several: whoever asks gets one of them, and perhaps one that cannot be reached."""
    worst = min(found, key=lambda each: each.can is not False)
    owners = listed(each.target for each in found)
    text = f"The name {name} leads to {owners}: whoever asks for it gets one or another. "
    if worst.can is not False:
        return replace(worst, text=text + "All of them answer.", evidence=(shown,))
    cause, told = "name of several", f"{text}{worst.target} cannot be reached: {worst.text}"
    return replace(worst, cause=cause, text=told, evidence=(shown, *worst.evidence), cure=CURES[cause], ruled_out=())


def _answered(
    lab: View, seen: Topology, here: Place, meant: Aim, there: Place, way: Way, by: Family | None, protocol: Protocol
) -> Diagnosis:
    """What came of one question to one place."""
    port = meant.port
    whom = meant.at if meant.at and way != "published" else there
    followed = _followed(lab, here, whom, way, port, by, protocol)
    cell = Cell(here.name, there.name, way, None, party(here).id, party(there).id, by, protocol)
    if isinstance(followed, Walk):
        asked = judged(followed, cell) if protocol == "udp" else replace(cell, probe=_probe(followed, here))
        silent = asked.probe is not None and asked.probe.verdict is Verdict.SILENT
        if silent and not followed.verdict.rule and (large := lost(lab, here, there, followed)):
            return _too_large(lab, asked, large)
        return _told(lab, asked, followed.world, followed)
    if protocol == "udp":
        return _not_sent(lab, seen, cell, followed, question(seen, party(here), party(there), way, port, by, "", "udp"))
    if way == "name" and not stays(lab, seen, here, there.name):
        return Diagnosis(
            here.name, there.name, _BY[way], None, "", "The name was not asked.", unseen=followed, world=seen
        )
    return _told(lab, ask_cell(lab, here, there, way, port, by), seen, None, unseen=followed)


def _not_sent(lab: View, seen: Topology, cell: Cell, unseen: str, could: Question | None) -> Diagnosis:
    """There is no such way, or the datagram could not be followed: then nothing is sent."""
    if cell.way not in ("port", "published"):
        return Diagnosis(cell.source, cell.target, _by(cell), None, "", "A datagram is sent to a port.")
    if could is None:
        return _told(lab, cell, seen, None, unseen)
    return Diagnosis(cell.source, cell.target, _by(cell), None, "", "The datagram was not sent.", unseen=unseen)


def _probe(followed: Walk, here: Place) -> Probe:
    """The question that was followed, and its answer; asked once more where its kind takes more commands."""
    q, output = followed.question, followed.output
    verdict = Verdict.ANOTHER if followed.verdict.outcome == "answered by another" else judge(q.kind, (output,))
    if verdict is None:
        return probe_of(here.name, q, ask_all({here: [q]})[here][q])
    return Probe(q.kind, here.name, q.target, verdict, output, q.port, answers(q.kind, output))


def _unknown(lab: View, seen: Topology, here: Place, name: str) -> Diagnosis:
    """A name that leads the source to nobody here: in which networks it is known, and by whom."""
    found = known_in(seen, name)
    where = listed(f"{network} ({owner})" for network, owner in found)
    asking = party(here).id
    mine = seen.container(asking).endpoints if asking else ()
    own = listed(sorted(end.network for end in mine)) or "no Docker network"
    text = f"In {here.name} the name {name} leads to nobody here. "
    text += (
        f"It is known in {where}; {here.name} is in {own}." if found else "No container here has that name or alias."
    )
    shown = [of_output(resolve(here, name).output)] if stays(lab, seen, here, name) else []
    shown += [of_output(inspect(lab, owner, "NetworkSettings", "Networks", net, "Aliases")) for net, owner in found]
    cure = (
        f"Connect {here.name} to one of these: `docker network connect`." if found else "Is it spelled as it was given?"
    )
    return Diagnosis(here.name, name, "by name", False, "unknown name", text, tuple(shown), cure, world=seen)


def _followed(
    lab: View,
    here: Place,
    there: str | Place,
    way: Way,
    port: int | None,
    family: Family | None,
    protocol: Protocol,
) -> Walk | str:
    """The packet's way; or why it cannot be followed."""
    try:
        return walk(lab, here, there, way, port, family=family, protocol=protocol, patience=_PATIENCE)
    except ObserveError as error:
        return error.what


def _told(lab: View, cell: Cell, world: Topology, followed: Walk | None, unseen: str = "") -> Diagnosis:
    s = Situation(world, cell)
    reason, words = name_server(lab, s) or reason_for(s), s.words()
    measured = cell.probe and cell.probe.verdict is not Verdict.NOT_MEASURED
    can = cell.probe.ok if cell.probe and measured else None
    rule = of_rule(lab, followed) if followed and followed.verdict.outcome != "guarded" else None
    proved = _proves(reason, followed)
    cause, text = (reason.mechanism, reason.text.format_map(words)) if proved or can is not False else ("", "")
    shown = PROVED.get(reason.mechanism)
    evidence = list(shown(lab, s)) if shown and proved and can is not True else []
    if followed and rule:
        evidence = [*evidence, rule]
        cause, text = (cause, text) if cause else ("firewall rule", _rule(followed))
    elif followed and not cause:
        cause, text, evidence = _ended(lab, followed) or ("", "", [])
    if followed and can is False and (wrong := _elsewhere(lab, followed)):
        cause, (text, way) = "host's route", wrong
        evidence = [way, *([rule] if rule else [])]
    if not cause:
        text = reason.text.format_map(words)
    if cause == "isolation":
        text = _ISOLATED.format_map(words)
    if followed and can and followed.verdict.outcome == "delivered":
        text = f"{text} {SILENCE}"
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
        unseen="" if cause else (followed.unseen if followed else unseen),
        probe=cell.probe,
        walk=followed,
        world=world,
    )


def _proves(reason: Reason, followed: Walk | None) -> bool:
    """Whether a fact is behind the reason: of the observation, or the rule that dropped the packet.

    A rule comes before the target's sockets: what was dropped never came to them.
    """
    rule = followed.verdict.rule if followed else None
    if reason.mechanism == "isolation":
        return dockers_own(rule)
    return reason.mechanism in PROVED and not (rule and reason.mechanism in SERVERS)


def _elsewhere(lab: View, followed: Walk) -> tuple[str, Evidence] | None:
    """Where Docker's rules, or the course's own guard, stopped a packet because the host sent it the wrong way."""
    stopped = followed.verdict.outcome == "guarded" or dockers_own(followed.verdict.rule)
    return astray(lab, followed) if stopped else None


def _ended(lab: View, followed: Walk) -> tuple[str, str, list[Evidence]] | None:
    """The cause that the walk, or the kernel itself, tells where no rule dropped the packet."""
    end = followed.verdict
    if end.because and end.outcome != "refused":
        cause = "no neighbour" if end.outcome == "no neighbour" else "no route"
        return cause, end_words(followed), [of_walk(followed)]
    if lost := route_of_the_kernel(lab, followed):
        return "host's route", "A packet came to the host, and the host's kernel has no way to where it goes.", [lost]
    return None


def _too_large(lab: View, cell: Cell, found: Lost) -> Diagnosis:
    cause, evidence = "packet size", tuple(found.evidence(lab))
    whom = (cell.source, cell.target, _by(cell))
    return Diagnosis(*whom, False, cause, found.text, evidence, CURES[cause], probe=cell.probe, walk=found.large)


def _by(cell: Cell) -> str:
    if cell.way in _BY:
        return _BY[cell.way] + " of UDP" * (cell.protocol == "udp")
    port = "UDP port" if cell.protocol == "udp" else "port"
    return f"at {port} {cell.probe.port}" if cell.probe else f"at its {port}"


def _rule(followed: Walk) -> str:
    rule = followed.verdict.rule
    assert rule  # noqa: S101 (it was asked for)
    kind = "" if rule.text.startswith("policy") else "rule "
    return f"The {kind}{rule_words(rule)} stopped the packet."


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
