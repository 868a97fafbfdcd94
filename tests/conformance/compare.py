"""Whether two engines did the same."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor

from tests.conformance.table import Operation, State
from tests.conformance.typing_at import Host, Seen

__all__ = ["compared", "complaints"]

_SETTLING = 5.0  # seconds within which what still goes on (an interface that goes, a container that ends) is over


def compared(operation: Operation, capsule: Host, plain: Host) -> list[str]:
    """Do it on both at once; what is not as the table says, or not the same."""
    with ThreadPoolExecutor(2) as pool:
        ours, theirs = pool.map(lambda host: host.do(operation), (capsule, plain))
    found = complaints(operation, ours, theirs)
    if operation.plain is not None:
        return found
    mine, other = ours.state, theirs.state
    deadline = time.monotonic() + _SETTLING
    while mine != other and time.monotonic() < deadline:
        time.sleep(0.2)
        mine, other = capsule.state(), plain.state()
    return found + _state_complaints(mine, other)


def complaints(operation: Operation, ours: Seen, theirs: Seen) -> list[str]:
    """About the answers of the capsule and of the plain engine."""
    found = [_complaint("the capsule", operation.expected.missing(ours.answer), ours)]
    found.append(_complaint("the plain engine", (operation.plain or operation.expected).missing(theirs.answer), theirs))
    if operation.plain is None and ours.answer != theirs.answer:
        found.append(f"they answer differently:\n{ours.answer}\n{theirs.answer}")
    if operation.plain is not None and not operation.plain.missing(ours.answer):
        found.append(f"this is no difference any more: strike it from the table ({operation.why})")
    return [one for one in found if one]


def _complaint(who: str, missing: str, seen: Seen) -> str:
    return f"{who}: {missing}\n{seen.answer}" if missing else ""


def _state_complaints(ours: State, theirs: State) -> list[str]:
    different = [part for part in ours if ours[part] != theirs[part]]
    return [f"{part} afterwards\ncapsule: {ours[part]}\nplain:   {theirs[part]}" for part in different]
