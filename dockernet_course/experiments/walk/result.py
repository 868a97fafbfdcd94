"""A walk as the learner holds it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from dockernet_course.errors import ObserveError
from dockernet_course.experiments.walk.model import Packet, Trace
from dockernet_course.experiments.walk.pcapng import pcapng
from dockernet_course.experiments.walk.text import sentences, told

__all__ = ["Walk"]


class Walk(Trace):
    """A walk, and everything that was seen of it. Shows itself as text; ``save`` writes what Wireshark opens."""

    @property
    def asked(self) -> Packet:
        """The first packet towards the target. Raises ObserveError when none was seen."""
        found = next((packet for packet in self if packet.role == "question"), None)
        if found is None:
            raise ObserveError("No packet towards the target was seen.", state=repr(self))
        return found

    def save(self, path: str | Path) -> Path:
        """Write all frames, with interfaces and directions, as one pcapng file."""
        Path(path).write_bytes(pcapng(self.frames))
        return Path(path)

    def as_json(self) -> dict[str, Any]:
        """The walk as plain values for JSON: ``docs/schemas/walk.json`` describes them; ``steps`` are its sentences."""
        end = self.verdict
        return {
            "schema": 1,
            "source": self.source,
            "target": self.target,
            "command": self.output.command,
            "outcome": end.outcome,
            "answered": self.ok,
            "at": str(end.at) if end.at else None,
            "rule": end.rule.text if end.rule else None,
            "because": end.because or None,
            "steps": list(sentences(self)),
        }

    def __repr__(self) -> str:
        return told(self)
