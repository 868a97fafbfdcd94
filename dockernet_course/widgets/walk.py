"""One packet's way, step by step on its map, with the list of the steps. All of it happens in the page."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Mapping
from typing import Any

import ipywidgets as ipw  # type: ignore[import-untyped]

from dockernet_course.widgets.map import View
from dockernet_course.widgets.style import keys, palette, styled

__all__ = ["Walk"]


class Walk(ipw.VBox):  # type: ignore[misc]
    """The walk of a view, drawn by the page (``walk.js``). Without a kernel it is the view's picture.

    ``show`` replaces it, from any thread; without a view there is nothing to see yet. ``colours`` are the names and
    values of the colours, light and dark.
    """

    def __init__(self, view: View | None, colours: Mapping[str, Mapping[str, str]]) -> None:
        self._shown = 0
        # No widget shows JSON to a script; a field that nobody sees does. Its placeholder tells the page to look.
        self.data = ipw.Textarea(disabled=True, layout=ipw.Layout(display="none"))
        stage = ipw.Box()
        stage.add_class("dockernet-stage")
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
        self._shown += 1
        with self.data.hold_sync():
            self.data.value = view.json
            self.data.placeholder = str(self._shown)
        self.layout.display = None

    def _repr_mimebundle_(self, **options: Any) -> tuple[dict[str, Any], dict[str, Any]]:
        data = dict(super()._repr_mimebundle_(**options)) | {"text/plain": repr(self)}
        if self.view is None:
            return data, {}
        picture = self.view.picture()
        data |= {"image/png": b64encode(picture.png()).decode()}
        return data, {"image/png": {"width": picture.width, "alt": picture.alt}}

    def __repr__(self) -> str:
        return self.view.alt if self.view else "No walk yet."
