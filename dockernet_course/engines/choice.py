"""Which engine to use: the learner's own if there is one, else a capsule.

:func:`decide` looks and starts nothing (``dockernet doctor`` shows what it says); :func:`find_engine` does it.
"""

from __future__ import annotations

import os
from dataclasses import dataclass, replace

from dockernet_course.engines import capsule as capsules
from dockernet_course.engines import own, pack
from dockernet_course.engines.image import ensure_image
from dockernet_course.engines.model import Engine, PassedOver
from dockernet_course.errors import EngineError, EngineNotFound

__all__ = ["Decision", "decide", "find_engine"]

_CURE = "Install or start Docker, or mend what is said above; 'dockernet doctor' looks again."


@dataclass(frozen=True)
class Decision:
    """What will be used. ``engine`` is one that answers already; without it, the capsule ``name`` is to be started.

    ``asked`` tells that somebody asked for just this, so that there is no other way if it fails.
    """

    engine: Engine | None
    why: str
    asked: bool
    name: str
    suite: str | None
    passed_over: tuple[PassedOver, ...] = ()


def find_engine(
    choice: str = "auto",
    *,
    suite: str | None = None,
    capsule: str | None = None,
    progress: pack.Progress = pack.quiet,
) -> Engine:
    """An engine that answers and has the lab image; a capsule is started if that is what it takes.

    ``choice`` is ``auto`` (then ``DOCKERNET_ENGINE`` decides, if it is set), ``own``, ``capsule`` or an address.
    ``suite`` and ``capsule`` (release and name) are only for capsules, so that ``auto`` with one of them takes one.
    Raises :class:`EngineNotFound` with everything that was tried, :class:`EngineUnreachable` or
    :class:`EngineUnsupported` for an engine that somebody chose, :class:`HostForbids` or :class:`PackError` for a
    capsule that somebody chose.
    """
    decision = decide(choice, suite=suite, capsule=capsule)
    engine = decision.engine or _started(decision, progress)
    with engine.hold("find_engine"):
        ensure_image(engine, progress)
    return engine


def decide(choice: str = "auto", *, suite: str | None = None, capsule: str | None = None) -> Decision:
    """What :func:`find_engine` would take, with the reasons; starts nothing.

    Raises what it raises for an engine of the learner's own that was chosen, or is missing.
    """
    name = capsule or capsules.default_name()
    choice, who = _wanted(choice)
    if choice == "auto" and (suite or capsule):
        return Decision(None, "a private engine, because a release or a name was asked for", True, name, suite)
    if choice == "capsule":
        return Decision(None, f"{who} for a private engine", True, name, suite)
    if choice not in ("auto", "own"):
        return _taken(own.find(choice)[0], name, suite)
    engine, passed_over = own.find()
    if engine is not None:
        return _taken(replace(engine, passed_over=passed_over), name, suite)
    if choice == "own":
        raise EngineNotFound(
            f"There is no Docker Engine of your own here ({who} for it).",
            state=_told(passed_over),
            cure="Start it, say where it is (DOCKER_HOST), or use a private one: DOCKERNET_ENGINE=capsule.",
        )
    why = "a private engine, because none of your own can be used"
    return Decision(None, why, False, name, suite, passed_over)


def _wanted(choice: str) -> tuple[str, str]:
    """The choice, and who asked for it."""
    environment = os.environ.get("DOCKERNET_ENGINE") or "auto"
    if choice == "auto" and environment != "auto":
        return environment, "DOCKERNET_ENGINE asks"
    return choice, "you asked"


def _taken(engine: Engine | None, name: str, suite: str | None) -> Decision:
    assert engine is not None  # noqa: S101 (find raises for one that was chosen)
    return Decision(engine, engine.why, True, engine.capsule or name, suite, engine.passed_over)


def _started(decision: Decision, progress: pack.Progress) -> Engine:
    try:
        running = capsules.start(decision.name, decision.suite, progress)
        engine = own.of_capsule(running)
    except EngineError as error:
        if decision.asked:
            raise
        reason = " ".join(filter(None, (error.what, error.state, error.cure)))
        tried = (*decision.passed_over, PassedOver("a private engine (capsule)", reason))
        raise EngineNotFound("No Docker Engine can be used here.", state=_told(tried), cure=_CURE) from error
    return replace(engine, why=decision.why, passed_over=decision.passed_over)


def _told(passed_over: tuple[PassedOver, ...]) -> str:
    return "\n".join(f"- {one.name}: {one.reason}" for one in passed_over)
