"""Where on a map the points of a walk are: the spot of each, and the places of its numbers. Plain numbers."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import Literal

from dockernet_course.experiments.walk import Point
from dockernet_course.figures.drawing.canvas import middle
from dockernet_course.figures.drawing.metrics import text_width
from dockernet_course.figures.drawing.primitives import Box, Layout, Text
from dockernet_course.figures.map.identity import Identities
from dockernet_course.figures.map.labels import FACT
from dockernet_course.figures.map.sizes import TAG
from dockernet_course.observe import Topology

__all__ = ["Atlas", "Spot"]

OUTSIDE, HOST = "outside", "host"


@dataclass(frozen=True)
class Spot:
    """A place on the map: its rectangle, and for an interface of a pair the x of its wire and its bar's name.

    ``kind`` is "own" (a container's interface), "veth" (the host end), "bar", "uplink", "outside", "self" (a
    loopback), or "host" (the host's own programs).
    """

    kind: Literal["own", "veth", "bar", "uplink", "outside", "self", "host"]
    x: float
    y: float
    w: float
    h: float
    wire: float = 0.0
    bar: str = ""

    @property
    def middle(self) -> float:
        """The y of its middle."""
        return self.y + self.h / 2

    @property
    def right(self) -> float:
        """The x of its right edge."""
        return self.x + self.w

    @property
    def bottom(self) -> float:
        """The y of its lower edge."""
        return self.y + self.h


@dataclass(frozen=True)
class Atlas:
    """A map, what it is the map of, and who talk on it."""

    layout: Layout
    world: Topology
    talkers: tuple[str, ...] = ()
    who: Identities = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "who", Identities([self.world]))

    def spot(self, point: Point) -> Spot:
        """Where it is; what is not drawn by itself is the host."""
        if point.space == OUTSIDE:
            return self._outside() or self.host
        if point.role == "loopback":
            return self._loopback(point.space)
        if point.role in ("own", "veth"):
            return self._end(point) or self.host
        kinds = ("bar", "idle-bar") if point.role == "bridge" else ("uplink",)
        box = next((b for b in self.layout.boxes if b.kind in kinds and b.key == point.interface), None)
        if box is None:
            return self.host
        return Spot("bar" if point.role == "bridge" else "uplink", box.x, box.y, box.w, box.h, box.x + box.w / 2)

    def bar(self, name: str) -> Spot:
        """Where the bar of that bridge is."""
        return self.spot(Point(HOST, name, "bridge"))

    def _inode(self, space: str) -> int:
        if space == HOST:
            return self.world.host.inode
        return self.world.container(space).namespace or 0

    def _end(self, point: Point) -> Spot | None:
        here = (self._inode(point.space), point.interface)
        wire = next((w for w in self.world.wires if here in (w.a, w.b)), None)
        if wire is None:
            return None
        host = self.world.host.inode
        outer, inner = (wire.a, wire.b) if wire.a[0] == host else (wire.b, wire.a)
        key = self.who.slot(outer[1], self.who.box(inner[0]), inner[1])
        drawn = next((w for w in self.layout.wires if w.key == key), None)
        near = self.layout_box("end", f"{key}/{'near' if point.role == 'own' else 'far'}")
        end = self.world.host.interface(outer[1])
        bar = (end.master or "") if end else ""
        kind: Literal["own", "veth"] = "own" if point.role == "own" else "veth"
        if near:
            return Spot(kind, near.x, near.y, near.w, near.h, near.x + near.w / 2, bar)
        if drawn:
            return Spot(kind, drawn.x - 3, drawn.y1 - 4 if kind == "own" else drawn.y2 - 8, 6, 4, drawn.x, bar)
        return None

    def layout_box(self, kind: str, key: str) -> Box | None:
        """The rectangle of that kind and key."""
        return next((b for b in self.layout.boxes if (b.kind, b.key) == (kind, key)), None)

    def _loopback(self, space: str) -> Spot:
        """Its own label, or where ``tag`` puts one: on the container's upper edge, or after the host's name."""
        key = self.who.box(self._inode(space))
        drawn = self.layout_box("end", f"{key}/lo/near")
        box = self.layout_box("namespace", key)
        if drawn:
            return Spot("self", drawn.x, drawn.y, drawn.w, drawn.h)
        wide = text_width("lo", FACT, "mono") + 10
        if box:
            return Spot("self", box.x + box.w - wide - 24, box.y - TAG / 2 - 1, wide, TAG)
        return Spot("self", self.host.right + 32, self.host.middle - TAG / 2, wide, TAG)

    def tag(self, spot: Spot) -> tuple[Box, Text] | None:
        """A label for a loopback that the map itself does not show."""
        if any((b.x, b.y) == (spot.x, spot.y) for b in self.layout.boxes if b.kind == "end"):
            return None
        width = text_width("lo", FACT, "mono")
        at = (spot.x + spot.w / 2, middle(spot.middle, FACT))
        box = Box("walk/lo", "end", spot.x, spot.y, spot.w, spot.h, about="lo")
        return box, Text(*at, "lo", FACT, width, "mono", "middle", full="lo")

    @cached_property
    def host(self) -> Spot:
        """The host's name and what stands beside it."""
        base = next(t for t in self.layout.texts if t.text == "host" and t.face == "bold" and t.size > FACT)
        line = [t for t in self.layout.texts if t.y == base.y and t.x >= base.x and t.tone in ("ink", "muted")]
        right = max(t.left + t.width for t in line if t.anchor == "start")
        return Spot("host", base.x, base.y - 10, right - base.x, 13)

    @cached_property
    def programs(self) -> Spot:
        """Where the host's own programs are: the container in host mode that talks, or else beside the host's name."""
        names = [c.name for c in self.world.sharing(self.world.host.inode) if c.name in self.talkers]
        chip = next((b for b in self.layout.boxes if b.kind == "container" and b.about in names), None)
        return Spot("host", chip.x, chip.y, chip.w, chip.h) if chip else self.host

    def _outside(self) -> Spot | None:
        uplink = next((b for b in self.layout.boxes if b.kind == "uplink" and self._leads_out(b)), None)
        text = next((t for t in self.layout.texts if t.text.startswith("to the outside")), None)
        if uplink is None or text is None:
            return None
        return Spot("outside", text.left, text.y - 9, text.width, 11, uplink.x + uplink.w / 2)

    def _leads_out(self, box: Box) -> bool:
        return any(wire.key == box.key for wire in self.layout.wires)

    @cached_property
    def floor(self) -> float:
        """The lowest y of the bridges: below it there is room for what the host passes on."""
        bars = [b.y + b.h for b in self.layout.boxes if b.kind in ("bar", "idle-bar")]
        guests = [c.id for c in self.world.sharing(self.world.host.inode)]
        chips = [b.y for b in self.layout.boxes if b.kind == "container" and b.key in guests]
        return min([max(bars, default=self.host.y), *(y - 16 for y in chips)])
