"""Driver host: the container runs in the host's network namespace, and gets no interface."""

from __future__ import annotations

from dockernet_course.observe.kinds.kind import NetworkKind

__all__ = ["HOST"]

HOST = NetworkKind("host", mode="host")
