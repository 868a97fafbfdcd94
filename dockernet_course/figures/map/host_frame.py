"""The host around everything: its frame, its name, containers in host mode, what is on its edge, and the legend."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import cast

from dockernet_course.figures.drawing.canvas import Canvas, middle
from dockernet_course.figures.drawing.grammar import listed
from dockernet_course.figures.drawing.metrics import literal, shorten, text_width
from dockernet_course.figures.drawing.primitives import Badge, Box, Glyph, LegendItem, Mark, Wire
from dockernet_course.figures.map.labels import FACT, NAME, Style, published_text, uplink_text
from dockernet_course.figures.map.plan import MARGIN, MapPlan
from dockernet_course.figures.map.scene import Guest, Scene
from dockernet_course.figures.map.sizes import EDGE_GAP, EDGE_PAD, chip_width, fitted

__all__ = ["chip", "host", "legend", "notes"]

CHIP, EDGE = 31.0, 15.0
OUT, OUT_BY_NAT = "to the outside", "to the outside, under this address (NAT)"
LEGEND = (
    ("new", "new"),
    ("gone", "gone"),
    ("changed", "changed"),
    ("down", "interface down"),
    ("idle", "bridge without carrier"),
    ("closed", "internal: closed to the outside"),
    ("stopped", "not running: no network namespace"),
    ("arrow", "published port"),
    ("dim", "not the lab's"),
)


def chip(canvas: Canvas, guest: Guest, at: tuple[float, float, float, float], style: Style) -> None:
    """A container inside a namespace that is not its own alone."""
    x, y, w, h = at
    gone = guest.mark == "gone"
    canvas.boxes.append(Box(guest.key, "container", x, y, w, h, None, guest.mark, guest.dim, gone, about=guest.name))
    tone = "faint" if gone or guest.dim else "ink"
    name = fitted(guest.name, style, min(style.cap, w - 10), 9.5)
    base = y + 14 if guest.note else middle(y + h / 2, 9.5)
    canvas.text(x + w / 2, base, name, 9.5, face="bold", anchor="middle", tone=tone, full=guest.name)
    canvas.text(x + w / 2, y + 25, guest.note, FACT, anchor="middle", tone="muted")
    canvas.badge(x + 1, y + 1, guest.mark)


def host(canvas: Canvas, scene: Scene, plan: MapPlan, width: float) -> float:
    """The host's frame and everything at its foot; returns the y below it."""
    inside, right = plan.left + 2, plan.left + plan.width
    frame = len(canvas.boxes)
    y = plan.floor
    x = inside
    if scene.guests:
        for guest in scene.guests:
            wide = chip_width(guest.name, guest.note, plan.style)
            if x > inside and x + wide > right:
                x, y = inside, y + CHIP + 8
            chip(canvas, guest, (x, y, wide, CHIP), plan.style)
            x += wide + 8
        y += CHIP + 10
    taken = canvas.text(inside, y + 12, "host", NAME, face="bold")
    taken += 8 + canvas.text(inside + taken + 8, y + 12, "network namespace", FACT, tone="muted")
    canvas.text(inside + taken + 6, y + 12, scene.host, FACT, face="mono", tone="muted")
    edged = bool(scene.published or scene.uplinks)
    bottom = y + 22 + (10 if edged else 0)
    top = plan.host_top
    canvas.boxes.insert(frame, Box("host", "host", MARGIN, top, width - 2 * MARGIN, bottom - top, about="the host"))
    if not edged:
        return bottom
    limit = _uplinks(canvas, scene, right, bottom)
    _published(canvas, scene, inside + 4, limit - 12, bottom)
    return bottom + 26


