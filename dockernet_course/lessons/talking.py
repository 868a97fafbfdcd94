"""What the living map can be asked about two places on it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import cast

from dockernet_course import widgets
from dockernet_course.errors import DockernetError, ObserveError
from dockernet_course.experiments import Cell, Probe, Way, connect, ping, reachability
from dockernet_course.experiments.walk import How, walk
from dockernet_course.experiments.why import Diagnosis, spelt, why
from dockernet_course.figures import WalkView, walk_view, way_words
from dockernet_course.lab import Host, Outside, SeenContainer, View
from dockernet_course.lessons.matrix import explained
from dockernet_course.lessons.walks import COLOURS
from dockernet_course.observe import Topology, observe

__all__ = ["TalkAnswer", "Talking"]

HOWS: tuple[How, ...] = ("address", "name", "port", "port by name", "published")
HOST, OUTSIDE = "host", "outside"


@dataclass(frozen=True)
class TalkAnswer:
    """What came of one question that was put from the living map: a row of its table.

    Where it was not answered, ``why`` has to be found (``asks`` the way that was asked): then ``shown`` proves it, and
    ``cure`` says what to do.
    """

    way: str
    ok: bool
    verdict: str
    why: str
    asks: Way = "port"
    shown: str = ""
    cure: str = ""

    @property
    def open(self) -> bool:
        """Whether its reason is still to be found."""
        return not self.ok and not self.why


class Talking:
    """The ``widget`` in which two are chosen, and the questions to the lab that it puts."""

    def __init__(self, lab: View) -> None:
        self._lab = lab
        self.widget = widgets.Talk(HOWS, self.ask, self.why, self.walk, COLOURS)

    def offer(self, seen: Topology) -> None:
        """Who runs can be chosen; the outside, too, where there is one."""
        running = sorted(c.name for c in seen.containers if c.namespace and c.mine and c.name not in (HOST, OUTSIDE))
        outside = [OUTSIDE] if self._lab.outside else []
        self.widget.offer([*running, HOST, *outside], [*running, *outside])

    def _place(self, name: str) -> SeenContainer | Host | Outside:
        """Raises ObserveError for somebody who is gone."""
        if name == HOST:
            return self._lab.host
        if name == OUTSIDE and self._lab.outside:
            return self._lab.outside
        found = next((c for c in self._lab.containers() if c.real_name == name), None)
        if found is None:
            raise ObserveError(f"{name} is no longer there.", cure="Choose somebody else.")
        return found

    def ask(self, source: str, target: str) -> list[TalkAnswer]:
        """Whether they can talk: by name, by address, and at the service's port. Raises what these questions raise."""
        here, there = self._place(source), self._place(target)
        if isinstance(there, Outside):
            probes: tuple[tuple[Way, Probe], ...] = (
                ("name", ping(here, there.server)),
                ("port", connect(here, there.server)),
            )
            return [TalkAnswer(way_words(way), probe.ok, str(probe.verdict), "", way) for way, probe in probes]
        cells = reachability(self._lab, [here], [cast("SeenContainer", there)]).cells
        seen = observe(self._lab)
        return [_answer(seen, cell) for cell in cells]

    def why(self, source: str, target: str, answer: TalkAnswer) -> TalkAnswer:
        """The answer with its reason: from the cause to the cure. What keeps it from being found is told, too."""
        try:
            found = why(self._lab, self._place(source), self._place(target), answer.asks)
        except DockernetError as error:
            return replace(answer, why=f"Why was not found. {error.what}")
        shown = "\n".join(spelt(line) for each in found.evidence for line in str(each).split("\n"))
        return replace(answer, why=" ".join(_reason(found)), shown=shown, cure=found.cure)

    def walk(self, source: str, target: str, how: str) -> WalkView:
        """One packet's way. Raises ObserveError when there is nothing to walk to."""
        seen = walk(self._lab, self._place(source), self._place(target), cast("How", how))
        return walk_view(seen, title=f"Which way does a packet take from {source} to {target}?")


def _answer(seen: Topology, cell: Cell) -> TalkAnswer:
    ok, verdict = bool(cell.probe and cell.probe.ok), str(cell.probe.verdict) if cell.probe else "no such way"
    return TalkAnswer(way_words(cell.way), ok, verdict, explained(seen, cell).text if ok else "", cell.way)


def _reason(found: Diagnosis) -> Iterator[str]:
    if found.can:
        yield "It was answered this time."
    yield found.text if found.cause else f"Not proved. {found.text}"
    if found.ruled_out:
        yield f"Ruled out: {', '.join(found.ruled_out)}."
    if found.unseen:
        yield f"Not seen: {found.unseen.rstrip('.')}."
