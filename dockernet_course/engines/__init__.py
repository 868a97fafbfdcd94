"""Where a Docker Engine comes from: the learner's own, or a capsule (a private one, made on the spot)."""

from __future__ import annotations

from dockernet_course.engines.build.lab_image import LAB_IMAGE
from dockernet_course.engines.build.pack import DEFAULT_SUITE
from dockernet_course.engines.find.choice import find_engine
from dockernet_course.engines.find.leasing import hold
from dockernet_course.engines.find.model import Engine, PassedOver
from dockernet_course.engines.keeper.lease import Lease

__all__ = ["DEFAULT_SUITE", "LAB_IMAGE", "Engine", "Lease", "PassedOver", "find_engine", "hold"]
