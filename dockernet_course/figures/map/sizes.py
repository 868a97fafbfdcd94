"""How much room each thing needs, over all the scenes that are to share one arrangement."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from dockernet_course.figures.drawing.metrics import literal, shorten, text_width
from dockernet_course.figures.map.labels import (
    FACT,
    Style,
    bar_width,
    end_text,
    fact_lines,
    note_text,
    published_text,
    uplink_text,
)
from dockernet_course.figures.map.scene import Bar, End, NamespaceBox, Scene, Slot, natural

__all__ = [
    "EDGE_GAP",
    "EDGE_PAD",
    "LINE",
    "SHARED",
    "TAG",
    "BarNeed",
    "BoxNeed",
    "Needs",
    "SlotNeed",
    "by_name",
    "chip_width",
    "common_prefix",
    "dense_lines",
    "fitted",
    "foot_width",
    "measure",
    "name_text",
    "shared",
    "tag_width",
]

BADGE = 7.0
EDGE_PAD, EDGE_GAP = 6.0, 14.0
LINE, TAG = 11.0, 14.0
SHARED = "one shared namespace"


@dataclass
class SlotNeed:
    """A slot's width, that of its far end alone, and the bar to which it is attached, if it ever is."""

    key: str
    width: float = 0.0
    far: float = 0.0
    bar: str | None = None


@dataclass
class BoxNeed:
    """A box: ``rank`` puts those with a wire first, then those without one, then stopped containers."""

    key: str
    name: str
    rank: int
    width: float = 0.0
    head: float = 0.0
    lines: int = 0
    slots: dict[str, SlotNeed] = field(default_factory=dict)


@dataclass
class BarNeed:
    """A bar's least width, and its network's place in the palette."""

    key: str
    width: float
    net: int


@dataclass
class Needs:
    """All of it; ``marked`` if badges must find room; ``near_lane`` and ``far_lane`` for pairs on their way."""

    boxes: dict[str, BoxNeed] = field(default_factory=dict)
    bars: dict[str, BarNeed] = field(default_factory=dict)
    marked: bool = False
    near_lane: bool = False
    far_lane: bool = False


def measure(scenes: Sequence[Scene], style: Style) -> Needs:
    """The needs of several scenes at once: each thing as large as in the scene where it is largest."""
    needs = Needs(marked=any(_has_marks(scene) for scene in scenes))
    for scene in scenes:
        for box in scene.boxes:
            _measure_box(needs, box, style)
    bars = sorted({b.key: b for s in scenes for b in s.bars}.values(), key=lambda b: (b.index, b.key))
    cap = max(style.cap, 110.0)
    for net, bar in enumerate(bars):
        width = max(bar_width(b, cap) for b in _all(scenes, bar.key))
        needs.bars[bar.key] = BarNeed(bar.key, width, net)
    return needs


def _all(scenes: Iterable[Scene], key: str) -> list[Bar]:
    return [bar for scene in scenes for bar in scene.bars if bar.key == key]


def _has_marks(scene: Scene) -> bool:
    marks = [guest.mark for guest in scene.guests] + [bar.mark for bar in scene.bars]
    for box in scene.boxes:
        marks += [box.mark, *(slot.mark for slot in box.slots), *(guest.mark for guest in box.guests)]
    return any(marks)


def _measure_box(needs: Needs, box: NamespaceBox, style: Style) -> None:
    need = needs.boxes.setdefault(box.key, BoxNeed(box.key, box.title, 9))
    need.name = need.name or box.title
    need.rank = min(need.rank, _rank(box))
    need.width = max(need.width, _head_width(box, style))
    need.head = max(need.head, _head_height(box, style))
    for slot in box.slots:
        _measure_slot(needs, need, slot, style)


def _rank(box: NamespaceBox) -> int:
    if any(slot.far for slot in box.slots):
        return 0
    return 2 if box.kind == "stopped" else 1


def _measure_slot(needs: Needs, box: BoxNeed, slot: Slot, style: Style) -> None:
    need = box.slots.setdefault(slot.key, SlotNeed(slot.key))
    need.width = max(need.width, slot_width(slot, style) + (2 * BADGE if needs.marked else 0) + style.slot_gap)
    need.far = max(need.far, _far_width(slot, style))
    need.bar = need.bar or slot.bar
    box.lines = max(box.lines, len(fact_lines(slot, style)))
    needs.near_lane |= slot.near.at == "host"
    needs.far_lane |= slot.far is not None and slot.far.bar is None


