"""Veth pairs that were made by hand on the engine's host, and that no container takes along when it goes.

A veth pair goes with the namespace of either end. Before one end is moved, it belongs to nobody: the lab's own have the
lab's mark in their names, from the very command that makes them; in a private engine every such pair is the lab's.
The observer of the lab removes them before it is removed itself, whoever cleans: the lab, its watchdog, a later lab.
"""

from __future__ import annotations

import contextlib

from dockernet_course.errors import LabError
from dockernet_course.lab.api import Api

__all__ = ["marked", "remove"]

_LIST = "ip -o link show type veth"
_DELETE = 'while read -r name; do ip link delete "$name" 2>/dev/null; done'
# "7: out-3f2a1b@in-3f2a1b: <…": of a pair with both ends here the other's name is told, else @if and its number.
_ONE_OF_A_PAIR_HERE = r"-e '/^[0-9]*: [^@]*@if[0-9]*:/d' -e 's/^[0-9]*: \([^@]*\)@.*/\1/p'"
_LINE = "tidy up the engine's host"


def marked(role: str, lab: str) -> str:
    """A name for an interface that tells whose it is: ``out-3f2a1b`` (at most 15 characters, ip-link(8))."""
    return f"{role}-{lab.rpartition('-')[2]}"


def remove(api: Api, observer: str, lab: str, *, private: bool) -> None:
    """Remove the lab's pairs from the host, as far as that is possible; starts its observer if somebody stopped it."""
    which = _ONE_OF_A_PAIR_HERE if private else rf"'s/^[0-9]*: \([^@]*{marked('', lab)}\)@.*/\1/p'"
    with contextlib.suppress(LabError):
        api.post(f"/containers/{observer}/start", _LINE)
        api.exec(observer, ["sh", "-c", f"{_LIST} | sed -n {which} | {_DELETE}"], _LINE)
