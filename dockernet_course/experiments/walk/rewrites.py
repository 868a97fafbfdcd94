"""What changed in a packet's header between two points, by which rule, and what proves it. Pure.

The rules of a table ``nat`` are asked for the first packet of a connection only. Conntrack keeps what they decided, and
translates the others by it, answers the other way round (iptables(8), "nat"): there no rule is seen.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Literal

from dockernet_course.experiments.walk.model import Rewrite, Rule
from dockernet_course.experiments.walk.netfilter import Connection, TraceStep
from dockernet_course.experiments.walk.packets import Sight

__all__ = ["after", "before", "between"]

_DOES: dict[str, re.Pattern[str]] = {
    "source": re.compile(r'-j (MASQUERADE|SNAT)\b|xt target "(MASQUERADE|SNAT)"|\b(masquerade|snat (ip )?to)\b'),
    "target": re.compile(r'-j (DNAT|REDIRECT)\b|xt target "(DNAT|REDIRECT)"|\b(redirect|dnat (ip )?to)\b'),
}
_Ends = tuple[str, str]


def before(first: Sight, steps: Iterable[TraceStep]) -> _Ends | None:
    """The ends that the first rules saw, where the packet began: rules may change it before it is first captured."""
    if not first.frame.outgoing:
        return None
    return next((step.header.ends for step in steps if step.space == first.frame.space), None)


def between(
    old: _Ends | None,
    sight: Sight,
    its: Sequence[tuple[TraceStep, Rule]],
    known: Iterable[Connection],
    *,
    captured: bool,
    answer: bool,
) -> tuple[Rewrite, ...]:
    """The changes from the ``old`` ends to those at this sight; ``captured`` tells whether the old ones were, too."""
    if old is None:
        return ()
    return tuple(_changes(old, sight.header.ends, sight.frame.space, its, known, captured=captured, answer=answer))


def after(
    last: Sight, its: Sequence[tuple[TraceStep, Rule]], known: Iterable[Connection], *, answer: bool
) -> tuple[Rewrite, ...]:
    """The changes from where it was seen last to the header that the rule saw which dropped it there."""
    space = last.frame.space
    drop = next((step for step, _ in its if step.verdict == "drop" and step.space == space), None)
    if drop is None:
        return ()
    return tuple(_changes(last.header.ends, drop.header.ends, space, its, known, captured=False, answer=answer))


def _changes(
    old: _Ends,
    new: _Ends,
    space: str,
    its: Sequence[tuple[TraceStep, Rule]],
    known: Iterable[Connection],
    *,
    captured: bool,
    answer: bool,
) -> Iterator[Rewrite]:
    here = [connection for connection in known if connection.space == space]
    rules = [rule for _, rule in its if rule.space == space]
    whats: tuple[Literal["source", "target"], ...] = ("source", "target")
    for at, what in enumerate(whats):
        if old[at] == new[at]:
            continue
        rule = next((rule for rule in rules if _DOES[what].search(rule.text)), None)
        noted = _noted(at, old[at], new[at], here)
        evidence = ["headers" if captured else "trace"]
        evidence += ["trace"] if rule and captured else []
        evidence += ["conntrack"] if noted else []
        undone = rule is None and (noted == "answer" or (not noted and answer))
        yield Rewrite(what, old[at], new[at], undone, rule, tuple(evidence))


def _noted(at: int, old: str, new: str, known: Iterable[Connection]) -> str:
    """Whether conntrack says so: of a "question", of its "answer", or not ("")."""
    for connection in known:
        asked, answered = connection.asked, connection.answered
        if (old, new) == (asked[at], answered[1 - at]):
            return "question"
        if (old, new) == (answered[at], asked[1 - at]):
            return "answer"
    return ""
