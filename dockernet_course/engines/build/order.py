"""What the keeper of a capsule is told."""

from __future__ import annotations

from pathlib import Path

from dockernet_course.engines.build.pack import Tree
from dockernet_course.engines.keeper import state
from dockernet_course.engines.keeper.base import Order

__all__ = ["order"]


def order(name: str, tree: Tree, image: Path | None, idle: float) -> Order:
    """A capsule of that pack, with the ``image`` (see ``preload``); it outlives its last lease by ``idle`` seconds."""
    parts = {"tree": str(tree.root), "image": str(image or "")}
    return Order(name, tree.about.suite, str(state.folder_of(name)), idle, parts)
