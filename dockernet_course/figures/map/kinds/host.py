"""Driver host: nothing is wired; the container is drawn in the host's frame."""

from __future__ import annotations

from dockernet_course.figures.map.kinds.kind import MapKind

__all__ = ["HOST"]

HOST = MapKind(guest="host mode")
