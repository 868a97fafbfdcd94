"""Topology → Layout: the whole way from facts to numbers, for one map or for the frames of a film."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from dockernet_course.figures.drawing.primitives import Layout
from dockernet_course.figures.map.assemble import compose
from dockernet_course.figures.map.compare import compare
from dockernet_course.figures.map.from_topology import read
from dockernet_course.figures.map.identity import Identities
from dockernet_course.figures.map.plan import make_plan
from dockernet_course.figures.map.scene import Scene
from dockernet_course.observe import Topology

__all__ = ["MAX_WIDTH", "MIN_WIDTH", "Reel", "layout", "layouts", "reel"]

MAX_WIDTH = 690.0
MIN_WIDTH = 460.0


def layout(
    topology: Topology, *, since: Topology | None = None, max_width: float = MAX_WIDTH, min_width: float = MIN_WIDTH
) -> Layout:
    """The map of an observation, widths in points; with ``since``, what is new, gone and changed is marked."""
    who = Identities([topology] if since is None else [since, topology])
    scene = read(topology, who)
    if since is not None:
        scene = compare(read(since, who), scene)
    return compose(scene, make_plan([scene], max_width, min_width))


@dataclass(frozen=True)
class Reel:
    """The frames of a film as scenes: as they are, and with what changed since the one before marked."""

    plain: tuple[Scene, ...]
    marked: tuple[Scene, ...]

    def changes(self) -> list[int]:
        """The frames that look different from the one before, the first included."""
        return [i for i, scene in enumerate(self.plain) if i == 0 or scene != self.plain[i - 1]]

    def pick(self, frames: Sequence[int]) -> Reel:
        """A film of these frames only."""
        return _reel([self.plain[i] for i in frames])


def reel(topologies: Sequence[Topology]) -> Reel:
    """The scenes of a film; a thing that moves or is renamed stays the same thing in all of them."""
    who = Identities(topologies)
    scenes = [read(topology, who) for topology in topologies]
    wired = {box.key for scene in scenes for box in scene.boxes if any(slot.near.name != "lo" for slot in box.slots)}
    return _reel([_without_lo(scene, wired) for scene in scenes])


def _without_lo(scene: Scene, wired: set[str]) -> Scene:
    """A box that has another interface in some frame does not show ``lo`` in the rest of them."""
    boxes = (
        replace(box, slots=tuple(s for s in box.slots if s.near.name != "lo")) if box.key in wired else box
        for box in scene.boxes
    )
    return replace(scene, boxes=tuple(boxes))


def _reel(plain: Sequence[Scene]) -> Reel:
    return Reel(tuple(plain), (*plain[:1], *(compare(old, new) for old, new in pairwise(plain))))


def layouts(
    film: Reel, *, max_width: float = MAX_WIDTH, min_width: float = MIN_WIDTH, legend: bool = True
) -> tuple[Layout, ...]:
    """One map per frame, equally large, everything in the same place in all of them."""
    plan = make_plan(film.marked, max_width, min_width)
    drafts = [compose(scene, plan, legend=legend) for scene in film.marked]
    height = max((draft.height for draft in drafts), default=0.0)
    return tuple(compose(scene, plan, height, legend=legend) for scene in film.marked)
