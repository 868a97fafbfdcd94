"""The lines and the numbers of a walk on its map: plain numbers, made of legs and spots.

A question runs on one side of a wire, its answer on the other; within a bar both run along its upper edge, where
nothing is written, and what the host passes on runs below the bars. A number stands beside what it is the number of.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import atan2, degrees, dist

from dockernet_course.experiments.walk import Hop
from dockernet_course.figures.drawing.metrics import text_width
from dockernet_course.figures.drawing.primitives import Line, Stop
from dockernet_course.figures.walk.anchors import Atlas, Spot
from dockernet_course.figures.walk.steps import CHANGED, Leg, Step

__all__ = ["DISC", "DrawnStep", "drawn", "stop_width"]

At = tuple[float, float]
DISC, SIGN = 11.0, 14.5
SHORT = 22.0  # a line without a head
HEAD = 0.4  # where on a line its head is: two that meet do not cover each other


@dataclass(frozen=True)
class Lane:
    """How far from a wire, below a bar's upper edge, and below the lowest bar the lines of one style run."""

    aside: float
    strip: float
    floor: float


LANES = {"there": Lane(-3.3, 1.6, 8.6), "back": Lane(3.3, 4.7, 12.0), "aside": Lane(-6.8, 3.1, 10.3)}
PASSED_ON = {"bar", "uplink", "host"}
SECOND = 5.8  # a second connection passes above the first one, and ends beside it


@dataclass(frozen=True)
class DrawnStep:
    """A step as it is drawn."""

    step: Step
    lines: tuple[Line, ...]
    stops: tuple[Stop, ...]


def drawn(legs: Sequence[Leg], atlas: Atlas) -> tuple[DrawnStep, ...]:
    """Every step of every leg, in the order of their numbers."""
    placed = [(leg, step) for leg in legs for step in leg.steps]
    stops = _stops(placed, atlas)
    ways = [way for leg in legs for way in _ways(leg, atlas)]
    return tuple(DrawnStep(step, way, stops[step.number]) for (_, step), way in zip(placed, ways, strict=True))


def stop_width(label: str) -> float:
    """How wide a number's disc is."""
    return max(DISC, text_width(label, 7.6, "bold") + 5.0)


class _Tracks:
    """The ways between spots for the lines of one style."""

    def __init__(self, leg: Leg, atlas: Atlas) -> None:
        self.leg, self.atlas, lane = leg, atlas, LANES[leg.style]
        narrow = atlas.layout.detail > 3
        self.shift, self.strip = lane.aside * (0.4 if narrow else 1.0), lane.strip
        self.second = SECOND if leg.tone == "second" else 0.0
        self.floor = atlas.floor + lane.floor - self.second

    def lines(self, a: Spot, b: Spot, *, head: bool = True) -> tuple[Line, ...]:
        """From one spot to the next, if they are not the same; what the host passes on goes behind other bars."""
        if a == b and a.kind != "self":
            return ()
        points = self._between(a, b)
        arrow = self._home(a) if a == b else _head(points) if head else None
        rounded = tuple((round(x, 2), round(y, 2)) for x, y in points)
        return (Line(rounded, self.leg.tone, self.leg.style, arrow, behind={a.kind, b.kind} <= PASSED_ON),)

    def _between(self, a: Spot, b: Spot) -> list[At]:
        match a.kind, b.kind:
            case "self", "self":
                return self._loop(a)
            case "veth", "bar":
                return [*self._into(a), (self._foot(b), b.y + self.strip), (self._foot(b), b.bottom)]
            case "bar", "veth":
                return list(reversed(self._between(b, a)))
            case ("uplink", "outside") | ("outside", "uplink"):
                return [(s.wire + self.shift, s.middle if s.kind == "uplink" else s.y) for s in (a, b)]
        if a.wire and a.wire == b.wire:
            return [(a.wire + self.shift, a.middle), (b.wire + self.shift, b.middle)]
        if a.bar and a.bar == b.bar:
            return [*self._into(a), *reversed(self._into(b))]
        return [*self._down(a), *reversed(self._down(b))]

    def _loop(self, spot: Spot) -> list[At]:
        """Out of a loopback and into it again."""
        x, out = (spot.x, -13.0) if self.leg.style == "back" else (spot.right, 13.0)
        top, bottom = spot.middle - 3.5, spot.middle + 3.5
        return [(x, top), (x + out, top), (x + out, bottom), (x, bottom)]

    def _home(self, spot: Spot) -> tuple[float, float, float]:
        """The head of the arrow that leads back into a loopback."""
        back = self.leg.style == "back"
        return (spot.x - 4, spot.middle + 3.5, 0.0) if back else (spot.right + 4, spot.middle + 3.5, 180.0)

    def _into(self, veth: Spot) -> list[At]:
        """From the host end of a pair into its bar."""
        x = veth.wire + self.shift
        return [(x, veth.middle), (x, self.atlas.bar(veth.bar).y + self.strip)]

    def _down(self, spot: Spot) -> list[At]:
        """From a spot to where the host passes things on."""
        match spot.kind:
            case "bar":
                x, y = self._foot(spot), spot.bottom
            case "uplink":
                x, y = spot.wire + self.shift, spot.middle
            case _:
                x, y = spot.x + 8 + self.shift + 2 * self.second, spot.y
        return [(x, y), (x, self.floor)]

    def _foot(self, bar: Spot) -> float:
        """Where a line leaves a bar: near its end, where nothing is written."""
        return bar.right - 6 + (0 if self.leg.style == "aside" else self.shift)


