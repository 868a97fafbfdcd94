"""What a cell shows: a map with its picture, its numbers and its words. Knows nothing of notebooks but the protocol."""

from __future__ import annotations

from abc import ABC, abstractmethod
from base64 import b64encode
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from html import escape
from io import BytesIO
from threading import Lock
from typing import TYPE_CHECKING, Any

from dockernet_course.figures.drawing.grammar import sentence
from dockernet_course.figures.drawing.metrics import literal
from dockernet_course.figures.drawing.primitives import Layout
from dockernet_course.figures.map.describe import alt_text, describe, describe_changes
from dockernet_course.figures.map.layout import layout, layouts, reel
from dockernet_course.observe import Topology

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["FigurePicture", "MapPicture", "frame_maps", "show_map"]

CSS_DPI = 96
_svg_settings = Lock()


class FigurePicture(ABC):
    """A figure that shows itself: PNG at twice the size it is shown at, SVG, and the alternative text."""

    alt: str

    @abstractmethod
    def _figure(self) -> Figure:
        """Draw it."""

    @cached_property
    def figure(self) -> Figure:
        """The matplotlib figure; drawn when it is first asked for."""
        return self._figure()

    @property
    def width(self) -> int:
        """The width at which it is meant to be shown, in CSS pixels."""
        return round(self.figure.get_figwidth() * CSS_DPI)

    def png(self) -> bytes:
        """The picture as PNG; the same map gives the same bytes."""
        from matplotlib.backends.backend_agg import FigureCanvasAgg

        out = BytesIO()
        # Packed at level 3 it is a tenth larger, and done in half the time.
        settings = {"metadata": {"Software": None}, "pil_kwargs": {"compress_level": 3}}
        FigureCanvasAgg(self.figure).print_png(out, **settings)  # type: ignore[no-untyped-call]
        return out.getvalue()

    def svg(self) -> str:
        """The picture as SVG, text as outlines; the same map gives the same text."""
        import matplotlib as mpl
        from matplotlib.backends.backend_svg import FigureCanvasSVG

        out = BytesIO()
        with _svg_settings, mpl.rc_context({"svg.hashsalt": "dockernet", "svg.fonttype": "path"}):
            FigureCanvasSVG(self.figure).print_svg(out, metadata={"Date": None, "Creator": None})  # type: ignore[no-untyped-call]
        return out.getvalue().decode()

    def __repr__(self) -> str:
        return self.alt

    def _repr_mimebundle_(self, **_: object) -> tuple[dict[str, str], dict[str, Any]]:
        """The PNG, and the same as HTML: JupyterLab shows a PNG without its alternative text."""
        picture = b64encode(self.png()).decode()
        html = f'<img src="data:image/png;base64,{picture}" width="{self.width}" alt="{escape(self.alt)}">'
        size = {"width": self.width, "alt": self.alt}
        return {"image/png": picture, "text/html": html, "text/plain": self.alt}, {"image/png": size}


@dataclass(frozen=True, repr=False)
class MapPicture(FigurePicture):
    """One map: ``layout`` has the numbers, ``alt`` the words, ``figure`` the picture."""

    layout: Layout = field(repr=False)
    alt: str
    title: str = ""
    theme: str = "light"

    def _figure(self) -> Figure:
        from dockernet_course.figures.drawing.mpl import draw

        return draw(self.layout, title=self.title, theme=self.theme)


def show_map(topology: Topology, *, since: Topology | None = None, title: str, theme: str = "light") -> MapPicture:
    """The map of an observation; the title says which question it answers.

    With ``since``, an earlier observation, what is new, gone and changed is marked.
    """
    words = f"{sentence(literal(title))} {alt_text(topology, since)}".strip()
    return MapPicture(layout(topology, since=since), words, title, theme)


def frame_maps(topologies: Sequence[Topology], titles: Sequence[str], *, theme: str = "light") -> list[MapPicture]:
    """A map for each frame of a film, everything in the same place in all of them."""
    film = reel(topologies)
    words = [
        " ".join([sentence(literal(title)), describe(plain), *([describe_changes(marked)] if i else [])])
        for i, (title, plain, marked) in enumerate(zip(titles, film.plain, film.marked, strict=True))
    ]
    return [MapPicture(*parts, theme) for parts in zip(layouts(film), words, titles, strict=True)]
