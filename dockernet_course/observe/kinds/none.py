"""Network none, whose driver is null: a network namespace of its own, with nothing but ``lo``."""

from __future__ import annotations

from dockernet_course.observe.kinds.kind import NetworkKind

__all__ = ["NONE"]

NONE = NetworkKind("null", mode="none")
