"""What the living map can be asked about two places on it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import cast

from dockernet_course import widgets
from dockernet_course.errors import ObserveError
from dockernet_course.experiments import Cell, connect, ping, reachability
from dockernet_course.experiments.walk import How, walk
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
    """What came of one question that was put from the living map: a row of its table."""

    way: str
    ok: bool
    verdict: str
    why: str


class Talking:
    """The ``widget`` in which two are chosen, and the questions to the lab that it puts."""

    def __init__(self, lab: View) -> None:
        self._lab = lab
        self.widget = widgets.Talk(HOWS, self.ask, self.walk, COLOURS)

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
            probes = (("name", ping(here, there.server)), ("port", connect(here, there.server)))
            return [TalkAnswer(way_words(way), probe.ok, str(probe.verdict), "") for way, probe in probes]
        cells = reachability(self._lab, [here], [cast("SeenContainer", there)]).cells
        seen = observe(self._lab)
        return [_answer(seen, cell) for cell in cells]

    def walk(self, source: str, target: str, how: str) -> WalkView:
        """One packet's way. Raises ObserveError when there is nothing to walk to."""
        seen = walk(self._lab, self._place(source), self._place(target), cast("How", how))
        return walk_view(seen, title=f"Which way does a packet take from {source} to {target}?")


def _answer(seen: Topology, cell: Cell) -> TalkAnswer:
    verdict = str(cell.probe.verdict) if cell.probe else "no such way"
    return TalkAnswer(way_words(cell.way), bool(cell.probe and cell.probe.ok), verdict, explained(seen, cell).text)
