"""The exercises of a running lesson: where each began, what was answered, how many hints were given."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field

from dockernet_course.errors import ClaimFailed, DockernetError, LessonError
from dockernet_course.lab import Lab
from dockernet_course.lessons.exercises import Context, Exercise, Outcome, find_exercise
from dockernet_course.lessons.living import count_as_known
from dockernet_course.observe import (
    Bridge,
    ByHand,
    HostState,
    Interface,
    Namespace,
    Topology,
    by_hand,
    host_state,
    observe,
)

__all__ = ["Attempt", "Workshop", "emptied"]

SETTLING_S = 3
# From Linux 6.7 on the kernel catches up when it is asked like this (net/core/net-sysfs.c); before, it takes its time.
ASK_FOR_CARRIER = "cat /sys/class/net/*/carrier"


@dataclass
class Attempt:
    """An exercise in hand: what was there at its start, the hints given, whether the course solved it, the answer.

    Of the start: the network, the engine's host, what the text calls whom, and what the right answer was.
    """

    exercise: Exercise
    start: Topology
    host: HostState
    names: Mapping[str, str]
    truth: object = None
    hints: int = 0
    solved_by_us: bool = False
    answer: object = None


@dataclass
class Workshop:
    """The exercises of the lesson on ``lab``. The start of an exercise is the empty lab, and what its setup makes."""

    lab: Lab
    attempts: dict[str, Attempt] = field(default_factory=dict)
    current: str = ""
    found: HostState | None = None  # what a host of the learner's own was set to when it was last looked at
    were_up: frozenset[str] = frozenset()  # the host's bridges that were up when the first exercise began

    def begin(self, eid: str) -> Exercise:
        """Bring the lab to the start of the exercise."""
        exercise = find_exercise(eid)
        self.were_up = self.were_up or frozenset(b.name for b in _bridges(self.lab) if b.up)
        emptied(self.lab, self.were_up)
        self._tell()
        if exercise.setup:
            exercise.setup(self.lab)
        self.attempts[eid] = _begun(self.lab, exercise)
        count_as_known(self.lab, self.attempts[eid].start)
        self.current = eid
        return exercise

    def judge(self, eid: str, answer: object = None) -> Outcome:
        """Look at the network and judge it. Raises ClaimFailed if the course's own solution does not pass."""
        attempt = self._attempt(eid)
        if answer is not None:
            attempt.answer = answer
        outcome = self._outcome(attempt)
        if attempt.solved_by_us and not outcome.correct and answer is None:
            raise ClaimFailed(
                f"[{eid}] The course's own solution is not accepted on this engine.",
                state=repr(outcome),
                cure="Did you change the lab after lesson.solution? If not, please report this.",
            )
        return outcome

    def hint(self, eid: str) -> tuple[int, str]:
        """The next hint, numbered from 1, computed from what is there now; it says so when nothing is left to do."""
        attempt = self._attempt(eid)
        now = _settled(self.lab)
        about = self._context(attempt, now)
        found = attempt.exercise.outcome(now, about)
        if found.correct:
            return attempt.hints, "Nothing is left to do: it is solved."
        text = attempt.exercise.hint(attempt.hints, now, about, found)
        attempt.hints = min(attempt.hints + 1, len(attempt.exercise.hints))
        return attempt.hints, text

    def solve(self, eid: str) -> None:
        """Apply the reference solution at the start of the exercise."""
        exercise = self.begin(eid)
        attempt = self.attempts[eid]
        attempt.answer = exercise.reference(self.lab)
        attempt.solved_by_us = True

    def leave(self) -> None:
        """Leave the engine's host as it was found; the lab itself is closed by others."""
        if self.attempts:
            with contextlib.suppress(DockernetError):  # an engine that has stopped has nothing to mend
                _mended(self.lab, self.were_up)
                self._tell()

    def _tell(self) -> None:
        """On a host of the learner's own, say once what was changed there since the first exercise began; it stays."""
        if self.lab.engine.private:
            return
        now = host_state(self.lab)
        for change in _concerning(self.lab, observe(self.lab), by_hand(self.found or now, now)):
            print(f"On your engine's host, {change}. It is your own: the course leaves it as it is.")
        self.found = now

    def _attempt(self, eid: str) -> Attempt:
        if eid not in self.attempts:
            find_exercise(eid)
            raise LessonError(f"The exercise {eid} has not begun.", cure=f"Begin it with lesson.exercise({eid!r}).")
        return self.attempts[eid]

    def _outcome(self, attempt: Attempt) -> Outcome:
        now = _settled(self.lab)
        return attempt.exercise.outcome(now, self._context(attempt, now))

    def _context(self, attempt: Attempt, now: Topology) -> Context:
        return Context(
            lab=self.lab,
            start=attempt.start,
            answer=attempt.answer,
            truth=attempt.truth,
            names=attempt.names,
            by_hand=_concerning(self.lab, now, by_hand(attempt.host, host_state(self.lab))),
        )


def _begun(lab: Lab, exercise: Exercise) -> Attempt:
    """The exercise, with all that is to be remembered of its start."""
    start = _settled(lab)
    return Attempt(
        exercise=exercise,
        start=start,
        host=host_state(lab),
        names={c.id: c.name for c in lab.containers()} | {n.id: n.name for n in lab.networks()},
        truth=exercise.truth(lab) if exercise.truth else None,
    )


def _concerning(lab: Lab, now: Topology, changes: Iterable[ByHand]) -> tuple[ByHand, ...]:
    """Those that concern the exercise: all on a private engine's host.

    On the learner's own a network is joined or left now and then: there only the firewall counts, forwarding, and what
    concerns the engine's bridges and veth pairs.
    """
    ours = {bridge.name for bridge in now.bridges if bridge.network} | {p for b in now.bridges for p in b.ports}
    ours.add("net.ipv4.ip_forward")
    return tuple(change for change in changes if lab.engine.private or change.kind == "rule" or change.of in ours)


def _settled(lab: Lab) -> Topology:
    """What is there when the kernel has caught up: it tells a bridge of its ports' carrier up to a second later."""
    end = time.monotonic() + SETTLING_S
    while True:
        seen = observe(lab)
        if time.monotonic() > end or all(_caught_up(seen.host, bridge) for bridge in seen.bridges):
            return seen
        lab.host(ASK_FOR_CARRIER)
        time.sleep(0.05)


def _caught_up(host: Namespace, bridge: Bridge) -> bool:
    """Whether a bridge has carrier exactly if a port has, and says so; one that is down never has."""
    device = host.interface(bridge.name)
    if device is None or not device.up:
        return True
    ports = [host.interface(port) for port in bridge.ports]
    live = any(port is not None and port.state == "UP" for port in ports)
    return device.carrier == live == (device.state == "UP")


def emptied(lab: Lab, were_up: Collection[str] = ()) -> None:
    """Remove what is in the lab, containers first, and mend the host."""
    for container in lab.containers():
        lab.remove(container)
    for network in lab.networks():
        lab.remove(network)
    lab.remove_veth_pairs()
    lab.settle_host()
    _mended(lab, were_up)


def _mended(lab: Lab, were_up: Collection[str]) -> None:
    """Set up again what an exercise led the learner to set down on the host: Docker's bridges outlive the lab.

    In a private engine all that was changed is put back anyway; on the learner's own only what was on before is.
    """
    for bridge in _bridges(lab):
        if not bridge.up and (lab.engine.private or bridge.name in were_up):
            lab.host(["ip", "link", "set", bridge.name, "up"])


def _bridges(lab: Lab) -> list[Interface]:
    return [i for i in observe(lab).host.interfaces if i.kind == "bridge"]
