"""What ``show_walk`` draws: the map of the moment, the packet's way on it, the steps below; and the same in words."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from dockernet_course.experiments.walk import Walk, end_words, unseen_words
from dockernet_course.figures.drawing.grammar import capital, sentence
from dockernet_course.figures.drawing.metrics import literal
from dockernet_course.figures.drawing.primitives import Layout
from dockernet_course.figures.drawing.style import TITLE, TITLE_LINE, TITLE_TOP, title_lines
from dockernet_course.figures.map.layout import MIN_WIDTH, layout
from dockernet_course.figures.map.picture import FigurePicture
from dockernet_course.figures.walk.anchors import Atlas
from dockernet_course.figures.walk.routes import DrawnStep, drawn
from dockernet_course.figures.walk.step_list import steps_list
from dockernet_course.figures.walk.steps import Leg, Step, legs, rest, said

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["WalkPicture", "walk_alt", "walk_map", "walk_picture"]

LEAST = 560.0  # narrower, and the list has no room


@dataclass(frozen=True, repr=False)
class WalkPicture(FigurePicture):
    """A map with a packet's way on it, and the list of its steps."""

    map: Layout
    steps: Layout
    alt: str
    title: str = ""
    theme: str = "light"

    def _figure(self) -> Figure:
        from dockernet_course.figures.drawing.mpl import draw_panels

        lines = title_lines(self.title, self.map.width, TITLE)
        head = TITLE_TOP + TITLE_LINE * len(lines) if lines else 0.0
        below = head + self.map.height
        panels = [("", self.map, 0.0, head), ("", self.steps, 0.0, below)]
        return draw_panels(lines, panels, (self.map.width, below + self.steps.height), self.theme)


def walk_picture(walk: Walk, *, title: str, theme: str = "light") -> WalkPicture:
    """The walk on the map of the network as it was then; the title says which question it answers."""
    plain, steps = walk_map(walk, LEAST)
    way = replace(
        plain,
        lines=tuple(line for each in steps for line in each.lines),
        stops=tuple(stop for each in steps for stop in each.stops),
    )
    return WalkPicture(way, steps_list(walk, way.width), walk_alt(walk, title), title, theme)


def walk_map(walk: Walk, min_width: float = MIN_WIDTH) -> tuple[Layout, tuple[DrawnStep, ...]]:
    """The map, with a label for each loopback that was passed; and what each step draws on it."""
    plain = layout(walk.world, min_width=min_width)
    atlas = Atlas(plain, walk.world, (walk.source, walk.target))
    steps = drawn(legs(walk), atlas)
    spots = dict.fromkeys(atlas.spot(hop.at) for each in steps for hop in each.step.hops if hop.at.role == "loopback")
    tags = [tag for tag in map(atlas.tag, spots) if tag]
    boxes, texts = (*plain.boxes, *(box for box, _ in tags)), (*plain.texts, *(text for _, text in tags))
    return replace(plain, boxes=boxes, texts=texts), steps


def walk_alt(walk: Walk, title: str) -> str:
    """Title, who asks whom, each step in its order, and how it ended."""
    asked = f"{walk.source} asks {walk.target} ({walk.how}), with the command: {walk.output.command}"
    printed = f"It printed: {sentence(said(walk))}" if said(walk) else ""
    words = [sentence(title), sentence(asked), *map(_leg, legs(walk)), rest(walk), printed, end_words(walk)]
    return literal(" ".join(filter(None, [*words, *unseen_words(walk)])))


def _leg(leg: Leg) -> str:
    return " ".join([f"{capital(leg.title)}{'' if leg.title[-1] == '?' else '.'}", *map(_step, leg.steps)])


def _step(step: Step) -> str:
    notes = (f"{note.words}{_by(note.rule)}" for note in step.notes)
    ends = f", from {step.source} to {step.target}" if step.source else ""
    words = [f"{step.number}. {step.words}{ends}", *notes]
    return sentence("; ".join(words))


def _by(rule: str) -> str:
    return f", by the rule {rule}" if rule else ""
