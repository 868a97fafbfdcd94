"""What was found on an engine, in a file of the user's cache: the next chapter need not look again.

An engine is the same as long as its id, its release, and its network ``bridge`` are the same: the engine makes that
network anew each time it starts. What other probes have found (another version of the course) does not count.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Mapping
from functools import cache
from pathlib import Path
from typing import Any

from dockernet_course.capabilities.model import Finding
from dockernet_course.engines import cache_files
from dockernet_course.errors import DockernetError
from dockernet_course.lab import Lab

__all__ = ["identity", "keep", "recall"]

_FILE = "capabilities.json"
_ENGINES = 64  # how many the file remembers: those of a class, each started a few times
_memory: dict[str, dict[str, Finding]] = {}


def identity(lab: Lab) -> str:
    """What tells this engine, in this run of it, from all others."""
    try:
        started = str(lab.api.inspect_network("bridge")["Id"])
    except DockernetError:  # an engine without a default bridge
        started = ""
    return " ".join((str(lab.api.info().get("ID")), lab.engine.version, started, _probes()))


def recall(engine: str) -> dict[str, Finding]:
    """What is known of the engine."""
    if engine not in _memory:
        found = cache_files.read(_FILE).get(engine)
        known = found if isinstance(found, dict) else {}
        _memory[engine] = {cid: Finding(here) for cid, here in known.items() if isinstance(here, bool | str)}
    return dict(_memory[engine])


def keep(engine: str, findings: Mapping[str, Finding], surprises: Collection[str] = ()) -> None:
    """Add to what is known of the engine. ``surprises``, and what could not be found, are for this process only."""
    _memory[engine] = {**recall(engine), **findings}
    lasting = {cid: f for cid, f in _memory[engine].items() if f.here != "" and cid not in surprises}
    found = {cid: finding.here for cid, finding in lasting.items()}

    def changed(known: dict[str, Any]) -> dict[str, Any]:
        others = [(key, value) for key, value in known.items() if key != engine]
        return dict([*others, (engine, found)][-_ENGINES:])

    cache_files.change(_FILE, changed)


@cache
def _probes() -> str:
    """A checksum of the probes themselves."""
    sources = sorted(Path(__file__).parent.glob("*.py"))
    return hashlib.sha256(b"".join(source.read_bytes() for source in sources)).hexdigest()[:12]
