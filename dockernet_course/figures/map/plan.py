"""Where everything goes: the numbers that several maps of one film share, so that nothing jumps between them.

Two layers, as a bus is drawn: boxes in a row, bars (bridges) on horizontal tracks below, each wire straight down. The
x of everything follows from an arrangement (``ordering`` tries some, ``_cost`` is the price of one); the y comes last.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from itertools import combinations, product

from dockernet_course.figures.map.labels import STACKED, Style
from dockernet_course.figures.map.ordering import Arrangement, Cost, Port, Span, arrange, crossings, spread
from dockernet_course.figures.map.scene import Scene
from dockernet_course.figures.map.sizes import LINE, TAG, BoxNeed, Needs, by_name, common_prefix, foot_width, measure

__all__ = ["MARGIN", "BoxPlace", "MapPlan", "make_plan"]

MARGIN, INSET = 7.0, 11.0
COLUMN_GAP, BOX_PAD = 12.0, 1.0
WIDE_LANE, NARROW_LANE = 5.0, 3.0
BAR, DENSE_PAD, TRACK_GAP = 31.0, 6.0, 16.0
MOST_SPACED = 6
ONE_ROW = (Style(0, 150), Style(0, 92), Style(1, 110), Style(1, 58), Style(2, 58), Style(3, 58))


@dataclass(frozen=True)
class BoxPlace:
    """The rectangle of a box."""

    x: float
    y: float
    w: float
    h: float


@dataclass(frozen=True)
class MapPlan:
    """Numbers in points, from the left edge of the host's inside and the top of the map.

    ``slots`` gives each slot's x, ``spans`` each bar's extent; ``near_lane`` and ``far_lane`` are the y of the ends
    that are on their way; ``host_top`` to ``floor`` is the inside of the host without its foot.
    """

    style: Style
    needs: Needs
    width: float
    boxes: Mapping[str, BoxPlace]
    slots: Mapping[str, float]
    spans: Mapping[str, Span]
    bars: Mapping[str, tuple[float, float]]
    host_top: float
    near_lane: float
    far_lane: float
    floor: float
    crossings: int

    @property
    def left(self) -> float:
        """The x of the inside's left edge on the canvas."""
        return MARGIN + INSET


def make_plan(scenes: Sequence[Scene], max_width: float, min_width: float) -> MapPlan:
    """The plan with the most detail that fits into ``max_width``; the last resort may be wider or taller."""
    room = max_width - 2 * (MARGIN + INSET)
    prefix = common_prefix(guest.name for scene in scenes for box in scene.boxes for guest in box.guests)
    foot = max((foot_width(scene) for scene in scenes), default=0.0)
    least = min(max(min_width - 2 * (MARGIN + INSET), foot), room)
    for style in (replace(style, prefix=prefix) for style in ONE_ROW):
        needs = measure(scenes, style)
        if _row_width(needs, style) <= room:
            return _plan(needs, style, room, least)
    count = len({box.key for scene in scenes for box in scene.boxes})
    grids = [(rows, WIDE_LANE) for rows in range(1, min(count, 8) + 1)]
    grids += [(rows, NARROW_LANE) for rows in range(1, count + 1)]
    for (rows, lane), cap in product(grids, (76.0, 52.0)):
        style = Style(STACKED, cap, rows, lane, prefix)
        needs = measure(scenes, style)
        if _dense_width(needs, style) <= room:
            return _plan(needs, style, room, least)
    return _plan(needs, style, room, least)


def _row_width(needs: Needs, style: Style) -> float:
    return sum(_box_width(box) for box in needs.boxes.values()) + style.box_gap * (len(needs.boxes) - 1)


def _box_width(box: BoxNeed) -> float:
    return max(box.width, sum(slot.width for slot in box.slots.values()) + 2 * BOX_PAD)


