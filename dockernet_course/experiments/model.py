"""What a question to the network gave: the answer, or the *kind* of failure, which tells the cause."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Literal

from dockernet_course.lab import Output

__all__ = ["KINDS", "WAYS", "Cell", "Explanation", "Family", "Kind", "Matrix", "Probe", "Protocol", "Verdict", "Way"]

Kind = Literal["resolve", "ping", "connect", "open", "datagram"]
"""``open`` is a connection over which nothing is said: what somebody's own server may be asked."""
Protocol = Literal["tcp", "udp"]
KINDS: dict[Protocol, Kind] = {"tcp": "connect", "udp": "datagram"}
"""The kind of question by which a port is asked."""
Family = Literal[4, 6]
Way = Literal["name", "address", "port", "published"]
WAYS: tuple[Way, ...] = ("name", "address", "port", "published")


class Verdict(StrEnum):
    """How it ended. Compares with its text: ``probe.verdict == "refused"``."""

    OK = "ok"
    NAME_NOT_FOUND = "name not found"
    REFUSED = "refused"
    RESET = "reset"
    NO_ROUTE = "no route"
    TIMEOUT = "timeout"
    SILENT = "connected, then silence"
    NO_ANSWER = "no answer by UDP, which tells nothing"
    PROHIBITED = "administratively prohibited"
    ANOTHER = "answered by another"
    NOT_MEASURED = "not measured"


@dataclass(frozen=True, repr=False)
class Probe:
    """One question and its answer. ``output`` is the very command that was run, and what it printed.

    ``answers`` are the addresses that a name led to, or the lines that a server answered.
    """

    kind: Kind
    source: str
    target: str
    verdict: Verdict
    output: Output
    port: int | None = None
    answers: tuple[str, ...] = ()

    @property
    def ok(self) -> bool:
        """Whether it was answered."""
        return self.verdict is Verdict.OK

    def __contains__(self, part: str) -> bool:
        return part in self.output

    def __repr__(self) -> str:
        return f"{self.output!r}\n→ {self.verdict}"


@dataclass(frozen=True)
class Cell:
    """A cell of the matrix: by which ``way`` the target was asked, and what came. ``probe`` None: no such way.

    (There is none to oneself, to the address of what has none, or to a port that is not published.) The names are
    the text's; the ids are those of the containers, empty for the host and the outside. ``family``: by which it was
    asked, if somebody chose; ``protocol``: that of the port.
    """

    source: str
    target: str
    way: Way
    probe: Probe | None
    source_id: str = ""
    target_id: str = ""
    family: Family | None = None
    protocol: Protocol = "tcp"


@dataclass(frozen=True, repr=False)
class Matrix:
    """Who reaches whom, and how; ``sources`` and ``targets`` by the text's names, in the order of asking."""

    sources: tuple[str, ...]
    targets: tuple[str, ...]
    ways: tuple[Way, ...]
    cells: tuple[Cell, ...]

    def probe(self, source: object, target: object, way: Way) -> Probe | None:
        """The answer in one cell; names or handles. Raises KeyError for a cell that is not there."""
        return self.cell(source, target, way).probe

    def cell(self, source: object, target: object, way: Way) -> Cell:
        """One cell; names or handles. Raises KeyError for one that is not there."""
        wanted = (str(getattr(source, "name", source)), str(getattr(target, "name", target)), way)
        for cell in self.cells:
            if (cell.source, cell.target, cell.way) == wanted:
                return cell
        raise KeyError(f"no cell {wanted!r} in this matrix")

    def ok(self, source: object, target: object, way: Way) -> bool:
        """Whether the source reached the target that way."""
        probe = self.probe(source, target, way)
        return probe is not None and probe.ok

    def __iter__(self) -> Iterator[Cell]:
        return iter(self.cells)

    def as_json(self, why: Callable[[Cell], Explanation]) -> dict[str, Any]:
        """The matrix as plain values for JSON: ``docs/schemas/matrix.json`` describes them; ``why`` explains a cell."""
        return {"schema": 1, "cells": [_plain(cell, why(cell)) for cell in self.cells]}


def _plain(cell: Cell, why: Explanation) -> dict[str, Any]:
    """A cell; ``verdict`` is None where there is no such way."""
    probe = cell.probe
    return {
        "source": cell.source,
        "target": cell.target,
        "way": cell.way,
        "ok": bool(probe and probe.ok),
        "verdict": str(probe.verdict) if probe else None,
        "asked": probe.target if probe else None,
        "port": probe.port if probe else None,
        "protocol": cell.protocol,
        "family": cell.family,
        "mechanism": why.mechanism,
        "text": why.text,
    }


@dataclass(frozen=True)
class Explanation:
    """Why a cell is as it is: the ``mechanism`` in two or three words, a sentence or two, a misconception or ""."""

    mechanism: str
    text: str
    misconception: str = ""
