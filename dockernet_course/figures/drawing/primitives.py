"""What a laid-out map is made of: plain numbers and strings. Points (1/72 inch), origin at the top left, y downwards.

They say what there is and where; how it looks, ``painter`` decides.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

__all__ = [
    "Badge",
    "Box",
    "Course",
    "Glyph",
    "Kind",
    "Layout",
    "LegendItem",
    "Line",
    "Mark",
    "Stop",
    "Text",
    "Tone",
    "Wire",
]

Mark = Literal["", "new", "gone", "changed"]
Tone = Literal["walk", "second", "muted", "gone"]
Course = Literal["there", "back", "aside"]
Kind = Literal["host", "namespace", "stopped", "foreign", "container", "bar", "idle-bar", "end", "port", "uplink"]


@dataclass(frozen=True)
class Text:
    """One line of text. ``y`` is its baseline; ``text`` may be shortened, ``full`` never is.

    ``face`` is one of ``metrics.FACES``; ``tone`` is "ink", "muted", "on-bar", "faint" or a mark.
    """

    x: float
    y: float
    text: str
    size: float
    width: float
    face: str = "sans"
    anchor: Literal["start", "middle", "end"] = "start"
    tone: str = "ink"
    full: str = ""

    @property
    def left(self) -> float:
        """Where the text begins."""
        return self.x - {"start": 0.0, "middle": 0.5, "end": 1.0}[self.anchor] * self.width


@dataclass(frozen=True)
class Box:
    """A rectangle: a namespace, a bridge's bar, an interface's tag, a published port and so on.

    ``net`` is the network's place in the palette. ``closed`` is an internal network's bar. ``about`` says in words
    what it is, for a widget's tooltip.
    """

    key: str
    kind: Kind
    x: float
    y: float
    w: float
    h: float
    net: int | None = None
    mark: Mark = ""
    dim: bool = False
    dashed: bool = False
    closed: bool = False
    about: str = ""


@dataclass(frozen=True)
class Wire:
    """A straight wire from (x, y1) down to (x, y2)."""

    key: str
    x: float
    y1: float
    y2: float
    net: int | None = None
    mark: Mark = ""
    dim: bool = False
    dashed: bool = False


@dataclass(frozen=True)
class Glyph:
    """A small sign: "net" (the network's own shape), "lock", "arrow" (something comes in from below)."""

    kind: Literal["net", "lock", "arrow"]
    x: float
    y: float
    r: float
    net: int | None = None
    tone: str = "ink"


@dataclass(frozen=True)
class Badge:
    """The round sign of a mark: + − ~."""

    x: float
    y: float
    mark: Mark


@dataclass(frozen=True)
class Line:
    """A packet's way, from point to point; ``style`` tells the way there, the way back, and what is done aside.

    ``arrow`` is where its head is, and where it points to: x, y, and an angle in degrees, 0 to the right, 90 down.
    One that is ``behind`` passes behind the bars on its way.
    """

    points: tuple[tuple[float, float], ...]
    tone: Tone
    style: Course
    arrow: tuple[float, float, float] | None = None
    behind: bool = False


@dataclass(frozen=True)
class Stop:
    """A numbered station of a packet's way, or a sign; (x, y) is its middle, and ``hollow`` if it is on a way back."""

    x: float
    y: float
    w: float
    h: float
    label: str
    tone: Tone
    hollow: bool = False


@dataclass(frozen=True)
class LegendItem:
    """One entry of the legend: a ``sign`` ("new", "gone", "changed", "stopped", "down", "closed", "dim") and words."""

    sign: str
    x: float
    y: float
    text: Text


@dataclass(frozen=True)
class Layout:
    """A whole map, without its title.

    ``detail`` is 0 (everything) to 4 (the essentials); ``signs`` are those that a legend explains.
    """

    width: float
    height: float
    boxes: tuple[Box, ...] = ()
    wires: tuple[Wire, ...] = ()
    texts: tuple[Text, ...] = ()
    glyphs: tuple[Glyph, ...] = ()
    badges: tuple[Badge, ...] = ()
    lines: tuple[Line, ...] = ()
    stops: tuple[Stop, ...] = ()
    legend: tuple[LegendItem, ...] = ()
    detail: int = 0
    signs: tuple[str, ...] = ()

    def moved(self, x: float, y: float) -> Layout:
        """The same map elsewhere on a sheet."""
        return replace(
            self,
            boxes=tuple(replace(each, x=each.x + x, y=each.y + y) for each in self.boxes),
            wires=tuple(replace(each, x=each.x + x, y1=each.y1 + y, y2=each.y2 + y) for each in self.wires),
            texts=tuple(replace(each, x=each.x + x, y=each.y + y) for each in self.texts),
            glyphs=tuple(replace(each, x=each.x + x, y=each.y + y) for each in self.glyphs),
            badges=tuple(replace(each, x=each.x + x, y=each.y + y) for each in self.badges),
            legend=tuple(
                replace(each, x=each.x + x, y=each.y + y, text=replace(each.text, x=each.text.x + x, y=each.text.y + y))
                for each in self.legend
            ),
        )

    def beside(self, other: Layout, texts: tuple[Text, ...] = ()) -> Layout:
        """Both on one sheet of this one's size, with more texts."""
        return replace(
            self,
            boxes=self.boxes + other.boxes,
            wires=self.wires + other.wires,
            texts=self.texts + other.texts + texts,
            glyphs=self.glyphs + other.glyphs,
            badges=self.badges + other.badges,
            legend=self.legend + other.legend,
        )
