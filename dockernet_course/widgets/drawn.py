"""What the page draws of a view: a map, a film, a packet's walk. Where there is no page it is the view's picture."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Mapping
from typing import Any, Protocol

from traitlets import Unicode

from dockernet_course.widgets.picture import Picture
from dockernet_course.widgets.widget import Widget, bundle

__all__ = ["Colours", "Drawn", "FilmWidget", "PageView", "WalkWidget"]

Colours = Mapping[str, Mapping[str, str]]
"""The names and values of the colours, light and dark."""


class PageView(Protocol):
    """What is shown: ``json`` is drawn by the page, the rest, and its ``repr``, are for who has no page."""

    @property
    def json(self) -> str:
        """All that the page draws, as JSON of numbers and texts."""

    def picture(self) -> Picture:
        """The same as a picture."""


class Drawn(Widget):
    """A view; ``show`` replaces it, from any thread. Without one there is nothing to see yet."""

    _css: str
    data = Unicode().tag(sync=True)

    def __init__(self, view: PageView | None, colours: Colours, **state: Any) -> None:
        self._css = palette(colours) + self._css
        self.view = view
        super().__init__(data=view.json if view else "", **state)

    def show(self, view: PageView) -> None:
        """Draw this view from now on."""
        self.view = view
        self.data = view.json

    def _repr_mimebundle_(self, **options: Any) -> tuple[dict[str, Any], dict[str, Any]]:
        data, metadata = super()._repr_mimebundle_(**options) or ({}, {})
        if not self.view:
            return data, metadata
        picture = self.view.picture()
        shown = {"width": picture.width, "alt": picture.alt}
        png = b64encode(picture.png()).decode()
        return {**data, "text/plain": repr(self), "image/png": png}, {**metadata, "image/png": shown}

    def __repr__(self) -> str:
        return repr(self.view) if self.view else "Nothing to see yet."


class FilmWidget(Drawn):
    """A film, one step at a time: *Back* and *Next*, and a slider that follows the arrow keys."""

    _esm = bundle("draw.js", "film.js")
    _css = bundle("widget.css", "map.css")


class WalkWidget(Drawn):
    """One packet's way, step by step on its map, with the list of the steps."""

    _esm = bundle("draw.js", "walk.js")
    _css = bundle("widget.css", "map.css", "walk.css")


def palette(colours: Colours) -> str:
    """The colours as custom properties. JupyterLab says on the page's body whether its theme is a light one."""
    light, dark = (
        "".join(f"--dn-{name.replace('_', '-')}:{value};" for name, value in colours[theme].items())
        for theme in ("light", "dark")
    )
    drawn = ":is(.dockernet-map,.dockernet-film)"
    return (
        f"{drawn}{{{light}}}\nbody[data-jp-theme-light=false] {drawn}{{{dark}}}\n"
        f"@media (prefers-color-scheme: dark){{body:not([data-jp-theme-light]) {drawn}{{{dark}}}}}\n"
    )