def _uplinks(canvas: Canvas, scene: Scene, right: float, edge: float) -> float:
    """The host's other interfaces on its lower edge, from the right; returns how far to the left they reach."""
    x = right
    for i, link in enumerate(scene.uplinks):
        text = uplink_text(link)
        wide = text_width(text, FACT, "mono") + 2 * EDGE_PAD
        if x - wide < right / 2 and i:
            more = len(scene.uplinks) - i
            x -= 6 + canvas.text(x, edge - 11, f"+{more} more", FACT, anchor="end", tone="muted")
            break
        x -= wide
        gone = link.mark == "gone"
        canvas.boxes.append(Box(link.key, "uplink", x, edge - EDGE / 2, wide, EDGE, None, link.mark, dashed=gone))
        canvas.text(x + wide / 2, middle(edge, FACT), text, FACT, face="mono", anchor="middle")
        canvas.badge(x - 4, edge, link.mark)
        if link.default:
            canvas.wires.append(Wire(link.key, x + wide / 2, edge + EDGE / 2, edge + 17))
            where = _way_out(scene)
            end = min(x + (wide + text_width(where, FACT)) / 2, right)
            canvas.text(end, edge + 26, where, FACT, anchor="end", tone="muted")
        x -= 10
    return x


def _way_out(scene: Scene) -> str:
    if not scene.masqueraded:
        return OUT
    return f"{OUT_BY_NAT}{f': {listed(scene.only)}' if scene.only else ''}"


def _published(canvas: Canvas, scene: Scene, left: float, limit: float, edge: float) -> None:
    """The published ports on the host's lower edge, from the left; what has no room is counted."""
    x = left
    for i, port in enumerate(scene.published):
        text = published_text(port)
        wide = text_width(text, FACT, "mono") + 2 * EDGE_PAD
        if x + wide > limit and i:
            canvas.text(x, edge + 12, f"+{len(scene.published) - i} more", FACT, tone="muted")
            return
        gone = port.mark == "gone"
        box = Box(port.key, "port", x, edge - EDGE / 2, wide, EDGE, None, port.mark, dashed=gone, about=port.text)
        canvas.boxes.append(box)
        tone = "faint" if gone else "ink"
        canvas.text(x + wide / 2, middle(edge, FACT), text, FACT, face="mono", anchor="middle", tone=tone)
        canvas.glyphs.append(Glyph("arrow", x + wide / 2, edge + EDGE / 2 + 1, 9.0, None, tone))
        canvas.note("arrow", when=True)
        canvas.badge(x - 4, edge, port.mark)
        x += wide + EDGE_GAP


def notes(used: Iterable[str], scene: Scene | None = None) -> list[tuple[str, str]]:
    """The entries of a legend, (sign, words): only what is used, and what was counted or vanished."""
    used = set(used)
    entries = [(sign, words) for sign, words in LEGEND if sign in used]
    if scene and scene.foreign:
        entries = [entry for entry in entries if entry[0] != "dim"]
        entries.append(("dim", f"{' and '.join(scene.foreign)}, not shown"))
    vanished = scene.vanished if scene else ()
    return entries + [("", f"vanished while we looked: {literal(name)}") for name in vanished]


def legend(canvas: Canvas, entries: Sequence[tuple[str, str]], width: float, top: float) -> float:
    """Put the entries side by side, in as many lines as it takes; returns the y below them."""
    x, y = MARGIN + 2, top + 18
    room = width - 2 * MARGIN
    for sign, words in entries:
        text = shorten(words, room - 30, FACT)
        wide = text_width(text, FACT) + (20 if sign else 0)
        if x > MARGIN + 2 and x + wide > MARGIN + room:
            x, y = MARGIN + 2, y + 15
        _entry(canvas, sign, text, words, x, y)
        x += wide + 16
    return y + 6 if entries else top


def _entry(canvas: Canvas, sign: str, text: str, words: str, x: float, y: float) -> None:
    shift = 20.0 if sign else 0.0
    canvas.text(x + shift, middle(y, FACT), text, FACT, tone="muted", full=words)
    if sign in {"new", "gone", "changed"}:
        canvas.badges.append(Badge(x + 7, y, cast(Mark, sign)))
    elif sign:
        canvas.legend.append(LegendItem(sign, x, y, canvas.texts[-1]))
