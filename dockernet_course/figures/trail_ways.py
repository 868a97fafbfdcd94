"""The lines and the numbers of a walk on its map: plain numbers, made of legs and spots.

A question runs on one side of a wire, its answer on the other; within a bar both run along its upper edge, where
nothing is written, and what the host passes on runs below the bars. A number stands beside what it is the number of.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import atan2, degrees, hypot

from dockernet_course.experiments.walk.model import Hop
from dockernet_course.figures.metrics import text_width
from dockernet_course.figures.shapes import Line, Stop
from dockernet_course.figures.trail import CHANGED, Leg, Step
from dockernet_course.figures.trail_spots import Atlas, Spot

__all__ = ["DISC", "Drawn", "drawn", "stop_width"]

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
SECOND = 5.8  # a second connection passes above the first one, and ends beside it


@dataclass(frozen=True)
class Drawn:
    """A step as it is drawn."""

    step: Step
    lines: tuple[Line, ...]
    stops: tuple[Stop, ...]


def drawn(legs: Sequence[Leg], atlas: Atlas) -> tuple[Drawn, ...]:
    """Every step of every leg, in the order of their numbers."""
    placed = [(leg, step) for leg in legs for step in leg.steps]
    stops = _stops(placed, atlas)
    ways = [way for leg in legs for way in _ways(leg, atlas)]
    return tuple(Drawn(step, way, stops[step.number]) for (_, step), way in zip(placed, ways, strict=True))


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

    def line(self, points: Iterable[At], *, head: bool = True) -> Line:
        """One line, with a head on its longest part."""
        kept = [at for at, _ in pairwise([*points, (-1.0, -1.0)])]
        (x1, y1), (x2, y2) = max(
            pairwise(kept), key=lambda part: hypot(part[1][0] - part[0][0], part[1][1] - part[0][1])
        )
        long = hypot(x2 - x1, y2 - y1) > SHORT
        arrow = (
            (x1 + HEAD * (x2 - x1), y1 + HEAD * (y2 - y1), degrees(atan2(y2 - y1, x2 - x1))) if head and long else None
        )
        return Line(tuple((round(x, 2), round(y, 2)) for x, y in kept), self.leg.tone, self.leg.style, arrow)

    def between(self, a: Spot, b: Spot) -> list[At]:
        """From one spot to the next."""
        if a.kind == b.kind == "self":
            return self.loop(a)
        if a.wire and a.wire == b.wire and {a.kind, b.kind} == {"own", "cable"}:
            return [(a.wire + self.shift, a.middle), (b.wire + self.shift, b.middle)]
        if {a.kind, b.kind} == {"uplink", "outside"}:
            return [(s.wire + self.shift, s.middle if s.kind == "uplink" else s.y) for s in (a, b)]
        if a.bar and a.bar == b.bar:
            return [*self.into(a), *reversed(self.into(b))]
        return [*self.down(a), *reversed(self.down(b))]

    def loop(self, spot: Spot) -> list[At]:
        """Out of a loopback and into it again."""
        x, out = (spot.x, -13.0) if self.leg.style == "back" else (spot.right, 13.0)
        return [
            (x, spot.middle - 3.5),
            (x + out, spot.middle - 3.5),
            (x + out, spot.middle + 3.5),
            (x, spot.middle + 3.5),
        ]

    def into(self, cable: Spot) -> list[At]:
        """From the host's end of a pair into its bar."""
        top = self.atlas.bar(cable.bar).y
        return [(cable.wire + self.shift, cable.middle), (cable.wire + self.shift, top + self.strip)]

    def down(self, spot: Spot) -> list[At]:
        """From a spot to where the host passes things on."""
        if spot.kind == "cable":
            bar = self.atlas.bar(spot.bar)
            return [*self.into(spot), (self.foot(bar), bar.y + self.strip), *self.down(bar)[1:]]
        if spot.kind == "bar":
            x = self.foot(spot)
            return [(x, spot.y + self.strip), (x, self.floor)]
        if spot.kind == "uplink":
            return [(spot.wire + self.shift, spot.middle), (spot.wire + self.shift, self.floor)]
        x = spot.x + 8 + self.shift + 2 * self.second
        return [(x, spot.y), (x, self.floor)]

    def foot(self, bar: Spot) -> float:
        """Where a line leaves a bar: near its end, where nothing is written."""
        return bar.right - 6 + (0 if self.leg.style == "aside" else self.shift)

    def between_bar(self, cable: Spot, bar: Spot) -> list[At]:
        """From the host's end of a pair to where the host gets it from the bridge."""
        x = self.foot(bar)
        return [*self.into(cable), (x, bar.y + self.strip), (x, bar.bottom)]


