"""``--network container:web``: a guest in web's box, whose interfaces it shares."""

from __future__ import annotations

from dockernet_course.figures.map.kinds.kind import MapKind

__all__ = ["CONTAINER"]

CONTAINER = MapKind(guest="joined")
