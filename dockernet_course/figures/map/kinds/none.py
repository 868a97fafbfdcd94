"""Network none: a box with ``lo``, and no wire."""

from __future__ import annotations

from dockernet_course.figures.map.kinds.kind import MapKind

__all__ = ["NONE"]

NONE = MapKind()
