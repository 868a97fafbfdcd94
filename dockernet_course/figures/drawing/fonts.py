"""Which fonts draw a text: DejaVu, which every matplotlib carries, and for what it lacks whatever the machine has.

Names of networks and titles may be in any script. A letter that no font here has is drawn as an empty square; the
alternative text always has the word itself. ``Last Resort`` fonts have no letters, only squares of their own.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cache, lru_cache
from threading import RLock

from matplotlib.font_manager import FontEntry, FontProperties, fontManager
from matplotlib.ft2font import FT2Font

from dockernet_course.figures.drawing.metrics import clusters, font_file, has, limited, text_width, zero_width

__all__ = ["Run", "runs"]

SQUARE = "□"
_GOOD = re.compile(r"Noto Sans|Noto Emoji|Source Han|WenQuanYi|IPA|VL Gothic|Droid Sans|Unifont|Symbola", re.IGNORECASE)
_NONE = re.compile(r"Last ?Resort|DejaVu|^cm[a-z]+10$|STIXSize|STIXNonUni", re.IGNORECASE)
_lock = RLock()
_homes: dict[int, list[str]] = {}  # block of 256 characters → the families that were good for some of it


@dataclass(frozen=True)
class Run:
    """A part of a line that one font draws, and how far from the line's beginning, in points."""

    text: str
    font: FontProperties
    at: float


def runs(text: str, size: float, face: str) -> tuple[Run, ...]:
    """The line as it can be drawn here, without what is piled up; an empty one has no runs."""
    found: list[Run] = []
    at = 0.0
    for cluster in clusters(limited(text)):
        drawn, file = _drawn(cluster, face)
        if found and found[-1].font is _font(file):
            found[-1] = replace(found[-1], text=found[-1].text + drawn)
        elif drawn:
            found.append(Run(drawn, _font(file), at))
        at += text_width(cluster, size, face)
    return tuple(found)


def _drawn(cluster: str, face: str) -> tuple[str, str]:
    """What is drawn for a character and its marks, and the font's file; a square where no font has the character."""
    base, marks = cluster[0], cluster[1:]
    if has(face, base):
        return base + "".join(mark for mark in marks if has(face, mark)), str(font_file(face))
    file = _file(base)
    if file:
        return base + "".join(mark for mark in marks if _covers(file, ord(mark))), file
    return "" if zero_width(base) else SQUARE, str(font_file(face))


@cache
def _font(file: str) -> FontProperties:
    return FontProperties(fname=file)


@lru_cache(maxsize=4096)
def _file(char: str) -> str:
    """The file of one of this machine's fonts that has the character; empty if none does.

    Where none has the first that was asked for of a block of 256, the others of it are looked for no more.
    """
    block = ord(char) >> 8
    with _lock:
        known = _homes.get(block)
        for entry in _candidates() if known is None else _of(known):
            if _covers(entry.fname, ord(char)):
                _homes.setdefault(block, []).append(entry.name)
                return entry.fname
        _homes.setdefault(block, [])
    return ""


def _of(families: list[str]) -> Iterator[FontEntry]:
    return (entry for entry in _candidates() if entry.name in families)


@cache
def _candidates() -> tuple[FontEntry, ...]:
    """One font of each family, those first that are made for many scripts."""
    fonts = {entry.name: entry for entry in fontManager.ttflist if not _NONE.search(entry.name)}
    return tuple(sorted(fonts.values(), key=lambda entry: (not _GOOD.search(entry.name), entry.name)))


def _covers(file: str, code: int) -> bool:
    font = _opened(file)
    return font is not None and bool(font.get_char_index(code))


@lru_cache(maxsize=32)
def _opened(file: str) -> FT2Font | None:
    """The font, if matplotlib can draw with it: not one of coloured bitmaps."""
    try:
        font = FT2Font(file)
        font.set_size(10.0, 72)
        font.load_char(font.get_char_index(0x20) and 0x20)
    except (RuntimeError, OSError, ValueError):
        return None
    return font