def _ways(leg: Leg, atlas: Atlas) -> Iterator[tuple[Line, ...]]:
    tracks = _Tracks(leg, atlas)
    if leg.style == "aside":
        yield from (tuple(_exchange(tracks, step.hops, atlas)) for step in leg.steps)
        return
    hops = [hop for step in leg.steps for hop in step.hops]
    spots = [atlas.spot(hop.at) for hop in hops]
    for at, (hop, spot) in enumerate(zip(hops, spots, strict=True)):
        points = _arrival(tracks, spots[at - 1] if at else None, spot, hop)
        thrown = at == len(hops) - 1 and leg.steps[-1].end
        after = at == len(hops) - 1 and hop.going == "in" and spot.kind in ("bar", "uplink") and not thrown
        yield tuple(tracks.line(p) for p in (points, _to_host(tracks, spot) if after else []) if len(p) > 1)


def _arrival(tracks: _Tracks, before: Spot | None, spot: Spot, hop: Hop) -> list[At]:
    """How it came here; the host's own come from its programs."""
    if spot.kind == "self":
        return tracks.loop(spot)
    if before is not None:
        return _part(tracks, before, spot)
    starts_here = hop.going == "out" and spot.kind in ("bar", "uplink")
    return list(reversed(_to_host(tracks, spot))) if starts_here else []


def _part(tracks: _Tracks, a: Spot, b: Spot) -> list[At]:
    if a.kind == "cable" and b.kind == "bar":
        return tracks.between_bar(a, b)
    if a.kind == "bar" and b.kind == "cable":
        return list(reversed(tracks.between_bar(b, a)))
    points = tracks.between(a, b)
    return [(x, max(y, a.bottom) if a.kind == "bar" and at == 0 else y) for at, (x, y) in enumerate(points)]


def _to_host(tracks: _Tracks, spot: Spot) -> list[At]:
    """From a bridge or an uplink to the host's own programs."""
    first, *rest = tracks.down(spot)
    start = (first[0], spot.bottom) if spot.kind == "bar" else first
    return [start, *rest, *reversed(tracks.down(tracks.atlas.host))]


def _exchange(tracks: _Tracks, hops: Sequence[Hop], atlas: Atlas) -> Iterator[Line]:
    """A question that may go to many: from where it was sent to every place where it came."""
    spots = [atlas.spot(hop.at) for hop in hops]
    if spots[0].kind == "self":
        yield tracks.line(tracks.loop(spots[0]))
        return
    for at, (hop, spot) in enumerate(zip(hops, spots, strict=True)):
        before = _sender(hops, at)
        to_all = (
            spot.kind == "bar" and hop.going == "in" and any(h.at.role == "cable" and h.going == "out" for h in hops)
        )
        if before is not None and not to_all:
            points = _part(tracks, spots[before], spot)
            if len(points) > 1:
                yield tracks.line(points, head=hop.going == "in" and hop.at.role != "bridge")


def _sender(hops: Sequence[Hop], at: int) -> int | None:
    """Which of the earlier hops it came from: a bridge hands a broadcast to every port."""
    if at == 0:
        return None
    before, hop = hops[at - 1].at, hops[at].at
    if hop.role in ("cable", "bridge") and before.role in ("cable", "bridge", "own") and at > 1:
        return next((n for n in range(at) if hops[n].going == "in" and hops[n].at.role == "cable"), 0)
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