def _head(points: Sequence[At]) -> tuple[float, float, float] | None:
    """An arrow's head on the longest part of a line, if that is long enough."""
    (x1, y1), (x2, y2) = max(pairwise(points), key=lambda part: dist(*part))
    if dist((x1, y1), (x2, y2)) <= SHORT:
        return None
    return x1 + HEAD * (x2 - x1), y1 + HEAD * (y2 - y1), degrees(atan2(y2 - y1, x2 - x1))


def _ways(leg: Leg, atlas: Atlas) -> Iterator[tuple[Line, ...]]:
    """The lines of each step: from the step before, and from or to the host's programs where they begin or end it."""
    tracks = _Tracks(leg, atlas)
    if leg.style == "aside":
        yield from (_exchange(tracks, step.hops) for step in leg.steps)
        return
    hops = [hop for step in leg.steps for hop in step.hops]
    spots = [atlas.spot(hop.at) for hop in hops]
    begins = hops[0].going == "out" and spots[0].kind in PASSED_ON
    ends = hops[-1].going == "in" and spots[-1].kind in PASSED_ON and not leg.steps[-1].end
    before = atlas.programs if begins else spots[0]
    for at, spot in enumerate(spots):
        after = tracks.lines(spot, atlas.programs) if ends and at == len(spots) - 1 else ()
        yield (*tracks.lines(before, spot), *after)
        before = spot


def _exchange(tracks: _Tracks, hops: Sequence[Hop]) -> tuple[Line, ...]:
    """A question that may go to many: from where it was sent to every place where it came."""
    spots = [tracks.atlas.spot(hop.at) for hop in hops]
    if spots[0].kind == "self":
        return tracks.lines(spots[0], spots[0])
    found: list[Line] = []
    broadcast = any(hop.at.role == "veth" and hop.going == "out" for hop in hops)
    for at, (hop, spot) in enumerate(zip(hops, spots, strict=True)):
        if at and not (broadcast and spot.kind == "bar" and hop.going == "in"):
            head = hop.going == "in" and hop.at.role != "bridge"
            found += tracks.lines(spots[_sender(hops, at)], spot, head=head)
    return tuple(found)


def _sender(hops: Sequence[Hop], at: int) -> int:
    """Which of the earlier hops it came from: a bridge hands a broadcast to every port."""
    before, hop = hops[at - 1].at, hops[at].at
    if hop.role in ("veth", "bridge") and before.role in ("veth", "bridge", "own") and at > 1:
        return next((n for n in range(at) if hops[n].going == "in" and hops[n].at.role == "veth"), 0)
    return at - 1


def _stops(placed: Sequence[tuple[Leg, Step]], atlas: Atlas) -> dict[int, tuple[Stop, ...]]:
    """The numbers, side by side where several are at one place."""
    groups: dict[tuple[float, float, int], list[tuple[Leg, Step, str]]] = {}
    for leg, step in placed:
        place = _place(leg, atlas.spot(step.hops[0].at))
        label = f"{step.number}{CHANGED}" if any(note.sign == CHANGED for note in step.notes) else str(step.number)
        groups.setdefault(place, []).append((leg, step, label))
        if step.end:
            groups[place].append((leg, step, step.end))
    found: dict[int, tuple[Stop, ...]] = {}
    for (x, y, way), members in groups.items():
        for leg, step, label in members if way > 0 else reversed(members):
            stop = _stop(leg, step, label, (x, y), way)
            others = found.get(step.number, ())
            found[step.number] = (*others, stop) if way > 0 else (stop, *others)
            x += way * (stop.w + 2)
    return found


def _stop(leg: Leg, step: Step, label: str, at: At, way: int) -> Stop:
    """A number, or the sign of an end, that begins at a point."""
    if label == step.end:
        return Stop(round(at[0] + way * SIGN / 2, 2), round(at[1], 2), SIGN, SIGN, label, "gone")
    wide = stop_width(label)
    hollow = leg.style == "back"
    return Stop(round(at[0] + way * wide / 2, 2), round(at[1], 2), round(wide, 2), DISC, label, leg.tone, hollow)


def _place(leg: Leg, spot: Spot) -> tuple[float, float, int]:
    """Where the first number at a spot begins, and to which side the others follow."""
    back = leg.style == "back"
    match spot.kind:
        case "own" if leg.style == "aside" and spot.h > DISC:
            return spot.wire - 9, spot.bottom + 14, -1
        case "bar":
            return spot.right - 3, spot.bottom + 4.5, -1
        case "outside":
            return spot.x - 4, spot.middle, -1
        case "self":
            return (spot.x - 8, spot.middle, -1) if back else (spot.right + 8, spot.middle, 1)
        case "host":
            return spot.right + 4, spot.middle, 1
    return (spot.right - 1.5, spot.middle, 1) if back else (spot.x + 1.5, spot.middle, -1)
