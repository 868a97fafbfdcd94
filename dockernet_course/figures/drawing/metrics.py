"""How wide text is, how it is shortened and wrapped, and how hostile text is made harmless. Widths are in points.

The advances come from the DejaVu fonts that every matplotlib carries, so that a layout is the same on all machines.
What these fonts lack is as wide as Unicode says: wide letters (UAX #11) take a whole em, and combining marks nothing.
"""

from __future__ import annotations

import unicodedata
from bisect import bisect_right
from functools import cache, lru_cache
from itertools import accumulate
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from matplotlib.ft2font import FT2Font

__all__ = ["FACES", "clusters", "font_file", "has", "limited", "literal", "shorten", "text_width", "wrap", "zero_width"]

FACES = {
    "sans": "DejaVuSans.ttf",
    "bold": "DejaVuSans-Bold.ttf",
    "mono": "DejaVuSansMono.ttf",
    "mono-bold": "DejaVuSansMono-Bold.ttf",
}
ELLIPSIS = "…"
_EM = 100.0
_MARKS = 2
_lock = Lock()


def font_file(face: str) -> Path:
    """The file of one of ``FACES``, inside matplotlib's own data."""
    import matplotlib as mpl

    return Path(mpl.get_data_path()) / "fonts" / "ttf" / FACES[face]


@cache
def _font(face: str) -> FT2Font:
    from matplotlib.ft2font import FT2Font

    font = FT2Font(str(font_file(face)))
    font.set_size(_EM, 72)
    return font


@lru_cache(maxsize=4096)
def _advance(face: str, char: str) -> float:
    """The advance of one character in em; a character that the font lacks counts as a full em."""
    if zero_width(char):
        return 0.0
    least = 1.0 if unicodedata.east_asian_width(char) in ("W", "F") else 0.0
    if not has(face, char):
        return 1.0
    with _lock:
        return max(least, float(_font(face).load_char(ord(char)).linearHoriAdvance) / 65536 / _EM)


@lru_cache(maxsize=4096)
def has(face: str, char: str) -> bool:
    """Whether the font of the face has the character."""
    with _lock:
        return bool(_font(face).get_char_index(ord(char)))


def zero_width(char: str) -> bool:
    """Whether it is put onto the character before it: an accent, a vowel sign, a variant's number."""
    return unicodedata.category(char) in ("Mn", "Me")


def clusters(text: str) -> list[str]:
    """The characters, each with the marks that are put onto it."""
    found: list[str] = []
    for char in text:
        if found and zero_width(char):
            found[-1] += char
        else:
            found.append(char)
    return found


def limited(text: str) -> str:
    """The text with no more than two marks on a character: a hundred of them would cover what is above and below."""
    if not any(map(zero_width, text)):
        return text
    return "".join(cluster[: 1 + _MARKS] for cluster in clusters(text))


def text_width(text: str, size: float, face: str = "sans") -> float:
    """The width of one line of text at ``size`` points."""
    return size * sum(_advance(face, char) for char in text)


def literal(text: str) -> str:
    r"""The text with everything invisible spelt out: control characters, line ends, direction overrides.

    Letters of any script stay as they are. ``$``, ``\`` and ``<`` need nothing here: the painter never lets
    matplotlib or SVG read them as markup.
    """
    return "".join(_spelt(c) if unicodedata.category(c) in {"Cc", "Cf", "Cs", "Zl", "Zp"} else c for c in text)


def _spelt(char: str) -> str:
    return f"\\x{ord(char):02x}" if ord(char) < 0x100 else f"\\u{ord(char):04x}"


def shorten(text: str, width: float, size: float, face: str = "sans") -> str:
    """The text, or its head and tail around an ellipsis, so that it fits into ``width`` points."""
    if text_width(text, size, face) <= width:
        return text
    parts = clusters(text)
    ends = [0.0, *accumulate(text_width(part, size, face) for part in parts)]
    room = width - text_width(ELLIPSIS, size, face)

    def taken(kept: int) -> float:
        return ends[kept - kept // 2] + ends[-1] - ends[len(parts) - kept // 2]

    kept = bisect_right(range(len(parts)), room, key=taken) - 1
    if kept < 1:
        return ELLIPSIS
    return "".join((*parts[: kept - kept // 2], ELLIPSIS, *parts[len(parts) - kept // 2 :]))


def wrap(text: str, width: float, size: float, face: str = "sans") -> tuple[str, ...]:
    """The text in as few lines as fit into ``width`` points, about equally long; too wide a word is shortened."""
    lines = _filled(text, width, size, face)
    narrower = width
    while len(lines) > 1 and narrower > width / 2:
        narrower -= 5.0
        tighter = _filled(text, narrower, size, face)
        if len(tighter) > len(lines) or max(text_width(line, size, face) for line in tighter) > narrower:
            break
        lines = tighter
    return tuple(shorten(line, width, size, face) for line in lines)


def _filled(text: str, width: float, size: float, face: str) -> list[str]:
    lines: list[list[str]] = []
    space, taken = text_width(" ", size, face), 0.0
    for word in text.split(" "):
        wide = text_width(word, size, face)
        if lines and taken + space + wide <= width:
            lines[-1].append(word)
            taken += space + wide
        else:
            lines.append([word])
            taken = wide
    return [" ".join(words) for words in lines]
