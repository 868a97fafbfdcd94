"""The text that ``docker network ls``, ``docker network inspect`` and ``docker inspect`` show, from the engine's own
answers: equal to the command's, of which no client needs to be installed.
"""  # noqa: D205

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Protocol

from dockernet_course.errors import NotFound
from dockernet_course.lab import Output
from dockernet_course.observe.discover import Source

__all__ = ["inspect", "network_inspect", "network_ls"]

MIN_WIDTH, GAP = 10, 3  # of the command's tables
GO_ESCAPES = {"&": "\\u0026", "<": "\\u003c", ">": "\\u003e"}  # which Go's JSON encoder never writes plainly


class Inspectable(Source, Protocol):
    """What the texts need of a ``Lab``."""

    def api_network_inspect(self, name: str) -> dict[str, Any]: ...


def network_ls(lab: Source) -> Output:
    """The table of ``docker network ls``."""
    rows = [(n["Id"][:12], n["Name"], n["Driver"], n["Scope"]) for n in lab.api_networks()]
    table = _table(("NETWORK ID", "NAME", "DRIVER", "SCOPE"), sorted(rows, key=lambda row: _natural(row[1])))
    return Output(command="docker network ls", text=table)


def network_inspect(lab: Inspectable, name: object, *, fields: Sequence[str] | None = None) -> Output:
    """The JSON of ``docker network inspect``, or only the ``fields`` of it (dotted: "IPAM.Config").

    Raises NotFound for a network that is not there, or a field that this engine does not tell.
    """
    real = _real_name(name)
    found = lab.api_network_inspect(real)
    if fields is None:
        return Output(command=shlex.join(["docker", "network", "inspect", real]), text=_go_json([found]))
    chosen: dict[str, Any] = {}
    for field in fields:
        *above, last = field.split(".")
        inner = chosen
        for part in above:
            inner = inner.setdefault(part, {})
        inner[last] = _dig(found, (*above, last), f"network {real}")
    command = f"{shlex.join(['docker', 'network', 'inspect', real])}  # only {', '.join(map(_one_line, fields))}"
    return Output(command=command, text=_go_json(chosen))


def inspect(lab: Source, container: object, *path: str) -> Output:
    """The JSON of ``docker inspect``, or the part of it at ``path``: ``"NetworkSettings", "Networks", "bridge"``.

    A plain value is shown as ``--format`` prints it, anything else as JSON. Raises NotFound for a container that is
    not there, or a path that this engine does not tell.
    """
    real = _real_name(container)
    found = lab.api_inspect(real)
    if not path:
        return Output(command=shlex.join(["docker", "inspect", real]), text=_go_json([found]))
    value = _dig(found, path, f"container {real}")
    if isinstance(value, (dict, list)) or value is None:
        command = f"{_formatted(real, f'json {_template(path)}')} | python3 -m json.tool"
        return Output(command=command, text=json.dumps(value, indent=4))
    return Output(command=_formatted(real, _template(path)), text=_go_value(value))


def _formatted(name: str, template: str) -> str:
    return shlex.join(["docker", "inspect", "--format", f"{{{{{template}}}}}", name])


def _one_line(field: str) -> str:
    """Behind a ``#``, where a new line would begin a command."""
    return field if field.isprintable() else repr(field)


def _real_name(thing: object) -> str:
    return str(getattr(thing, "real_name", None) or getattr(thing, "name", thing))


def _dig(found: Mapping[str, Any], path: Iterable[str], what: str) -> Any:
    value: Any = found
    for part in path:
        if not isinstance(value, Mapping) or part not in value:
            known = ", ".join(value) if isinstance(value, Mapping) else "nothing below it"
            raise NotFound(
                f"This engine tells no {'.'.join(path)} of the {what}.",
                state=f"Beside {part!r} there is: {known}.",
                cure="Engines differ here: look at the whole text, without a path.",
            )
        value = value[part]
    return value


def _template(path: Sequence[str]) -> str:
    """The Go template for a path: names that are no identifiers need ``index``, and are quoted as JSON and Go do."""
    text = ""
    for part in path:
        text = (
            f"{text}.{part}"
            if re.fullmatch(r"[A-Za-z_]\w*", part)
            else f"(index {text or '.'} {json.dumps(part, ensure_ascii=False)})"
        )
    return text


def _go_value(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _go_json(value: object) -> str:
    text = json.dumps(value, indent=4, ensure_ascii=False)
    return "".join(GO_ESCAPES.get(character, character) for character in text)


def _natural(name: str) -> list[tuple[int, int, str]]:
    """Digits in names count as numbers: net2 before net10."""
    return [(0, int(part), "") if part.isdigit() else (1, 0, part) for part in re.findall(r"\d+|\D+", name)]


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    columns = list(zip(head, *rows, strict=True))
    widths = [max(MIN_WIDTH, max(map(len, column)) + GAP) for column in columns[:-1]]
    lines = (
        "".join(f"{cell:<{width}}" for cell, width in zip(row, [*widths, 0], strict=True)) for row in (head, *rows)
    )
    return "\n".join(lines)
