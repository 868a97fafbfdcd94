"""One scene in the places of a plan: every rectangle, wire and line of text of a map."""

from __future__ import annotations

from collections.abc import Iterable

from dockernet_course.figures.drawing.canvas import Canvas, middle
from dockernet_course.figures.drawing.metrics import literal, shorten
from dockernet_course.figures.drawing.primitives import Box as Rectangle
from dockernet_course.figures.drawing.primitives import Glyph, Kind, Layout, Wire
from dockernet_course.figures.map import host_frame
from dockernet_course.figures.map.kinds import kind_of
from dockernet_course.figures.map.labels import BAR_NAME, FACT, bar_lines, end_text, fact_lines, note_text
from dockernet_course.figures.map.plan import MARGIN, BoxPlace, MapPlan
from dockernet_course.figures.map.scene import Bar, End, NamespaceBox, Scene, Slot
from dockernet_course.figures.map.sizes import (
    LINE,
    SHARED,
    TAG,
    chip_width,
    dense_lines,
    fitted,
    name_text,
    shared,
    tag_width,
)

__all__ = ["compose", "compose_legend"]


def compose(scene: Scene, plan: MapPlan, height: float = 0.0, *, legend: bool = True) -> Layout:
    """The map of a scene; at least ``height`` tall, so that several maps can be equally tall."""
    canvas = Canvas()
    width = plan.width + 2 * plan.left
    bottom = host_frame.host(canvas, scene, plan, width)
    for box in scene.boxes:
        _box(canvas, box, plan)
    for bar in scene.bars:
        _bar(canvas, bar, plan)
    if legend:
        bottom = host_frame.legend(canvas, host_frame.notes(canvas.used, scene), width, bottom)
    return canvas.layout(width, max(bottom + MARGIN, height), plan.style.level)


def compose_legend(signs: Iterable[str], width: float) -> Layout:
    """A legend alone, for several maps on one sheet."""
    canvas = Canvas()
    bottom = host_frame.legend(canvas, host_frame.notes(signs), width, 0.0)
    return canvas.layout(width, bottom + MARGIN, 0)


def _box(canvas: Canvas, box: NamespaceBox, plan: MapPlan) -> None:
    place = plan.boxes[box.key]
    x = plan.left + place.x
    if box.kind != "loose":
        stopped = box.kind == "stopped"
        kind: Kind = "stopped" if stopped else "namespace"
        dashed = stopped or box.mark == "gone"
        about = f"{box.title or 'a namespace'} {box.note}"
        canvas.boxes.append(
            Rectangle(box.key, kind, x, place.y, place.w, place.h, None, box.mark, box.dim, dashed, about=about)
        )
        canvas.note("stopped", when=stopped)
        canvas.note("dim", when=box.dim)
        if plan.style.stacked:
            _dense_head(canvas, box, x, place, plan)
        elif shared(box):
            _shared_head(canvas, box, x, place, plan)
        else:
            _head(canvas, box, x, place, plan)
        canvas.badge(x + 1, place.y + 1, box.mark)
    for row, slot in enumerate(sorted(box.slots, key=lambda s: plan.slots[s.key])):
        whole = slot.mark == box.mark and box.kind != "loose"
        _slot(canvas, slot, box, plan, row, badge=not whole)


def _tone(box: NamespaceBox) -> str:
    return "faint" if box.dim or box.mark == "gone" else "ink"


def _head(canvas: Canvas, box: NamespaceBox, x: float, place: BoxPlace, plan: MapPlan) -> None:
    centre, style = x + place.w / 2, plan.style
    note = note_text(box, style)
    if box.guests:
        name = name_text(box.guests[0].name, style)
        face = "bold"
    else:
        name, face = "a namespace", "sans"
    canvas.text(
        centre, place.y + 16, name, style.name_size, face=face, anchor="middle", tone=_tone(box), full=box.title
    )
    small = shorten(literal(note), place.w - 8, FACT, "mono")
    canvas.text(centre, place.y + 27, small, FACT, face="mono", anchor="middle", tone="muted", full=note)