def _far_width(slot: Slot, style: Style) -> float:
    """How wide a bar must be below one of its ports."""
    if slot.far and slot.far.shown and style.far_tags:
        return tag_width(slot.far, style) + 4
    return style.lane if style.stacked else 16.0


def slot_width(slot: Slot, style: Style) -> float:
    """The widest of an interface's labels at both ends."""
    far = [slot.far] if slot.far and slot.far.shown and style.far_tags else []
    shown = [] if style.stacked else [slot.near, *far]
    tags = [tag_width(end, style) for end in shown]
    facts = [text_width(text, FACT, "mono-bold" if fact.mark else "mono") for text, fact in fact_lines(slot, style)]
    note = 0.0 if style.stacked else text_width(slot.note, FACT)
    return max([*tags, *facts, note, 0.0])


def tag_width(end: End, style: Style) -> float:
    """The width of an interface's label in its frame."""
    return text_width(end_text(end, style), FACT, "mono") + 2 * style.tag_pad


def name_text(name: str, style: Style) -> str:
    """A container's name as far as it fits."""
    return fitted(name, style, style.cap, style.name_size)


def fitted(name: str, style: Style, width: float, size: float) -> str:
    """A container's name in that width: first without what all names begin with, so that they stay different."""
    text = literal(name)
    if style.prefix and text.startswith(style.prefix) and text_width(text, size, "bold") > width:
        text = f"…{text.removeprefix(style.prefix)}"
    return shorten(text, width, size, "bold")


def common_prefix(names: Iterable[str]) -> str:
    """What all names begin with, up to a hyphen or an underscore; nothing where one of them would be nothing more."""
    texts = {literal(name) for name in names}
    first, last = min(texts, default=""), max(texts, default="")
    same = next((i for i, pair in enumerate(zip(first, last, strict=False)) if len(set(pair)) > 1), len(first))
    prefix = first[: max(first.rfind("-", 0, same), first.rfind("_", 0, same)) + 1]
    return "" if len(texts) < 2 or prefix in texts else prefix


def chip_width(name: str, note: str, style: Style) -> float:
    """The width of one of several containers in a namespace."""
    return max(text_width(name_text(name, style), 9.5, "bold"), text_width(note, FACT)) + 14


def shared(box: NamespaceBox) -> bool:
    """Whether several containers are inside."""
    return len(box.guests) > 1


def _head_width(box: NamespaceBox, style: Style) -> float:
    if box.kind == "loose":
        return 0.0
    note = text_width(note_text(box, style), FACT, "mono") + 16
    if shared(box) and not style.stacked:
        chips = sum(chip_width(g.name, g.note, style) + 6 for g in box.guests) + 10
        return max(chips, text_width(SHARED, FACT) + 20, note)
    names = [text_width(name_text(g.name, style), style.name_size, "bold") for g in box.guests]
    return max([*names, 20.0, note - 8]) + (20 if style.everything else 12)


def dense_lines(box: NamespaceBox) -> int:
    """How many lines a box of the last level has before its addresses."""
    return max(1, len(box.guests)) + (box.kind == "stopped" and bool(box.slots))


def _head_height(box: NamespaceBox, style: Style) -> float:
    """From the upper edge to where the addresses may begin."""
    if box.kind == "loose":
        return 0.0
    if style.stacked:
        return 5 + 11 * dense_lines(box)
    note = LINE if note_text(box, style) or style.everything else 0
    if shared(box):
        chip = 31 if any(g.note for g in box.guests) else 20
        return 18 + note + chip + 6
    return 21 + note


def foot_width(scene: Scene) -> float:
    """What the host's lower edge needs to name everything on it."""
    texts = [published_text(port) for port in scene.published] + [uplink_text(link) for link in scene.uplinks]
    return sum(text_width(text, FACT, "mono") + 2 * EDGE_PAD + EDGE_GAP for text in texts) + EDGE_GAP


def by_name(need: BoxNeed) -> tuple[int, tuple[tuple[int, int, str], ...]]:
    """The order of boxes when nothing else decides."""
    return need.rank, natural(need.name)
