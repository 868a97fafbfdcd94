"""At which ports a service listens, as far as anything tells: never a guess. Pure."""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from dockernet_course.rehearsal.model import ComposeService

__all__ = ["by_table", "is_store", "listens_at", "told"]

_OF_ITS_OWN = re.compile(r"port|listen|bind|:\d", re.IGNORECASE)


@dataclass(frozen=True)
class KnownImage:
    """A row of ``images.toml``."""

    names: tuple[str, ...]
    ports: tuple[str, ...]
    tag: str
    store: bool

    def fits(self, name: str, tag: str) -> bool:
        """Whether it tells of this image."""
        return name in self.names and re.search(self.tag, tag) is not None


def told(service: ComposeService) -> tuple[str, ...]:
    """The ports that the file itself tells, as "80/tcp": those that it publishes or exposes."""
    published = (f"{each.port}/{each.protocol}" for each in service.ports)
    return tuple(dict.fromkeys((*published, *service.expose)))


def listens_at(service: ComposeService) -> tuple[str, ...]:
    """Also those of the table; empty where nothing tells: then they are unknown, and none is made up."""
    return tuple(dict.fromkeys((*told(service), *by_table(service))))


def is_store(service: ComposeService) -> bool:
    """Whether the table says of its image that it keeps data for others."""
    return any(row.store for row in _rows(service.image))


def by_table(service: ComposeService) -> tuple[str, ...]:
    """The ports of what the image does by itself; of one that is told otherwise by a command, nothing is known."""
    command = service.raw.get("command") or []
    words = command if isinstance(command, str) else " ".join(map(str, command))
    if service.raw.get("entrypoint") or service.raw.get("build") or _OF_ITS_OWN.search(words):
        return ()
    return tuple(port for row in _rows(service.image) for port in row.ports)


def _rows(image: str) -> tuple[KnownImage, ...]:
    name, tag = _split(image)
    return tuple(row for row in _table() if row.fits(name, tag))


def _split(image: str) -> tuple[str, str]:
    """Name and tag, without a digest; a colon before a slash belongs to a registry's port."""
    whole = image.partition("@")[0]
    name, colon, tag = whole.rpartition(":")
    return (name, tag) if colon and "/" not in tag else (whole, "")


@cache
def _table() -> tuple[KnownImage, ...]:
    rows = tomllib.loads(files("dockernet_course.rehearsal").joinpath("images.toml").read_text("utf-8"))["image"]
    return tuple(
        KnownImage(tuple(r["names"]), tuple(r["ports"]), r.get("tag", ""), r.get("store", False)) for r in rows
    )