def _shared_head(canvas: Canvas, box: NamespaceBox, x: float, place: BoxPlace, plan: MapPlan) -> None:
    y = place.y + 13
    canvas.text(x + place.w / 2, y, SHARED, FACT, anchor="middle", tone="muted")
    note = note_text(box, plan.style)
    if note:
        y += LINE
        canvas.text(x + place.w / 2, y, note, FACT, face="mono", anchor="middle", tone="muted")
    widths = [chip_width(g.name, g.note, plan.style) for g in box.guests]
    tall = 31 if any(g.note for g in box.guests) else 20
    left = x + (place.w - sum(widths) - 6 * (len(widths) - 1)) / 2
    for guest, wide in zip(box.guests, widths, strict=True):
        host_frame.chip(canvas, guest, (left, y + 6, wide, tall), plan.style)
        left += wide + 6


def _dense_head(canvas: Canvas, box: NamespaceBox, x: float, place: BoxPlace, plan: MapPlan) -> None:
    names = [g.name for g in box.guests] or ["namespace"]
    for i, name in enumerate(names):
        text = fitted(name, plan.style, place.w - 8, 8.5)
        canvas.text(x + 4, place.y + 11 + 11 * i, text, 8.5, face="bold", tone=_tone(box), full=name)
    if box.kind == "stopped":
        y = place.y + 11 + 11 * len(names)
        canvas.text(x + 4, y, shorten(box.note, place.w - 8, FACT), FACT, tone="muted", full=box.note)


def _slot(canvas: Canvas, slot: Slot, box: NamespaceBox, plan: MapPlan, row: int, *, badge: bool) -> None:
    place = plan.boxes[box.key]
    x, edge = plan.left + plan.slots[slot.key], place.y + place.h
    net = plan.needs.bars[slot.bar].net if slot.bar else None
    gone = slot.mark == "gone" or box.mark == "gone"
    if plan.style.stacked:
        _dense_facts(canvas, slot, box, plan, row, net)
        near = (edge, edge)
    else:
        facts = fact_lines(slot, plan.style)
        for i, (text, fact) in enumerate(facts):
            y = edge - TAG / 2 - 5 - LINE * (len(facts) - 1 - i)
            face = "mono-bold" if fact.mark == "new" or fact.kind == "alert" else "mono"
            canvas.used |= {fact.mark} - {""}
            tone = "faint" if gone or fact.mark == "gone" else "muted" if fact.kind == "via" else _tone(box)
            full = fact.ip if fact.prefix is None else f"{fact.ip}/{fact.prefix}"
            canvas.text(x, y, text, FACT, face=face, anchor="middle", tone=tone, full=full)
        top = edge - TAG / 2 if slot.near.at == "box" else plan.near_lane
        near = _tag(canvas, slot, slot.near, plan, (x, top), net, gone=gone)
        canvas.text(x, near[1] + 10, slot.note, FACT, anchor="middle", tone="muted")
    _wire(canvas, slot, plan, x, near[1], net, gone=gone, dim=box.dim)
    if badge and slot.mark and not plan.style.stacked:
        ends = {tag.key: tag for tag in canvas.boxes if tag.kind == "end"}
        where = ends[f"{slot.key}/near"]
        where = ends.get(f"{slot.key}/far", where) if slot.beyond else where
        canvas.badge(where.x - 5, where.y + where.h / 2, slot.mark)


