"""The engine card: which Docker Engine a chapter talks to, why, and which others were passed over."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from dockernet_course.engines import Engine
from dockernet_course.lessons.notes import Note, OutputSlot
from dockernet_course.widgets import markup

__all__ = ["Card", "told_in"]

_KINDS = {
    "own": "your own engine",
    "capsule": "a private engine of the course, a capsule",
    "vm": "a private engine of the course, in a virtual machine",
}


@dataclass(frozen=True, repr=False)
class Card:
    """Shown by ``begin``. Its words differ between machines: a notebook's comparison ignores the cell.

    ``settings``: what the engine's owner has set otherwise than Docker does by itself.
    """

    chapter: str
    engine: Engine
    settings: tuple[str, ...] = ()

    def _sentence(self) -> str:
        engine = self.engine
        return f"Docker Engine {engine.version} (API {engine.api_version}), {_KINDS[engine.kind]}: {engine.why}"

    def _set(self) -> list[str]:
        """One line, if there is something to say."""
        if not self.settings:
            return []
        return [
            f"Set otherwise than Docker's defaults: {', '.join(self.settings)}. What rests on a default is not shown "
            f'here, and says so; a capsule shows all: begin("{self.chapter}", engine="capsule")'
        ]

    def __repr__(self) -> str:
        passed = [f"  passed over: {p.name}: {p.reason}" for p in self.engine.passed_over]
        return "\n".join([f"{self.chapter} on {self._sentence()}", *self._set(), *passed])

    def _repr_html_(self) -> str:
        rows = "".join(f"<li>{markup.escape(p.name)}: {markup.escape(p.reason)}</li>" for p in self.engine.passed_over)
        fold = f"<details><summary>Passed over</summary><ul>{rows}</ul></details>" if rows else ""
        lines = "".join(f"<div>{markup.escape(line)}</div>" for line in self._set())
        chapter, sentence = markup.escape(self.chapter), markup.escape(self._sentence())
        return f"<div><strong>{chapter}</strong> on {sentence}{lines}{fold}</div>"


def told_in(slot: OutputSlot) -> Callable[[str, float], None]:
    """What ``find_engine`` tells while it builds and starts an engine, shown where the card will be."""
    last = ("", -1)

    def told(what: str, part: float) -> None:
        nonlocal last
        now = (what or last[0], int(part * 10))
        if now != last:
            last = now
            slot.put(Note("One moment", f"{now[0]} … {now[1]}0 %"))

    return told
