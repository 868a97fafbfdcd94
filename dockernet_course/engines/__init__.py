"""Where a Docker Engine comes from: the learner's own, or a capsule (a private one, made on the spot)."""

from __future__ import annotations

from dockernet_course.engines.find.choice import find_engine
from dockernet_course.engines.find.model import DEFAULT_SUITE, LAB_IMAGE, Engine, Lease, PassedOver

__all__ = ["DEFAULT_SUITE", "LAB_IMAGE", "Engine", "Lease", "PassedOver", "find_engine"]
