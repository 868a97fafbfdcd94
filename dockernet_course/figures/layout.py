"""Topology → Layout: the whole way from facts to numbers, for one map or for the frames of a film."""

from __future__ import annotations

from collections.abc import Sequence

from dockernet_course.figures.compare import compare
from dockernet_course.figures.compose import compose
from dockernet_course.figures.identity import Identities
from dockernet_course.figures.plan import make_plan
from dockernet_course.figures.read import read
from dockernet_course.figures.shapes import Layout
from dockernet_course.observe.model import Topology

__all__ = ["MAX_WIDTH", "layout", "layouts"]

MAX_WIDTH = 675.0
MIN_WIDTH = 400.0


def layout(
    topology: Topology, *, since: Topology | None = None, max_width: float = MAX_WIDTH, min_width: float = MIN_WIDTH
) -> Layout:
    """The map of an observation, widths in points; with ``since``, what is new, gone and changed is marked."""
    who = Identities([topology] if since is None else [since, topology])
    scene = read(topology, who)
    if since is not None:
        scene = compare(read(since, who), scene)
    return compose(scene, make_plan([scene], max_width, min_width))


def layouts(
    topologies: Sequence[Topology], *, max_width: float = MAX_WIDTH, min_width: float = MIN_WIDTH
) -> tuple[Layout, ...]:
    """One map per frame of a film: each marks what changed since the one before; all share the same places."""
    who = Identities(topologies)
    scenes = [read(topology, who) for topology in topologies]
    marked = [*scenes[:1], *(compare(old, new) for old, new in zip(scenes, scenes[1:], strict=False))]
    plan = make_plan(marked, max_width, min_width)
    drafts = [compose(scene, plan) for scene in marked]
    height = max((draft.height for draft in drafts), default=0.0)
    return tuple(compose(scene, plan, height) for scene in marked)
