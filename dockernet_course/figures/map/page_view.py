"""A map as one plain value that a page can draw, ask and read aloud: the layout's numbers, the facts, the table.

Everything in it is a number or text that is to be shown as text; ``json`` is what goes to the page.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from functools import cached_property

from dockernet_course.figures.drawing.grammar import sentence
from dockernet_course.figures.drawing.metrics import literal
from dockernet_course.figures.drawing.painter import FRONT, depth, shapes
from dockernet_course.figures.drawing.primitives import Layout, Mark
from dockernet_course.figures.drawing.shapes import Shape
from dockernet_course.figures.drawing.svg import Stroke, strokes
from dockernet_course.figures.map.assemble import compose
from dockernet_course.figures.map.compare import compare
from dockernet_course.figures.map.describe import describe, describe_changes
from dockernet_course.figures.map.facts import Facts, facts, thing_of
from dockernet_course.figures.map.from_topology import read
from dockernet_course.figures.map.identity import Identities
from dockernet_course.figures.map.layout import MAX_WIDTH, MIN_WIDTH
from dockernet_course.figures.map.picture import MapPicture
from dockernet_course.figures.map.plan import make_plan
from dockernet_course.figures.map.rows import COLUMNS, Row, rows
from dockernet_course.observe import Topology

__all__ = ["MapView", "Thing", "map_view", "things"]

GONE = "Gone since then. The last that was seen of it:"


@dataclass(frozen=True)
class Thing:
    """Something on the map that can be asked: where it is drawn, what it is called, and what is known of it.

    ``front`` is what lies on the edge of another thing.
    """

    id: str
    x: float
    y: float
    w: float
    h: float
    front: bool
    mark: Mark
    title: str
    lines: tuple[str, ...]


@dataclass(frozen=True, repr=False)
class MapView:
    """What a page needs of one map. ``alt`` says it in words, ``news`` what is marked; ``layout`` has the numbers."""

    title: str
    layout: Layout
    things: tuple[Thing, ...]
    rows: tuple[Row, ...]
    alt: str
    news: str

    @cached_property
    def _shapes(self) -> tuple[Shape, ...]:
        return shapes(self.layout)

    @property
    def strokes(self) -> list[Stroke]:
        """The SVG elements of the map, from back to front."""
        return strokes(self._shapes)

    @property
    def behind(self) -> int:
        """How many of them lie behind the things in front."""
        return sum(shape.depth < FRONT for shape in self._shapes)

    @property
    def json(self) -> str:
        """The JSON that ``widgets/map.js`` draws: strokes, things with their facts, rows of the table."""
        return json.dumps(
            {
                "title": self.title,
                "width": self.layout.width,
                "height": self.layout.height,
                "strokes": self.strokes,
                "behind": self.behind,
                "things": [asdict(thing) for thing in self.things],
                "columns": COLUMNS,
                "rows": self.rows,
                "news": self.news,
            }
        )

    def picture(self, theme: str = "light") -> MapPicture:
        """The same map as a static figure."""
        return MapPicture(self.layout, self.alt, self.title, theme)

    def __repr__(self) -> str:
        return self.alt


def map_view(topology: Topology, *, since: Topology | None = None, title: str) -> MapView:
    """The map of an observation for a page; with ``since``, what is new, gone and changed is marked."""
    who = Identities([topology] if since is None else [since, topology])
    plain = scene = read(topology, who)
    known = facts(topology, scene, who)
    if since is not None:
        before = read(since, who)
        known = _ghosts(facts(since, before, who)) | known
        scene = compare(before, scene)
    found = compose(scene, make_plan([scene], MAX_WIDTH, MIN_WIDTH))
    news = "" if since is None else describe_changes(scene)
    words = f"{sentence(literal(title))} {describe(plain)} {news}".strip()
    return MapView(literal(title), found, things(found, known), rows(scene), words, news)


def _ghosts(old: dict[str, Facts]) -> dict[str, Facts]:
    return {thing: Facts(f.title, (GONE, *f.lines)) for thing, f in old.items()}


def things(layout: Layout, known: dict[str, Facts]) -> tuple[Thing, ...]:
    """What was drawn, from back to front, with what is known of it; of one that is drawn twice, the one in front."""
    found = {}
    for box in sorted(layout.boxes, key=depth):
        name = thing_of(box.kind, box.key)
        told = known.get(name, Facts(literal(box.about or box.key), ()))
        found[name] = Thing(name, box.x, box.y, box.w, box.h, depth(box) >= FRONT, box.mark, told.title, told.lines)
    return tuple(found.values())
