"""Broken worlds, chapter by chapter: ``chNN.py`` holds those of chapter NN.

Each says in one line what is broken; at least five a chapter.
"""

from __future__ import annotations

from dataclasses import dataclass
from importlib import import_module
from pkgutil import iter_modules

__all__ = ["Mutation", "mutations"]


@dataclass(frozen=True)
class Mutation:
    """After the cell of the chapter that holds ``after``, ``code`` breaks the world; the check ``cid`` must see it."""

    after: str
    code: str
    cid: str


def mutations() -> dict[tuple[str, str], Mutation]:
    """All of them, by chapter's number and what is broken."""
    found = {}
    for module in sorted(one.name for one in iter_modules(__path__)):
        for what, mutation in import_module(f"{__name__}.{module}").MUTATIONS.items():
            found[module.removeprefix("ch"), what] = mutation
    return found
