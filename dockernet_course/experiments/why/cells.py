"""From a cell of the matrix to its diagnosis: one call."""

from __future__ import annotations

import json

from dockernet_course.experiments.ask import Place
from dockernet_course.experiments.model import Cell, Explanation
from dockernet_course.experiments.places import placed
from dockernet_course.experiments.why.evidence import PROVED
from dockernet_course.experiments.why.model import Diagnosis
from dockernet_course.experiments.why.run import why
from dockernet_course.lab import View

__all__ = ["offer", "why_cell"]


def why_cell(lab: View, cell: Cell) -> Diagnosis:
    """Why the cell is as it is: its question is put again, and its packet followed. Raises what ``why`` raises."""
    here, there = _place(lab, cell.source, cell.source_id), _place(lab, cell.target, cell.target_id)
    port = cell.probe.port if cell.probe and cell.way == "port" else None
    return why(lab, here, there, cell.way, port, cell.family, cell.protocol)


def offer(cell: Cell, explanation: Explanation) -> str:
    """The call that looks for the cause, where it is not proved by what was seen; else "". Pure."""
    if cell.probe is None or cell.probe.ok or explanation.mechanism in PROVED:
        return ""
    words = (json.dumps(word, ensure_ascii=False) for word in (cell.source, cell.target, cell.way))
    more = f", family={cell.family}" * bool(cell.family) + ', protocol="udp"' * (cell.protocol == "udp")
    port = f", port={cell.probe.port}" * (cell.protocol == "udp" and cell.way == "port")
    return f"why(lab, {', '.join(words)}{port}{more})"


def _place(lab: View, name: str, ident: str) -> Place:
    """By its id, if it has one: a container may be called "host"."""
    return next((h for h in lab.containers() if h.id == ident), None) or placed(lab, name)
