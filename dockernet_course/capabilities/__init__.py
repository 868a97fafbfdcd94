"""What this engine can do: probed live, beside a sourced table of what each generation is known to do."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor

from dockernet_course.capabilities import cache
from dockernet_course.capabilities.bench import Bench, bench
from dockernet_course.capabilities.model import (
    Answered,
    Capability,
    Expectation,
    Finding,
    Here,
    capability,
    foundation,
    known,
)
from dockernet_course.capabilities.probes import PROBES
from dockernet_course.capabilities.settings import PROBED, defaults_changed
from dockernet_course.errors import DockernetError
from dockernet_course.lab import Lab

__all__ = ["Answered", "Capabilities", "Capability", "Expectation", "Finding", "Here", "capabilities", "known"]


def capabilities(lab: Lab) -> Capabilities:
    """What the lab's engine can do. Nothing is probed before it is asked for."""
    return Capabilities(lab)


class Capabilities:
    """``capabilities(lab)["link-variables"].here``: looked up when it is asked for, and once for each engine."""

    def __init__(self, lab: Lab) -> None:
        """Use :func:`capabilities`."""
        self._lab, self._engine = lab, cache.identity(lab)

    def __getitem__(self, cid: str) -> Answered:
        """One answer. Raises LessonError for an id that is not there."""
        return self.answers(cid)[0]

    def answers(self, *ids: str) -> tuple[Answered, ...]:
        """These answers, or all. What is not known yet is probed together."""
        wanted = [capability(cid).id for cid in ids or known()]
        found = cache.recall(self._engine)
        missing = [cid for cid in _with_conditions(wanted) if cid not in found]
        if missing:
            found |= probed(self._lab, missing)
            cache.keep(self._engine, found, [cid for cid in found if self._answer(cid, found).differs])
        return tuple(self._answer(cid, found) for cid in wanted)

    def _answer(self, cid: str, found: Mapping[str, Finding]) -> Answered:
        engine = self._lab.engine
        given = {other: found[other].here for other in capability(cid).concerns if other in found}
        return Answered(capability(cid), found[cid], engine.version, engine.private, given)

    def lacking(self, *ids: str) -> str:
        """Why a claim that rests on these is not shown here: the first one that is missing. Empty if all are there."""
        rests_on = dict.fromkeys(below for cid in ids for below in foundation(cid))
        return next((answer.lacking for answer in map(self.__getitem__, rests_on) if answer.lacking), "")

    @property
    def settings(self) -> tuple[str, ...]:
        """What its owner has set otherwise than Docker does by itself: ``("icc=false",)``; nothing of a private one."""
        if self._lab.engine.private:
            return ()
        found = {answer.capability.id: answer.here for answer in self.answers(*PROBED)}
        return defaults_changed(self._lab, found)

    @property
    def deviations(self) -> tuple[Answered, ...]:
        """Where this engine, of a release that is known, does something else than is known of it."""
        return tuple(answer for answer in self.answers() if answer.differs)


def _with_conditions(ids: Iterable[str]) -> tuple[str, ...]:
    """These, and what is expected of them depends on."""
    return tuple(dict.fromkeys(other for cid in ids for other in (cid, *capability(cid).concerns)))


def probed(lab: Lab, ids: Iterable[str]) -> dict[str, Finding]:
    """Look now, at several things at once."""
    with bench(lab) as on, ThreadPoolExecutor(16) as pool:
        findings = {cid: pool.submit(_finding, on, cid) for cid in ids}
    return {cid: found.result() for cid, found in findings.items()}


def _finding(on: Bench, cid: str) -> Finding:
    try:
        return Finding(PROBES[cid](on))
    except DockernetError as error:
        return Finding("", " ".join(filter(None, (error.what, error.state))))
    except (LookupError, ValueError) as error:  # an answer that has another form than any engine's so far
        return Finding("", f"The engine answers in another form ({type(error).__name__}: {error}).")
