"""One packet's way, step by step on its map, with the list of the steps. All of it happens in the page."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import ipywidgets as ipw  # type: ignore[import-untyped]

from dockernet_course.widgets.map import View
from dockernet_course.widgets.page import pictured, put, stage_and_field
from dockernet_course.widgets.style import keys, palette, styled

__all__ = ["Walk"]


class Walk(ipw.VBox):  # type: ignore[misc]
    """The walk of a view, drawn by the page (``walk.js``). Without a kernel it is the view's picture.

    ``show`` replaces it, from any thread; without a view there is nothing to see yet. ``colours`` are the names and
    values of the colours, light and dark.
    """

    def __init__(self, view: View | None, colours: Mapping[str, Mapping[str, str]]) -> None:
        stage, self.data = stage_and_field()
        sheets = styled("map", palette(colours)), styled("walk", keys("draw", "walk"))
        super().__init__([*sheets, stage, self.data], layout=ipw.Layout(display="none"))
        self.add_class("dockernet-map")
        self.add_class("dockernet-walk")
        self.view = view
        if view:
            self.show(view)

    def show(self, view: View) -> None:
        """Draw this walk, from its first step on."""
        self.view = view
        put(self.data, view.json)
        self.layout.display = None

    def _repr_mimebundle_(self, **options: Any) -> tuple[dict[str, Any], dict[str, Any]]:
        data = dict(super()._repr_mimebundle_(**options)) | {"text/plain": repr(self)}
        return pictured(data, self.view.picture()) if self.view else (data, {})

    def __repr__(self) -> str:
        return self.view.alt if self.view else "No walk yet."
