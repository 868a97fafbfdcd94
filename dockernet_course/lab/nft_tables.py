"""Firewall tables that an experiment makes on the engine's host for a moment, and that a killed one leaves behind.

Their names have the lab's mark. The observer removes them before it is removed itself, whoever cleans.
"""

from __future__ import annotations

import contextlib

from dockernet_course.errors import LabError
from dockernet_course.lab.api import Api

__all__ = ["marked", "sweep"]

_PREFIX = "dockernet_walk_"
_LIST = "nft list tables 2>/dev/null"
_DELETE = 'while read -r family name; do nft delete table "$family" "$name"; done'
_LINE = "tidy up the engine's firewall"


def marked(lab: str) -> str:
    """A name for a table that tells whose it is: ``dockernet_walk_3f2a1b``."""
    return _PREFIX + lab.rpartition("-")[2]


def sweep(api: Api, observer: str, lab: str, *, private: bool) -> None:
    """Remove the lab's tables from the host, in a private engine all of them; the observer runs already."""
    which = f"{_PREFIX}.*" if private else marked(lab)
    with contextlib.suppress(LabError):
        api.exec(observer, ["sh", "-c", f"{_LIST} | sed -n 's/^table \\(ip6* {which}\\)$/\\1/p' | {_DELETE}"], _LINE)
