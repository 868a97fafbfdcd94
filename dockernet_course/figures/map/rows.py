"""The map as a table: the same things, a row each, with what is marked. Pure."""

from __future__ import annotations

from collections.abc import Iterator

from dockernet_course.figures.drawing.grammar import count, listed
from dockernet_course.figures.drawing.metrics import literal
from dockernet_course.figures.map.kinds import kind_of
from dockernet_course.figures.map.scene import Bar, NamespaceBox, Scene, Slot

__all__ = ["COLUMNS", "Row", "rows"]

COLUMNS = ("What", "Name", "Facts", "Since then")
MARKS = {"new": "+ new", "gone": "− gone", "changed": "~ changed", "": ""}
Row = tuple[str, str, str, str]


def rows(scene: Scene) -> tuple[Row, ...]:
    """The rows of ``COLUMNS``, in the order of the alternative text."""
    return tuple(tuple(map(literal, row)) for row in _rows(scene))  # type: ignore[misc]


def _rows(scene: Scene) -> Iterator[Row]:
    yield "host", "host", f"network namespace {scene.host}{_nat(scene)}", ""
    yield from map(_bar, scene.bars)
    for box in scene.boxes:
        yield from _box(box)
    for guest in scene.guests:
        yield "container", guest.name, f"in the host's namespace, {guest.note}", MARKS[guest.mark]
    for port in scene.published:
        yield "published port", port.host, f"leads to {port.container}", MARKS[port.mark]
    for link in scene.uplinks:
        way = ", the way to the outside" if link.default else ""
        yield "host's interface", link.key, f"{listed(link.addresses, 'no address')}{way}", MARKS[link.mark]
    yield from (("one for all", words, "", "") for words in scene.folded)
    yield from (("not shown", words, "only counted", "") for words in scene.foreign)
    yield from (("vanished", name, "while we looked", "") for name in scene.vanished)


def _nat(scene: Scene) -> str:
    whose = f" for {listed(scene.only)}" if scene.only else ""
    return f", NAT{whose}" if scene.masqueraded else ""


def _bar(bar: Bar) -> Row:
    kind = kind_of(bar.kind)
    parts = [f"{kind.network} {bar.network}" if bar.network else "not Docker's", listed(bar.addresses, "no address")]
    parts += [bar.state] if bar.state else []
    parts += [remark for remark in bar.remarks if remark not in parts]
    parts += ["internal: closed to the outside"] if bar.closed else []
    parts += ["not the lab's"] if bar.dim else []
    parts += [count(bar.others, "more port")] if bar.others else []
    return kind.bar, bar.key, ", ".join(parts), MARKS[bar.mark]


def _box(box: NamespaceBox) -> Iterator[Row]:
    alone = "not the lab's, " if box.dim else ""
    place = f"{alone}{box.note}" if box.kind == "stopped" else f"{alone}network namespace {box.note}"
    for guest in box.guests:
        shared = f", {guest.note}" if guest.note else ""
        yield "container", guest.name, f"{place}{shared}", MARKS[guest.mark or box.mark]
    if not box.guests and box.kind != "loose":
        yield "namespace", box.note, "without a container", MARKS[box.mark]
    yield from (_slot(box, slot) for slot in box.slots)


def _slot(box: NamespaceBox, slot: Slot) -> Row:
    """An interface, its addresses, and where its wire ends."""
    found = [f"{f.ip}/{f.prefix}" for f in slot.addresses if f.mark != "gone"]
    gone = [f"no more {f.ip}" for f in slot.facts if f.mark == "gone"]
    via = [f"default route via {f.ip}" for f in slot.facts if f.kind == "via" and f.mark != "gone"]
    down = ["down"] if slot.near.down else []
    facts = ", ".join([listed(found, "no address"), *via, *gone, *down, *slot.remarks, _far(slot)])
    owner = box.title if slot.near.at == "box" else "the host"
    return "interface", f"{slot.near.label} of {owner or 'a namespace'}", facts, MARKS[slot.mark]


def _far(slot: Slot) -> str:
    if slot.far is None:
        return slot.note or "no wire"
    return kind_of(slot.kind).row(slot, slot.far)
