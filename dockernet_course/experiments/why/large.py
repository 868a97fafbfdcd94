"""Whether large packets get lost where small ones pass: one of each is sent, and followed.

A server's answer may be the first large packet of a connection (RFC 2923 §2.1): so that way is tried first.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from dockernet_course.errors import ObserveError
from dockernet_course.experiments.ask import Place
from dockernet_course.experiments.model import Family
from dockernet_course.experiments.targets import party, space
from dockernet_course.experiments.walk import HEADERS, Walk, end_words, walk
from dockernet_course.experiments.why.evidence import of_output, of_walk
from dockernet_course.experiments.why.model import Evidence
from dockernet_course.lab import View
from dockernet_course.observe import Namespace

__all__ = ["Lost", "lost"]

_PATIENCE = 1  # seconds: that it can be answered, the small one has shown
_ETHERNETS = 1500  # bytes, where the sender's interface is in no observed namespace


@dataclass(frozen=True)
class Lost:
    """A ``small`` packet that was answered, and a ``large`` one, on the same way, that got lost."""

    small: Walk
    large: Walk

    @property
    def text(self) -> str:
        """What was seen, and the interface that did it, if that was."""
        size = (self.large.question.size or 0) + HEADERS[_family(self.large)]
        told = self.large.verdict.because or end_words(self.large).rstrip(".")
        way = f"from {self.large.source} to {self.large.target}"
        return f"Small packets pass {way}, and one of {size} bytes that may not be taken apart does not: {told}."

    def evidence(self, lab: View) -> Iterator[Evidence]:
        """Both pings; and the interface, if it is one of the host's or of these two."""
        yield from map(of_walk, (self.small, self.large))
        world = self.large.world
        names = (self.large.source, self.large.target)
        inside = [(c.name, world.namespace(c), f"nsenter -t {c.pid} -n ") for c in world.containers if c.name in names]
        for where, home, enter in [("the host", world.host, ""), *inside]:
            yield from (
                of_output(lab.host(command), command)
                for interface in (home.interfaces if home else ())
                if self.large.verdict.because.startswith(f"{interface.name} of {where} has")
                for command in (f"{enter}ip -o link show {interface.name}",)
            )


def lost(lab: View, here: Place, there: Place, followed: Walk) -> Lost | None:
    """Two that show it; None where large ones pass, too, or where nothing can be shown by a ping."""
    found = (_tried(lab, a, b, _family(followed)) for a, b in ((there, here), (here, there)))
    return next(filter(None, found), None)


def _family(followed: Walk) -> Family:
    return 6 if ":" in followed.question.target else 4


def _tried(lab: View, source: Place, target: Place, family: Family) -> Lost | None:
    try:
        small = walk(lab, source, target, family=family, patience=_PATIENCE)
        if not small.ok:
            return None
        size = _mtu(space(small.world, party(source)), small.question.target) - HEADERS[family]
        large = walk(lab, source, target, family=family, size=size, patience=_PATIENCE)
    except ObserveError:
        return None
    return Lost(small, large) if large.verdict.outcome in ("lost", "unreachable", "dropped") else None


def _mtu(home: Namespace | None, target: str) -> int:
    route = home.route_to(target) if home else None
    out = home.interface(route.device) if home and route else None
    return out.mtu if out else _ETHERNETS
