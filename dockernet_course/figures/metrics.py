"""How wide text is, how it is shortened and wrapped, and how hostile text is made harmless. Widths are in points.

The advances come from the DejaVu fonts that every matplotlib carries, so that a layout is the same on all machines.
"""

from __future__ import annotations

import unicodedata
from functools import cache, lru_cache
from pathlib import Path
from threading import Lock

import matplotlib as mpl
from matplotlib.ft2font import FT2Font

__all__ = ["FACES", "font_file", "literal", "shorten", "text_width", "wrap"]

FACES = {
    "sans": "DejaVuSans.ttf",
    "bold": "DejaVuSans-Bold.ttf",
    "mono": "DejaVuSansMono.ttf",
    "mono-bold": "DejaVuSansMono-Bold.ttf",
}
ELLIPSIS = "…"
_EM = 100.0
_lock = Lock()


def font_file(face: str) -> Path:
    """The file of one of ``FACES``, inside matplotlib's own data."""
    return Path(mpl.get_data_path()) / "fonts" / "ttf" / FACES[face]


@cache
def _font(face: str) -> FT2Font:
    font = FT2Font(str(font_file(face)))
    font.set_size(_EM, 72)
    return font


@lru_cache(maxsize=4096)
def _advance(face: str, char: str) -> float:
    """The advance of one character in em; a character that the font lacks counts as a full em."""
    with _lock:
        font = _font(face)
        if not font.get_char_index(ord(char)):
            return 1.0
        return float(font.load_char(ord(char)).linearHoriAdvance) / 65536 / _EM


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
    for kept in range(len(text) - 1, 0, -1):
        tail = kept // 2
        short = text[: kept - tail] + ELLIPSIS + (text[-tail:] if tail else "")
        if text_width(short, size, face) <= width:
            return short
    return ELLIPSIS


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
    lines: list[str] = []
    line = ""
    for word in text.split(" "):
        longer = f"{line} {word}" if line else word
        if line and text_width(longer, size, face) > width:
            lines.append(line)
            longer = word
        line = longer
    return [*lines, line]
