"""Which engine to use: the learner's own if there is one, else a capsule, else a virtual machine.

:func:`decide` looks and starts nothing (``dockernet doctor`` shows what it says); :func:`find_engine` does it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from dockernet_course import settings
from dockernet_course.engines.build import pack
from dockernet_course.engines.find import capsule as capsules
from dockernet_course.engines.find import own, private, vm
from dockernet_course.engines.find.image import ensure_image
from dockernet_course.engines.find.leasing import hold
from dockernet_course.engines.find.model import Engine, PassedOver
from dockernet_course.engines.find.private import Kind
from dockernet_course.errors import EngineError, EngineFailed, EngineNotFound, HostForbids

__all__ = ["Decision", "decide", "find_engine"]

_CURE = "Install or start Docker, or mend what is said above; 'dockernet doctor' looks again."

_START: dict[Kind, Callable[[str, str | None, pack.Progress], private.Running]] = {
    "capsule": capsules.start,
    "vm": vm.start,
}
_OBSTACLES: dict[Kind, Callable[[], list[str]]] = {"capsule": capsules.preflight, "vm": vm.preflight}
_TITLES: dict[Kind, str] = {
    "capsule": "a private engine (capsule)",
    "vm": "a private engine in a virtual machine",
}


@dataclass(frozen=True)
class Decision:
    """What will be used: an ``engine`` that answers already, or the first of ``kinds`` that starts as ``name``.

    ``asked`` tells that somebody asked for a private one.
    """

    engine: Engine | None
    why: str
    asked: bool
    kinds: tuple[Kind, ...]
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
    """An engine that answers and has the lab image; a private one is started if that is what it takes.

    ``choice`` is ``auto`` (then ``DOCKERNET_ENGINE`` decides, if it is set), ``own``, ``capsule``, ``vm``, ``private``
    (a capsule, else a virtual machine), or an address.
    ``suite`` and ``capsule`` (release and name) are for private engines, so that ``auto`` with one of them takes one.
    Raises :class:`EngineNotFound` with everything that was tried, :class:`EngineUnreachable` or
    :class:`EngineUnsupported` for an engine that somebody chose, :class:`HostForbids`, :class:`EngineFailed` or
    :class:`PackError` for a private one that somebody chose.
    """
    decision = decide(choice, suite=suite, capsule=capsule)
    engine = decision.engine or _started(decision, progress)
    with hold(engine, "find_engine"):
        ensure_image(engine, progress)
    return engine


def decide(choice: str = "auto", *, suite: str | None = None, capsule: str | None = None) -> Decision:
    """What :func:`find_engine` would take, with the reasons; starts nothing.

    Raises what it raises for an engine of the learner's own that was chosen, or is missing.
    """
    settings.check()
    name = settings.named(capsule) if capsule else private.default_name()
    choice, who = _wanted(settings.chosen(choice))
    if choice == "auto" and (suite or capsule):
        return Decision(
            None, "a private engine, because a release or a name was asked for", True, _any(name), name, suite
        )
    if choice == "private":
        return Decision(None, f"{who} for a private engine", True, _any(name), name, suite)
    for kind, title in _TITLES.items():
        if choice == kind:
            return Decision(None, f"{who} for {title}", True, (kind,), name, suite)
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
    return Decision(None, why, False, _any(name), name, suite, passed_over)


def _any(name: str) -> tuple[Kind, ...]:
    """The kinds of private engines that may have the name, the best first."""
    return ("vm",) if private.kind_of(name) == "vm" else ("capsule", "vm")


def _wanted(choice: str) -> tuple[str, str]:
    """The choice, and who asked for it."""
    environment = settings.engine()
    if choice == "auto" and environment != "auto":
        return environment, f"{settings.ENGINE} asks"
    return choice, "you asked"


def _taken(engine: Engine | None, name: str, suite: str | None) -> Decision:
    assert engine is not None  # noqa: S101 (find raises for one that was chosen)
    return Decision(engine, engine.why, True, (), engine.name or name, suite, engine.passed_over)


def _started(decision: Decision, progress: pack.Progress) -> Engine:
    """The first private engine that can be started. If somebody asked for just this one, its error says why not."""
    tried = decision.passed_over
    for kind in decision.kinds:
        try:
            if len(decision.kinds) > 1 and (obstacles := _OBSTACLES[kind]()):
                raise HostForbids("This machine does not permit it.", state=" ".join(obstacles))
            running = _START[kind](decision.name, decision.suite, progress)
            with private.hold(running.name, "asked for its version"):  # which may take longer than it idles
                engine = own.of_private(running)
        except EngineError as error:
            another_may = isinstance(error, HostForbids | EngineFailed) and len(decision.kinds) > 1
            if decision.asked and not another_may:
                raise
            tried = (*tried, PassedOver(_TITLES[kind], " ".join(filter(None, (error.what, error.state, error.cure)))))
            if not another_may:
                break
        else:
            return replace(engine, why=decision.why, passed_over=tried)
    raise EngineNotFound("No Docker Engine can be used here.", state=_told(tried), cure=_CURE)


def _told(passed_over: tuple[PassedOver, ...]) -> str:
    return "\n".join(f"- {one.name}: {one.reason}" for one in passed_over)
