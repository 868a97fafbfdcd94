"""Colours, light and dark: Okabe and Ito's colour-blind-safe set, darkened or lightened until text on it is legible.

Colour never stands alone: every network has a shape too, marks have signs, states have dashes, hatches or words.
Source: Okabe and Ito, "Color Universal Design", 2008.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import cos, pi, sin, sqrt

__all__ = ["SHAPES", "THEMES", "Theme", "colours"]

# The networks' shapes, as corners around the middle: circle, square, diamond, triangles, plus, cross, pentagon.
_D, _A, _H = sqrt(2), 1 / 3, 1 / 2
SHAPES: tuple[tuple[tuple[float, float], ...], ...] = (
    (),
    ((-1, -1), (1, -1), (1, 1), (-1, 1)),
    ((0, -_D), (_D, 0), (0, _D), (-_D, 0)),
    ((0, -1), (1, 1), (-1, 1)),
    ((0, 1), (1, -1), (-1, -1)),
    (*((-_A, -1), (_A, -1), (_A, -_A), (1, -_A), (1, _A), (_A, _A)),
     *((_A, 1), (-_A, 1), (-_A, _A), (-1, _A), (-1, -_A), (-_A, -_A))),
    (*((-_H, -1), (0, -_H), (_H, -1), (1, -_H), (_H, 0), (1, _H)),
     *((_H, 1), (0, _H), (-_H, 1), (-1, _H), (-_H, 0), (-1, -_H))),
    tuple((sin(2 * pi * n / 5), -cos(2 * pi * n / 5)) for n in range(5)),
)  # fmt: skip


@dataclass(frozen=True)
class Theme:
    """The colours of one theme; ``nets`` are the networks', in the order in which their bridges were made."""

    paper: str
    ink: str
    muted: str
    faint: str
    host: str
    host_edge: str
    box: str
    chip: str
    on_bar: str
    nets: tuple[str, ...]
    new: str
    gone: str
    changed: str
    on_mark: str
    walk: str
    second: str


THEMES = {
    "light": Theme(
        paper="#ffffff", ink="#16202c", muted="#566373", faint="#7a8694", host="#f3f1ea", host_edge="#9a9485",
        box="#ffffff", chip="#f6f8fb", on_bar="#ffffff",
        nets=("#00609c", "#b24a00", "#00745a", "#8f4a78", "#7a5c00", "#2a6f8f", "#5b5ea6", "#6b6b6b"),
        new="#00745a", gone="#a33b20", changed="#7a5c00", on_mark="#ffffff", walk="#b8005c", second="#16202c",
    ),
    "dark": Theme(
        paper="#12161c", ink="#eef2f6", muted="#a9b4c0", faint="#87929e", host="#1d242d", host_edge="#5f6b78",
        box="#12161c", chip="#26303b", on_bar="#0b0f14",
        nets=("#5ab4ee", "#f08a4b", "#3fc79a", "#dd9bc2", "#e6c04a", "#8fd3f0", "#b3b6f2", "#c4c4c4"),
        new="#3fc79a", gone="#f0906e", changed="#e6c04a", on_mark="#0b0f14", walk="#ff7ab8", second="#eef2f6",
    ),
}  # fmt: skip


def colours(theme: str) -> dict[str, str]:
    """The colours of one theme by the names that shapes have for them; the networks' are net-0, net-1 and so on."""
    named = dict(vars(THEMES[theme]))
    return {f"net-{n}": colour for n, colour in enumerate(named.pop("nets"))} | named
