"""Public Compose files: where each is from (sources.toml), how the plugin reads it (config/), what is found in it.

``python -m tests.data.compose`` records the plugin's reading and the findings anew; look at what differs.
"""

from __future__ import annotations

import json
import tomllib
from pathlib import Path
from typing import Any

from dockernet_course.rehearsal.findings import findings
from dockernet_course.rehearsal.model import project_of
from dockernet_course.rehearsal.source import text_of

__all__ = ["FOLDER", "READ", "REFUSED", "SOURCES", "expected", "found_in", "recorded", "without_folder"]

FOLDER = Path(__file__).parent
SOURCES: dict[str, dict[str, str]] = tomllib.loads((FOLDER / "sources.toml").read_text("utf-8"))
REFUSED = sorted(name for name, about in SOURCES.items() if "refused" in about)
READ = sorted({*SOURCES} - {*REFUSED})


def recorded(name: str) -> dict[str, Any]:
    """How the plugin reads a file."""
    found: dict[str, Any] = json.loads((FOLDER / "config" / f"{name}.json").read_text("utf-8"))
    return found


def expected(name: str) -> list[str]:
    """What is found in it: line, kind, services."""
    found: list[str] = json.loads((FOLDER / "findings.json").read_text("utf-8"))[name]
    return found


def found_in(name: str) -> list[str]:
    """The same, looked for now."""
    seen = findings(project_of(recorded(name)), text_of(FOLDER / name))
    return [f"{each.line} {each.kind}: {', '.join(each.services)}" for each in seen]


def without_folder(config: object) -> Any:
    """The plugin makes paths absolute: without the folder they are the same everywhere."""
    return json.loads(json.dumps(config).replace(str(FOLDER), "."))
