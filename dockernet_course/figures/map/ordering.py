"""In which order boxes, their interfaces and the bars go, so that as few wires as possible pass behind a bar.

Wires are vertical and never cross each other; what can cross is a wire and a bar that lies above the wire's own.
The start is the two-layer barycentre order: each thing goes to the mean place of those it is wired to in the other
layer, layer by layer in turn (Sugiyama, Tagawa and Toda, IEEE Transactions SMC-11, 1981). To find the fewest crossings
is NP-complete even for two layers (Garey and Johnson, 1983); so then come single moves, as long as one is better.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import islice

from dockernet_course.figures.map.sizes import BarNeed, BoxNeed, by_name

__all__ = ["Arrangement", "Cost", "Port", "Span", "arrange", "crossings", "spread"]

BAR_GAP, CLEAR = 8.0, 1.5
FAR_MOVES = 14
EFFORT = 20_000
EASY = 8  # so many wired bars take no effort
Cost = tuple[float, ...]
Port = tuple[float, float]


@dataclass(frozen=True)
class Arrangement:
    """Boxes from left to right, the slots of each from left to right, bars from top to bottom: keys."""

    boxes: tuple[str, ...]
    slots: Mapping[str, tuple[str, ...]]
    bars: tuple[str, ...]


@dataclass(frozen=True)
class Span:
    """Where a bar lies: from ``lo`` to ``hi``, on the ``track``-th line below the boxes."""

    lo: float
    hi: float
    track: int


def spread(
    order: Sequence[str], bars: Mapping[str, BarNeed], ports: Mapping[str, Sequence[Port]], width: float
) -> dict[str, Span]:
    """Give each bar, in this order, a place with the fewest crossings so far; bars without ports come last."""
    spans: dict[str, Span] = {}
    for key in sorted(order, key=lambda key: not ports.get(key)):
        spans[key] = _best_place(key, bars[key].width, ports, width, spans)
    return spans


def _best_place(
    key: str, need: float, ports: Mapping[str, Sequence[Port]], width: float, taken: Mapping[str, Span]
) -> Span:
    """Few crossings, then high up, then away from the ports of other bars."""
    own = ports.get(key, ())
    strange = [port for other, theirs in ports.items() if other != key for port in theirs]
    found = []
    for track in range(max((span.track for span in taken.values()), default=-1) + 2):
        line = [span for span in taken.values() if span.track == track]
        for i, (lo, hi) in enumerate(_candidates(need, own, width, line)):
            if all(hi + BAR_GAP <= span.lo or lo - BAR_GAP >= span.hi for span in line):
                here = Span(lo, hi, track)
                crossed = sum(_passes(own, span) for span in taken.values() if span.track < track)
                crossed += sum(_passes(ports.get(k, ()), here) for k, span in taken.items() if span.track > track)
                found.append((crossed, track, _covered(lo - BAR_GAP, hi + BAR_GAP, strange), i, here))
    return min(found, key=lambda option: option[:4])[4]


def _passes(ports: Sequence[Port], bar: Span) -> int:
    """How many of the wires pass behind the bar."""
    return sum(bar.lo - CLEAR < x < bar.hi + CLEAR for x, _ in ports)


def _covered(lo: float, hi: float, ports: Sequence[Port]) -> float:
    """How much of the ports' widths lies between ``lo`` and ``hi``."""
    return round(sum(max(0.0, min(hi, x + half) - max(lo, x - half)) for x, half in ports), 3)


def _candidates(
    need: float, ports: Sequence[Port], width: float, line: Sequence[Span]
) -> Iterator[tuple[float, float]]:
    """Around its ports, grown to both sides, to the right, to the left; without ports: after the others."""
    if not ports:
        lo = max((span.hi + BAR_GAP for span in line), default=0.0)
        if not line or lo + need <= width:
            yield lo, lo + need
        return
    lo = min(x - half for x, half in ports)
    hi = max(x + half for x, half in ports)
    missing = max(0.0, need - (hi - lo))
    for share in (0.5, 0.0, 1.0) if missing else (0.0,):
        left = min(max(0.0, lo - share * missing), max(0.0, width - need)) if missing else lo
        yield left, max(left + need, hi)


def crossings(spans: Mapping[str, Span], ports: Mapping[str, Sequence[Port]]) -> int:
    """How many times a wire passes behind a bar that is not its own."""
    return sum(
        _passes(ports.get(key, ()), other)
        for key, span in spans.items()
        for other in spans.values()
        if other.track < span.track
    )


def arrange(
    boxes: Mapping[str, BoxNeed], bars: Mapping[str, BarNeed], cost: Callable[[Arrangement], Cost]
) -> Arrangement:
    """The best arrangement that single moves from the barycentre order lead to, within a bounded number of tries.

    A try's price takes time by the square of the bars that are wired. Those that are not come last, in their order.
    """
    best = _barycentre(boxes, bars)
    price = cost(best)
    wired = len({net for box in boxes.values() for net in _nets(box)} & set(bars))
    patience = round(EFFORT / max(1, len(boxes)) / max(1.0, wired / EASY) ** 2)
    improved = True
    while improved:
        improved = False
        for candidate in islice(_moves(best, wired), patience):
            patience -= 1
            paid = cost(candidate)
            if paid < price:
                best, price, improved = candidate, paid, True
    return best


def _barycentre(boxes: Mapping[str, BoxNeed], bars: Mapping[str, BarNeed]) -> Arrangement:
    names = [need.key for need in sorted(boxes.values(), key=by_name)]
    nets = list(bars)
    for _ in range(6):
        place = {key: i for i, key in enumerate(nets)}
        names.sort(key=lambda key: (boxes[key].rank, _mean([place[n] for n in _nets(boxes[key]) if n in place], 99)))
        seat = {key: i for i, key in enumerate(names)}
        nets.sort(key=lambda net: _mean([seat[k] for k in names if net in _nets(boxes[k])], 999))
    slots = {key: _slot_order(boxes[key], nets) for key in names}
    return Arrangement(tuple(names), slots, tuple(nets))


def _mean(places: Sequence[int], nowhere: float) -> float:
    return sum(places) / len(places) if places else nowhere


def _nets(box: BoxNeed) -> list[str]:
    return [slot.bar for slot in box.slots.values() if slot.bar]


def _slot_order(box: BoxNeed, nets: Sequence[str]) -> tuple[str, ...]:
    return tuple(sorted(box.slots, key=lambda key: nets.index(bar) if (bar := box.slots[key].bar) in nets else 99))


def _moves(now: Arrangement, wired: int) -> Iterator[Arrangement]:
    """Every arrangement that is one move away: a box elsewhere, two slots of a box, or a ``wired`` bar elsewhere."""
    reach = 1 if len(now.boxes) > FAR_MOVES else len(now.boxes)
    for boxes in _shifted(now.boxes, reach):
        yield replace(now, boxes=boxes)
    for bars in _shifted(now.bars[:wired], wired):
        yield replace(now, bars=bars + now.bars[wired:])
    for key, slots in now.slots.items():
        for order in _shifted(slots, len(slots)):
            yield replace(now, slots={**now.slots, key: order})


def _shifted(keys: tuple[str, ...], reach: int) -> Iterator[tuple[str, ...]]:
    for i, key in enumerate(keys):
        rest = (*keys[:i], *keys[i + 1 :])
        for j in range(max(0, i - reach), min(len(rest), i + reach) + 1):
            if j != i:
                yield (*rest[:j], key, *rest[j:])
