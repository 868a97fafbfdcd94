"""``--network container:web``: web's network namespace, with its interfaces. No network, so no driver either."""

from __future__ import annotations

from dockernet_course.lab import JOINED
from dockernet_course.observe.kinds.kind import NetworkKind

__all__ = ["CONTAINER"]

CONTAINER = NetworkKind("container", mode=JOINED)