def _dense_width(needs: Needs, style: Style) -> float:
    """The width of the columns side by side, with a lane for every wire that passes by a box."""
    columns = -(-len(needs.boxes) // style.rows)
    slots = sum(len(box.slots) for box in needs.boxes.values())
    return columns * (_dense_box(needs) + COLUMN_GAP) - COLUMN_GAP + max(0, slots - columns) * style.lane


def _dense_box(needs: Needs) -> float:
    """All boxes of a grid are equally wide."""
    return max((max(b.width, *(s.width for s in b.slots.values()), 40.0) for b in needs.boxes.values()), default=40.0)


def _plan(needs: Needs, style: Style, room: float, least: float) -> MapPlan:
    lay, best = _best_way(needs, [_Stacks(needs, style)] if style.stacked else _rows(needs, style, room), least)
    width = max(lay.positions(best)[2], least, *(bar.width for bar in needs.bars.values()), 0.0)
    ports = _ports(needs, lay.positions(best)[1])
    if not any(ports.values()):
        width = max(width, min(room, sum(bar.width + 8 for bar in needs.bars.values())))
    xs, slots = _centred(lay, best, width)
    spans = spread(best.bars, needs.bars, _ports(needs, slots), width)
    if not any(ports.values()):
        shift = (width - max((span.hi for span in spans.values()), default=0.0)) / 2
        spans = {key: Span(s.lo + shift, s.hi + shift, s.track) for key, s in spans.items()}
    return _vertical(needs, style, lay.places(best, xs, MARGIN), slots, spans, width)


def _best_way(needs: Needs, ways: Sequence[_Row | _Stacks], least: float) -> tuple[_Row | _Stacks, Arrangement]:
    """The first of the ways with the fewest crossings and tracks, and the best arrangement in it."""
    found: tuple[Cost, _Row | _Stacks, Arrangement] | None = None
    for lay in ways:
        best = arrange(needs.boxes, needs.bars, partial(_cost, needs, lay, least))
        price = _cost(needs, lay, least, best)[:3]
        if found is None or price < found[0]:
            found = price, lay, best
        if not any(price):
            break
    assert found  # noqa: S101 — there is always one way
    return found[1:]


def _centred(lay: _Row | _Stacks, best: Arrangement, width: float) -> tuple[dict[str, float], dict[str, float]]:
    """The x of boxes and slots with the same space on both sides."""
    xs, slots, row = lay.positions(best)
    shift = max(0.0, (width - row) / 2)
    return {key: x + shift for key, x in xs.items()}, {key: x + shift for key, x in slots.items()}


def _ports(needs: Needs, slots: Mapping[str, float]) -> dict[str, list[Port]]:
    ports: dict[str, list[Port]] = {key: [] for key in needs.bars}
    for box in needs.boxes.values():
        for slot in box.slots.values():
            if slot.bar in ports:
                ports[slot.bar].append((slots[slot.key], slot.far / 2))
    return ports


def _cost(needs: Needs, lay: _Row | _Stacks, least: float, arrangement: Arrangement) -> Cost:
    """Crossings first; then boxes without a wire at the end, few tracks, compact bars, and the order of names."""
    width = max(lay.positions(arrangement)[2], least)
    ports = _ports(needs, _centred(lay, arrangement, width)[1])
    spans = spread(arrangement.bars, needs.bars, ports, width)
    strange = sum(
        min(xs)[0] < x < max(xs)[0]
        for key, xs in ports.items()
        for other, theirs in ports.items()
        if xs and key != other
        for x, _ in theirs
    )
    keys = [by_name(needs.boxes[key]) for key in arrangement.boxes]
    unwired = sum(a[0] > b[0] for a, b in combinations(keys, 2))
    disorder = sum(a > b for a, b in combinations(keys, 2))
    nets = [needs.bars[key].net for key in arrangement.bars if ports[key]]
    turned = sum(a > b for a, b in combinations(nets, 2))
    tracks = max((span.track for span in spans.values()), default=0)
    return (crossings(spans, ports), unwired, tracks, strange, disorder, turned)


def _rows(needs: Needs, style: Style, room: float) -> list[_Row]:
    """One row; for when that leaves crossings or several tracks, also looser ones, so that bars fit side by side."""
    count = max(1, len(needs.boxes))
    spare = max(0.0, (room - _row_width(needs, style)) / count)
    if not style.everything or count > MOST_SPACED:
        return [_Row(needs, style.box_gap, min(10.0, spare))]
    looser = [
        (2 * margin + more * count, _Row(needs, style.box_gap + more, 0.0, margin))
        for more, margin in product((0.0, 20.0, 40.0, 80.0), (0.0, 30.0, 60.0, 90.0))
    ]
    return [row for added, row in sorted(looser, key=lambda way: way[0]) if added <= spare * count]


class _Row:
    """All boxes side by side, ports on their lower edges."""

    def __init__(self, needs: Needs, gap: float, stretch: float, margin: float = 0.0) -> None:
        self.needs, self.gap, self.stretch, self.margin = needs, gap, stretch, margin

    def width(self, box: BoxNeed) -> float:
        """The width of one box."""
        return _box_width(box) + self.stretch

    def positions(self, arrangement: Arrangement) -> tuple[dict[str, float], dict[str, float], float]:
        """The x of every box and slot, and the width of it all."""
        xs, slots, x = {}, {}, self.margin
        for key in arrangement.boxes:
            box = self.needs.boxes[key]
            width = self.width(box)
            xs[key] = x
            spare = (width - sum(s.width for s in box.slots.values())) / max(1, len(box.slots))
            edge = x
            for name in arrangement.slots[key]:
                slots[name] = edge + (spare + box.slots[name].width) / 2
                edge += spare + box.slots[name].width
            x += width + self.gap
        return xs, slots, max(0.0, x - self.gap + self.margin)

    def places(
        self, arrangement: Arrangement, xs: Mapping[str, float], top: float
    ) -> tuple[dict[str, BoxPlace], float]:
        """The rectangle of every box, and the y of their lower edges."""
        tall = max((_box_height(self.needs.boxes[k]) for k in arrangement.boxes), default=0.0)
        boxes = {k: BoxPlace(xs[k], top, self.width(self.needs.boxes[k]), tall) for k in arrangement.boxes}
        return boxes, top + tall


def _box_height(box: BoxNeed) -> float:
    return box.head + box.lines * LINE + (TAG / 2 + 5 if box.slots else 8)


class _Stacks:
    """Boxes in several rows; the wires of an upper box run down on the right of the boxes below it."""

    def __init__(self, needs: Needs, style: Style) -> None:
        self.needs, self.rows, self.lane = needs, style.rows, style.lane
        self.width = _dense_box(needs)

    def columns(self, arrangement: Arrangement) -> list[tuple[str, ...]]:
        """The boxes of each column, the lowest first."""
        keys = arrangement.boxes
        return [keys[i : i + self.rows] for i in range(0, len(keys), self.rows)]

    def positions(self, arrangement: Arrangement) -> tuple[dict[str, float], dict[str, float], float]:
        """The x of every box and slot, and the width of it all."""
        xs, slots, x = {}, {}, 0.0
        for column in self.columns(arrangement):
            right = x + self.width
            for level, key in enumerate(column):
                names = arrangement.slots[key]
                right += len(names) * self.lane if level else 0.0
                xs[key] = right - self.width
                first = right - (len(names) - 0.5) * self.lane
                slots.update({name: first + i * self.lane for i, name in enumerate(names)})
            x = right + COLUMN_GAP
        return xs, slots, max(0.0, x - COLUMN_GAP)

    def places(
        self, arrangement: Arrangement, xs: Mapping[str, float], top: float
    ) -> tuple[dict[str, BoxPlace], float]:
        """The rectangle of every box, and the y of the lowest edges."""
        tall = max((b.head + max(1, len(b.slots)) * LINE + DENSE_PAD for b in self.needs.boxes.values()), default=0.0)
        columns = self.columns(arrangement)
        deepest = max((len(column) for column in columns), default=0)
        bottom = top + deepest * (tall + 9) - (9 if deepest else 0)
        boxes = {
            key: BoxPlace(xs[key], bottom - tall - level * (tall + 9), self.width, tall)
            for column in columns
            for level, key in enumerate(column)
        }
        return boxes, bottom


def _vertical(
    needs: Needs,
    style: Style,
    placed: tuple[dict[str, BoxPlace], float],
    slots: dict[str, float],
    spans: dict[str, Span],
    width: float,
) -> MapPlan:
    boxes, edge = placed
    y = host_top = edge + (16.0 if style.stacked else 30.0) if boxes else MARGIN
    y += 12
    near_lane, y = y, y + (TAG + 18 if needs.near_lane else 0)
    far_lane, y = y, y + (TAG + 12 if needs.far_lane else 0)
    ports = _ports(needs, slots)
    bars = {}
    for track in range(max((s.track + 1 for s in spans.values()), default=0)):
        line = [key for key, span in spans.items() if span.track == track]
        y += TAG if style.far_tags and any(ports[key] for key in line) else 0
        bars.update(dict.fromkeys(line, (y, BAR)))
        y += BAR + TRACK_GAP
    return MapPlan(
        style, needs, width, boxes, slots, spans, bars,
        host_top, near_lane, far_lane, y - TRACK_GAP + 12, crossings(spans, ports),
    )  # fmt: skip