def _wire(
    canvas: Canvas, slot: Slot, plan: MapPlan, x: float, start: float, net: int | None, *, gone: bool, dim: bool
) -> None:
    if slot.far is None:
        return
    plugged = plan.bars[slot.far.bar][0] if slot.far.bar and slot.far.bar in plan.bars else None
    if not plan.style.far_tags or not slot.far.shown:
        end = plugged if plugged is not None else plan.far_lane
    else:
        top = plugged - TAG if plugged is not None else plan.far_lane
        end = top
        _tag(canvas, slot, slot.far, plan, (x, top), net, gone=gone)
    off = slot.near.down or slot.far.down
    canvas.wires.append(Wire(slot.key, x, start, end, net, slot.mark, dim, gone or off))
    size = plan.style.lane * 0.4 if plan.style.stacked else 2.6
    canvas.glyphs.extend(Glyph("net", x, y, size, net, "faint" if gone else "ink") for y in (start, end))


def _tag(
    canvas: Canvas, slot: Slot, end: End, plan: MapPlan, at: tuple[float, float], net: int | None, *, gone: bool
) -> tuple[float, float]:
    """An interface's label in a small box, centred at x; returns the y of its upper and lower edge."""
    x, top = at
    text = end_text(end, plan.style)
    wide = tag_width(end, plan.style)
    key = f"{slot.key}/{'near' if end is slot.near else 'far'}"
    canvas.boxes.append(
        Rectangle(key, "end", x - wide / 2, top, wide, TAG, net, slot.mark, gone, end.down or gone, about=end.label)
    )
    canvas.note("down", when=end.down and not gone)
    tone = "faint" if gone else "ink"
    canvas.text(x, middle(top + TAG / 2, FACT), text, FACT, face="mono", anchor="middle", tone=tone, full=end.label)
    return top, top + TAG


def _dense_facts(canvas: Canvas, slot: Slot, box: NamespaceBox, plan: MapPlan, row: int, net: int | None) -> None:
    place = plan.boxes[box.key]
    x, y = plan.left + place.x + 4, place.y + 11 * (1 + dense_lines(box)) + LINE * row
    text = " ".join(text for text, _ in fact_lines(slot, plan.style)) or end_text(slot.near, plan.style)
    tone = "faint" if slot.mark == "gone" else _tone(box)
    if slot.far:
        canvas.glyphs.append(Glyph("net", x + 3, y - 3, 2.6, net, tone))
    full = " ".join(f.ip for f in slot.facts)
    canvas.text(x + 9, y, shorten(text, place.w - 15, FACT, "mono"), FACT, face="mono", tone=tone, full=full)


def _bar(canvas: Canvas, bar: Bar, plan: MapPlan) -> None:
    span, (y, tall) = plan.spans[bar.key], plan.bars[bar.key]
    x, wide = plan.left + span.lo, span.hi - span.lo
    net = plan.needs.bars[bar.key].net
    gone = bar.mark == "gone"
    hollow = bar.idle or gone or bar.dim
    kind: Kind = "idle-bar" if hollow else "bar"
    about = f"{kind_of(bar.kind).bar} {bar.key} of network {bar.network}"
    canvas.boxes.append(
        Rectangle(bar.key, kind, x, y, wide, tall, net, bar.mark, bar.dim, bar.idle or gone, bar.closed, about)
    )
    canvas.note("idle", when=bar.idle and bar.bridge and not gone)
    canvas.note("closed", when=bar.closed)
    canvas.note("dim", when=bar.dim)
    tone = "faint" if gone or bar.dim else "ink" if hollow else "on-bar"
    (name, what), facts = bar_lines(bar, max(plan.style.cap, 110.0))
    canvas.glyphs.append(Glyph("net", x + 11, y + 10, 3.2, net, tone))
    after = canvas.text(x + 19, y + 13.5, name, BAR_NAME, face="bold", tone=tone, full=bar.network or "")
    canvas.text(x + 19 + after + (5 if name else 0), y + 13.5, what, FACT, tone=tone)
    canvas.text(x + 19, y + 25, facts, FACT, face="mono", tone=tone, full=bar.key)
    if bar.closed:
        canvas.glyphs.append(Glyph("lock", x + wide - 13, y + tall / 2, 5.0, net, tone))
    canvas.badge(x + 1, y + 1, bar.mark)
