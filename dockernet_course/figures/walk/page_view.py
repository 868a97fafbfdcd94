"""A walk as one plain value that a page can draw and step through: the map's strokes, and those of each step."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import Any

from dockernet_course.experiments.walk import Walk, end_words, unseen_words
from dockernet_course.figures.drawing.metrics import literal
from dockernet_course.figures.drawing.painter import BEHIND, FRONT, line_shapes, shapes, stop_shapes
from dockernet_course.figures.drawing.primitives import Layout, Line
from dockernet_course.figures.drawing.svg import Stroke, strokes
from dockernet_course.figures.walk.picture import WalkPicture, walk_alt, walk_map, walk_picture
from dockernet_course.figures.walk.routes import DrawnStep
from dockernet_course.figures.walk.steps import Leg, legs, rest, said

__all__ = ["WalkView", "walk_view"]

SAMPLE = ((0.0, 6.0), (26.0, 6.0))


@dataclass(frozen=True, repr=False)
class WalkView:
    """What a page needs of one walk: the ``map``, and what each of its ``steps`` draws on it."""

    walk: Walk
    title: str
    map: Layout
    steps: tuple[DrawnStep, ...]

    @property
    def alt(self) -> str:
        """The walk in words."""
        return walk_alt(self.walk, self.title)

    @property
    def json(self) -> str:
        """The JSON that ``widgets/walk.js`` draws: the map's strokes, and the legs with their steps."""
        plain = shapes(self.map)
        walk, made = self.walk, iter(self.steps)
        return json.dumps(
            {
                "title": literal(self.title),
                "width": self.map.width,
                "height": self.map.height,
                "strokes": strokes(plain),
                "layers": [sum(shape.depth < height for shape in plain) for height in (BEHIND, FRONT)],
                "command": literal(f"{walk.output.prompt} {walk.output.command}"),
                "legs": [_leg(leg, [next(made) for _ in leg.steps]) for leg in legs(walk)],
                "after": [words for words in (said(walk), rest(walk), *unseen_words(walk)) if words],
                "ok": walk.ok,
                "end": literal(end_words(walk, rules=False)),
            }
        )

    def picture(self, theme: str = "light") -> WalkPicture:
        """The same walk as a static figure."""
        return walk_picture(self.walk, title=self.title, theme=theme)

    def __repr__(self) -> str:
        return self.alt


def walk_view(walk: Walk, *, title: str) -> WalkView:
    """The walk for a page; the title says which question it answers."""
    return WalkView(walk, title, *walk_map(walk))


def _leg(leg: Leg, steps: list[DrawnStep]) -> dict[str, Any]:
    sample = Line(SAMPLE, leg.tone, leg.style, (15.0, 6.0, 0.0))
    return {
        "title": leg.title,
        "tone": leg.tone,
        "back": leg.style == "back",
        "sample": strokes(line_shapes(sample)),
        "steps": [_step(each) for each in steps],
    }


def _step(made: DrawnStep) -> dict[str, Any]:
    """One step: ``behind`` is drawn above the map's first layer, ``lines`` above its second, ``stops`` above all.

    ``way`` is where its dot runs along; at the last point it stays.
    """
    step = made.step
    return {
        "number": step.number,
        "words": step.words,
        "source": step.source,
        "target": step.target,
        "changed": step.changed,
        "notes": [asdict(note) for note in step.notes],
        "end": step.end,
        "behind": _ways(line for line in made.lines if line.behind),
        "lines": _ways(line for line in made.lines if not line.behind),
        "stops": strokes(shape for stop in made.stops for shape in stop_shapes(stop)),
        "way": [*(made.lines[0].points if made.lines else ()), (made.stops[0].x, made.stops[0].y)],
    }


def _ways(lines: Iterable[Line]) -> list[Stroke]:
    return strokes(shape for line in lines for shape in line_shapes(line))
