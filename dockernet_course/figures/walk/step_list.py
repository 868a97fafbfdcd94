"""The steps of a walk as a list below its map, in the same shapes: plain numbers and lines of text."""

from __future__ import annotations

import re

from dockernet_course.experiments.walk import Walk, end_words, unseen_words
from dockernet_course.figures.drawing.canvas import Canvas
from dockernet_course.figures.drawing.grammar import capital
from dockernet_course.figures.drawing.metrics import literal, shorten, text_width, wrap
from dockernet_course.figures.drawing.primitives import Box, Layout, Line, Stop
from dockernet_course.figures.map.labels import BAR_NAME, FACT
from dockernet_course.figures.walk.routes import DISC, stop_width
from dockernet_course.figures.walk.steps import CHANGED, ROUTED, Leg, Step, StepNote, legs, rest, said

__all__ = ["steps_list"]

LEFT, TEXT, MARGIN = 12.0, 46.0, 8.0
ARROW = " → "
BODY = 8.5
OPTION = re.compile(r"(?<!\S)(--?[\w-]+) (?!-)")  # stays with its value


def steps_list(walk: Walk, width: float) -> Layout:
    """The list, as wide as its map."""
    roll = _Roll(width)
    roll.line(f"{walk.output.prompt} {walk.output.command}", FACT, "mono", "muted", LEFT)
    if words := said(walk):
        roll.line(words, FACT, "mono", "muted", LEFT)
    for leg in legs(walk):
        roll.leg(leg)
    if words := rest(walk):
        roll.space(3)
        roll.line(words, FACT, "sans", "muted", TEXT)
    roll.space(5)
    roll.line(f"{'✔' if walk.ok else '✗'} {end_words(walk, rules=False)}", BAR_NAME, "bold", "ink", LEFT)
    for words in unseen_words(walk):
        roll.line(words, FACT, "sans", "muted", LEFT)
    return roll.layout()


class _Roll:
    """Lines of text, each below the other."""

    def __init__(self, width: float) -> None:
        self.canvas, self.width, self.y = Canvas(), width, 2.0
        self.lines: list[Line] = []
        self.stops: list[Stop] = []

    def layout(self) -> Layout:
        """The list as a layout, as tall as what was put into it."""
        plain = self.canvas.layout(self.width, self.y + MARGIN, 0)
        return Layout(plain.width, plain.height, plain.boxes, texts=plain.texts,
                      lines=tuple(self.lines), stops=tuple(self.stops))  # fmt: skip

    def space(self, more: float) -> None:
        """Leave some space."""
        self.y += more

    def line(self, words: str, size: float, face: str, tone: str, x: float, room: float = 0.0) -> None:
        """One paragraph, in as many lines as it takes."""
        for text in wrap(literal(words), (room or self.width - MARGIN) - x, size, face):
            self.y += size + 3.2
            self.canvas.text(x, self.y, text, size, face=face, tone=tone)

    def leg(self, leg: Leg) -> None:
        """A packet: how its way is drawn, what it is, and its steps."""
        self.space(7)
        y = self.y + 10
        self.lines.append(Line(((LEFT, y), (LEFT + 24, y)), leg.tone, leg.style, (LEFT + 14, y, 0.0)))
        self.line(capital(leg.title), 9.0, "bold", "ink", TEXT)
        self.space(1)
        for step in leg.steps:
            self.step(leg, step)

    def step(self, leg: Leg, step: Step) -> None:
        """Its number, its words on the left, its addresses on the right, and what else happened below."""
        self.space(2)
        base = self.y + BODY + 3.2
        wide = stop_width(str(step.number))
        self.stops.append(Stop(LEFT + 17, base - 3, wide, DISC, str(step.number), leg.tone, leg.style == "back"))
        room = self.width - MARGIN - self._ends(step, base)
        self.line(step.words, BODY, "sans", "ink", TEXT, room - 10)
        for note in step.notes:
            self.note(note)

    def _ends(self, step: Step, y: float) -> float:
        """Source and target, from the right; what was rewritten is bold and has its sign. Returns how wide they are."""
        x = self.width - MARGIN
        shown_ends = (("target", step.target), ("", ARROW), ("source", step.source)) if step.source else ()
        for what, text in shown_ends:
            changed = bool(what) and what in step.changed
            face = "mono-bold" if changed else "mono"
            shown = f"{CHANGED}{text}" if changed else text
            x -= self.canvas.text(x, y, shown, FACT, face=face, anchor="end", tone="ink" if changed else "muted")
        return self.width - MARGIN - x

    def note(self, note: StepNote) -> None:
        """What else happened: a sign, words, and the rule as the tool writes it."""
        base = self.y + FACT + 3.2
        self.canvas.text(TEXT + 4, base, note.sign, FACT, face="bold")
        by = ", by the rule" if note.rule else ""
        self.line(f"{note.words}{by}", FACT, "sans" if note.sign == ROUTED else "bold", "ink", TEXT + 17)
        if note.rule:
            self._rule(note.rule)

    def _rule(self, rule: str) -> None:
        x, size = TEXT + 17, 7.5
        self.space(2.5)
        top, rule = self.y, OPTION.sub("\\1\N{NO-BREAK SPACE}", rule)
        lines = wrap(rule, self.width - MARGIN - x - 10, size, "mono")
        self.line(rule, size, "mono", "ink", x + 5, self.width - MARGIN - 5)
        wide = max(text_width(line, size, "mono") for line in lines) + 10
        self.canvas.boxes.append(
            Box("rule", "container", x, top, wide, self.y - top + 4, dim=True, about=shorten(rule, 400, size))
        )
        self.space(4.5)
