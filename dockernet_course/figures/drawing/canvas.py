"""Where the parts of a map are collected while it is put together."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from dockernet_course.figures.drawing.metrics import text_width
from dockernet_course.figures.drawing.primitives import Badge, Box, Glyph, Layout, LegendItem, Mark, Text, Wire

__all__ = ["Canvas", "middle"]

CAP_HEIGHT = 0.73


def middle(y: float, size: float) -> float:
    """The baseline of a line whose capitals are centred on ``y``."""
    return y + size * CAP_HEIGHT / 2


@dataclass
class Canvas:
    """Lists of shapes, and the signs that the legend must explain."""

    boxes: list[Box] = field(default_factory=list)
    wires: list[Wire] = field(default_factory=list)
    texts: list[Text] = field(default_factory=list)
    glyphs: list[Glyph] = field(default_factory=list)
    badges: list[Badge] = field(default_factory=list)
    legend: list[LegendItem] = field(default_factory=list)
    used: set[str] = field(default_factory=set)

    def text(
        self,
        x: float,
        y: float,
        text: str,
        size: float,
        *,
        face: str = "sans",
        anchor: Literal["start", "middle", "end"] = "start",
        tone: str = "ink",
        full: str = "",
    ) -> float:
        """Put one line of text with its baseline at ``y``; returns its width."""
        width = text_width(text, size, face)
        if text:
            self.texts.append(Text(x, y, text, size, width, face, anchor, tone, full or text))
        return width

    def badge(self, x: float, y: float, mark: Mark) -> None:
        """Put the sign of a mark, if there is one."""
        if mark:
            self.badges.append(Badge(x, y, mark))
            self.used.add(mark)

    def layout(self, width: float, height: float, detail: int) -> Layout:
        """Everything that was put here, frozen."""
        return Layout(
            round(width, 2),
            round(height, 2),
            tuple(self.boxes),
            tuple(self.wires),
            tuple(self.texts),
            tuple(self.glyphs),
            tuple(self.badges),
            legend=tuple(self.legend),
            detail=detail,
            signs=tuple(sorted(self.used)),
        )

    def note(self, sign: str, *, when: bool) -> None:
        """Remember that the legend must explain the sign."""
        if when:
            self.used.add(sign)
