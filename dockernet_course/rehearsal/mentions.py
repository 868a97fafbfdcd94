"""Which services of the file a service names in its environment, as somebody to connect to. Pure.

A value counts only in a form that is that of a host: ``scheme://host``, ``host:port``, or a variable whose own name
says that it holds one. A word that merely happens to be a service's name does not.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from dockernet_course.rehearsal.model import ComposeProject, ComposeService

__all__ = ["Mention", "mentions"]

_HOST = r"[A-Za-z0-9][\w.-]*"
_URL = re.compile(rf"[a-z][a-z0-9+.-]*://(?:[^/@\s]*@)?({_HOST}(?::\d+)?(?:,{_HOST}(?::\d+)?)*)", re.IGNORECASE)
_HOST_PORT = re.compile(rf"(?:^|[,;@\s(])({_HOST}):(\d{{1,5}})(?=$|[,;/?)\s])")
_HOLDS_A_HOST = re.compile(r"(HOST|HOSTNAME|HOSTS|SERVER|SERVERS|ADDR|ADDRESS|ENDPOINT|UPSTREAM)$", re.IGNORECASE)


@dataclass(frozen=True)
class Mention:
    """``source`` has a variable that names ``target`` as ``name``, with a ``port`` or None."""

    source: ComposeService
    variable: str
    target: ComposeService
    name: str
    port: int | None = None


def mentions(project: ComposeProject) -> tuple[Mention, ...]:
    """All of the file; of each variable and target one."""
    found: dict[tuple[str, str, str], Mention] = {}
    for source in project.services:
        own = {name for name, _ in source.extra_hosts}
        for variable, value in source.environment.items():
            for name, port in _hosts(variable, value):
                for target in project.services:
                    if target.name != source.name and name in project.names(target) and name not in own:
                        found.setdefault(
                            (source.name, variable, target.name), Mention(source, variable, target, name, port)
                        )
    return tuple(found.values())


def _hosts(variable: str, value: str) -> Iterator[tuple[str, int | None]]:
    """Hosts, and ports where they stand beside."""
    for found in _URL.findall(value):
        for part in found.split(","):
            host, _, port = part.partition(":")
            yield host, int(port) if port else None
    for host, port in _HOST_PORT.findall(value):
        yield host, int(port)
    if _HOLDS_A_HOST.search(variable):
        yield from ((word.strip(), None) for word in value.split(",") if re.fullmatch(_HOST, word.strip()))
