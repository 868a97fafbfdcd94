"""Somebody uses an engine: a private one lives as long as somebody does; for the learner's own it means nothing."""

from __future__ import annotations

from dockernet_course.engines.find import private
from dockernet_course.engines.find.model import Engine
from dockernet_course.engines.keeper.lease import Lease

__all__ = ["hold"]


def hold(engine: Engine, holder: str) -> Lease:
    """Keep the engine alive for ``holder``, a short name for people (``kernel 1234``).

    Raises :class:`~dockernet_course.errors.EngineStopped` if a private engine has ended meanwhile.
    """
    return Lease(holder) if engine.name is None else private.hold(engine.name, holder)
