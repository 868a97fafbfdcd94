"""When a packet comes to the chains that ``nft list ruleset`` prints: by hook and priority, then by jump. Pure.

The kernel calls base chains; the others are reached by ``jump`` and ``goto``, written in a rule or in a verdict map.
Sources: nft(8), sections "Chains" and "Verdict maps"; the names of priorities: table 6 there.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

__all__ = ["HOOKS", "PRIORITIES", "Place", "places"]

HOOKS = ("PREROUTING", "INPUT", "FORWARD", "OUTPUT", "POSTROUTING")  # in the order of a packet's way
PRIORITIES = {"raw": -300, "mangle": -150, "dstnat": -100, "filter": 0, "security": 50, "srcnat": 100}
Place = tuple[int, int, int]
"""The hook's number, the priority there, and the chain's turn among those that are reached from one base chain."""
_BASE = re.compile(r"\bhook (\w+).*? priority (\w+|-\d+)(?: ([+-]) (\d+))?;")
_JUMP = re.compile(r"\b(?:jump|goto) ([^\s,}]+)|\bvmap @(\S+)")


@dataclass
class _Block:
    """A chain or a map: its ``base``, if the kernel calls it, and what it leads to, in order, maps as ``@name``."""

    base: tuple[int, int] | None = None
    leads_to: list[str] = field(default_factory=list)


def places(text: str) -> dict[tuple[str, str], Place]:
    """Table (``ip docker-bridges``) and chain → its place. A chain that nothing leads to has none."""
    found: dict[tuple[str, str], Place] = {}
    for table, blocks in _tables(text).items():
        bases = [(block.base, name) for name, block in blocks.items() if block.base]
        for base, first in sorted(bases):
            for turn, name in enumerate(_reached(first, blocks)):
                found.setdefault((table, name), (*base, turn))
    return found


def _reached(name: str, blocks: Mapping[str, _Block], met: frozenset[str] = frozenset()) -> Iterator[str]:
    """The chain, and those to which it leads, in the order in which a packet may come to them."""
    if name in met or name not in blocks:
        return
    if not name.startswith("@"):
        yield name
    for other in blocks[name].leads_to:
        yield from _reached(other, blocks, met | {name})


def _tables(text: str) -> dict[str, dict[str, _Block]]:
    tables: dict[str, dict[str, _Block]] = {}
    blocks: dict[str, _Block] = {}
    block = _Block()
    for line in map(str.strip, text.splitlines()):
        kind, _, name = line.removesuffix(" {").partition(" ")
        if kind == "table" and line.endswith("{"):
            blocks = tables.setdefault(name, {})
        elif kind in ("chain", "map") and line.endswith("{"):
            block = blocks.setdefault(f"@{name}" if kind == "map" else name, _Block())
        else:
            block.base = block.base or _base(line)
            block.leads_to += [chain or f"@{verdicts}" for chain, verdicts in _JUMP.findall(line)]
    return tables


def _base(line: str) -> tuple[int, int] | None:
    found = _BASE.search(line)
    if not found:
        return None
    hook, word, sign, number = found.groups()
    priority = PRIORITIES[word] if word in PRIORITIES else int(word)
    away = int(number or 0) * (-1 if sign == "-" else 1)
    return HOOKS.index(hook.upper()) if hook.upper() in HOOKS else -1, priority + away
