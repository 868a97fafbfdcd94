"""The plugin's own reading of a file: ``docker compose config``, with something for variables that nobody set."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from dockernet_course.lab import compose
from dockernet_course.rehearsal.model import Json
from dockernet_course.rehearsal.source import ComposeText

__all__ = ["Reading", "read"]

_BLANK = re.compile(r'The \\?"(\w+)\\?" variable is not set')
_REQUIRED = re.compile(r"required variable (\w+) is missing a value")
_NO_VOLUME = re.compile(r"refers to undefined volume (\d+)\b")


@dataclass(frozen=True)
class Reading:
    """What the plugin says (``config``), which variables nobody set, and what stands in where one cannot be blank."""

    config: Json
    blank: tuple[str, ...]
    instead: Mapping[str, str]


def read(argv: Sequence[str], text: ComposeText, environment: Mapping[str, str]) -> Reading:
    """Ask the plugin. A variable that nobody set is blank; if that cannot be, a number stands in, or a path.

    A number can be a port, a tag, a name; each has its own, by which a complaint about it is understood.

    Raises Refused with the plugin's words.
    """
    folder = text.path.resolve().parent
    words = ["-f", "-", "--project-directory", str(folder), "--profile", "*", "config", "--format", "json"]
    given = text.without_env_files()
    told = {**environment, "PWD": str(folder)}  # as if it were typed there
    instead: dict[str, str] = {}
    while True:
        done = compose.run(argv, words, {**told, **instead}, given)
        blank = tuple(dict.fromkeys(_BLANK.findall(done.stderr)))
        if done.returncode == 0:
            return Reading(_unescaped(json.loads(done.stdout)), blank, instead)
        more = _instead(done.stderr, blank, instead)
        if not more:
            error = compose.refused(f"docker compose -f {text.path} config", done.stderr)
            raise error
        instead |= more


def _instead(said: str, blank: Sequence[str], instead: Mapping[str, str]) -> dict[str, str]:
    """What to try after this complaint; nothing if it is about something else."""
    if path := _NO_VOLUME.search(said):
        return {name: f"./{value}" for name, value in instead.items() if value == path[1]}
    required = _REQUIRED.search(said)
    new = [name for name in ([required[1]] if required else blank) if name not in instead]
    return {name: str(len(instead) + number) for number, name in enumerate(new, 1)}


def _unescaped(value: Any) -> Any:
    """What the plugin prints can be read again as a file, and so has two dollar signs for one."""
    if isinstance(value, str):
        return value.replace("$$", "$")
    if isinstance(value, dict):
        return {key: _unescaped(one) for key, one in value.items()}
    return [_unescaped(one) for one in value] if isinstance(value, list) else value
