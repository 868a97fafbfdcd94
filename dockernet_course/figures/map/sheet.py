"""Many maps on one sheet: a whole engine, a Compose project each. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from dockernet_course.figures.drawing.grammar import sentence
from dockernet_course.figures.drawing.metrics import literal, text_width
from dockernet_course.figures.drawing.primitives import Layout, Text
from dockernet_course.figures.map.assemble import compose, compose_legend
from dockernet_course.figures.map.describe import describe
from dockernet_course.figures.map.facts import facts
from dockernet_course.figures.map.folding import folded, folds, named
from dockernet_course.figures.map.from_topology import read
from dockernet_course.figures.map.identity import Identities
from dockernet_course.figures.map.layout import MAX_WIDTH
from dockernet_course.figures.map.page_view import MapView, Thing, things
from dockernet_course.figures.map.plan import make_plan
from dockernet_course.figures.map.rows import Row, rows
from dockernet_course.observe import Group

__all__ = ["sheet_view"]

_HEAD, _GAP, _NARROW = 24.0, 10.0, 200.0
_SIZE = 12.0
_NO_PROJECT = "in no Compose project"


@dataclass(frozen=True)
class _Part:
    """One map, with its heading; what it is about is in the upper left corner."""

    heading: str
    layout: Layout
    things: tuple[Thing, ...]
    rows: tuple[Row, ...]
    alt: str


def sheet_view(found: Sequence[Group], *, title: str) -> MapView:
    """The maps of all groups, each under the project's name; those that are small stand side by side."""
    parts = [_part(group) for group in found]
    layout, seen = _sheet(parts)
    alt = " ".join([sentence(literal(title)), *(part.alt for part in parts)])
    return MapView(literal(title), layout, seen, tuple(row for part in parts for row in part.rows), alt, "")


def _part(group: Group) -> _Part:
    alike = folds(group.topology)
    topology = folded(group.topology, alike)
    who = Identities([topology])
    scene = named(read(topology, who), group.project, alike)
    heading = literal(f"project {group.project}" if group.project else _NO_PROJECT)
    least = max(_NARROW, text_width(heading, _SIZE, "bold"))
    layout = compose(scene, make_plan([scene], MAX_WIDTH, least), legend=False)
    own = things(layout, facts(topology, scene, who))
    return _Part(heading, layout, own, rows(scene), f"{sentence(heading)} {describe(scene)}")


def _sheet(parts: Sequence[_Part]) -> tuple[Layout, tuple[Thing, ...]]:
    """Every part in its place, and one legend for all."""
    placed = list(_shelves(parts))
    width = max((x + part.layout.width for part, x, _ in placed), default=0.0)
    height = max((y + part.layout.height for part, _, y in placed), default=0.0)
    whole = Layout(width, height, detail=max((part.layout.detail for part in parts), default=0))
    seen: list[Thing] = []
    for n, (part, x, y) in enumerate(placed):
        head = Text(x + 8, y - 8, part.heading, _SIZE, text_width(part.heading, _SIZE, "bold"), "bold")
        whole = whole.beside(part.layout.moved(x, y), (head,))
        seen += [_moved(thing, n, x, y) for thing in part.things]
    signs = tuple(dict.fromkeys(sign for part in parts for sign in part.layout.signs))
    legend = compose_legend(signs, width)
    whole = replace(whole.beside(legend.moved(0, height)), height=height + legend.height, signs=signs)
    return whole, tuple(seen)


def _moved(thing: Thing, part: int, x: float, y: float) -> Thing:
    """A thing that is on several maps, as the host is, has a name on each of them."""
    name = f"{thing.id} {part + 1}" if part else thing.id
    return replace(thing, id=name, x=thing.x + x, y=thing.y + y)


def _shelves(parts: Sequence[_Part]) -> Iterator[tuple[_Part, float, float]]:
    """Each part with its x and y: from left to right as long as there is room, then below the tallest of these."""
    x, y, tall = 0.0, _HEAD, 0.0
    for part in parts:
        if x and x + part.layout.width > MAX_WIDTH:
            x, y, tall = 0.0, y + tall + _GAP + _HEAD, 0.0
        yield part, x, y
        x, tall = x + part.layout.width + _GAP, max(tall, part.layout.height)
