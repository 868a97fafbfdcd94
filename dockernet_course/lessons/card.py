"""The engine card: which Docker Engine a chapter talks to, why, and which others were passed over."""

from __future__ import annotations

from dataclasses import dataclass

from dockernet_course.engines import Engine
from dockernet_course.widgets.markup import escape

__all__ = ["Card"]


@dataclass(frozen=True, repr=False)
class Card:
    """Shown by ``begin``. Its words differ between machines: a notebook's comparison ignores the cell."""

    chapter: str
    engine: Engine

    def _sentence(self) -> str:
        engine = self.engine
        kind = "a private engine of the course, a capsule" if engine.private else "your own engine"
        return f"Docker Engine {engine.version} (API {engine.api_version}), {kind}: {engine.why}"

    def __repr__(self) -> str:
        passed = [f"  passed over: {p.name}: {p.reason}" for p in self.engine.passed_over]
        return "\n".join([f"{self.chapter} on {self._sentence()}", *passed])

    def _repr_html_(self) -> str:
        rows = "".join(f"<li>{escape(p.name)}: {escape(p.reason)}</li>" for p in self.engine.passed_over)
        fold = f"<details><summary>Passed over</summary><ul>{rows}</ul></details>" if rows else ""
        return f"<div><strong>{escape(self.chapter)}</strong> on {escape(self._sentence())}{fold}</div>"
