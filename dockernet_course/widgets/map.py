"""A map that changes: what is drawn can be asked, with the mouse and the keyboard, and read as a table."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Protocol

import ipywidgets as ipw  # type: ignore[import-untyped]

from dockernet_course.widgets.page import pictured, put, stage_and_field
from dockernet_course.widgets.picture import Picture
from dockernet_course.widgets.style import keys, palette, styled

__all__ = ["Map", "View"]


class View(Protocol):
    """What is shown: ``json`` is drawn by the page (``map.js``), the rest is for who has no page."""

    @property
    def alt(self) -> str:
        """The map in words."""

    @property
    def json(self) -> str:
        """The map in numbers and texts."""

    def picture(self) -> Picture:
        """The map as a picture."""


class Map(ipw.VBox):  # type: ignore[misc]
    """The map of a view; ``show`` replaces it, from any thread. Without a kernel it is the view's picture.

    ``colours`` are the names and values of the colours, light and dark. ``on_mark`` is called when the learner wants
    what is there now to count as known, ``on_look`` when it has come into somebody's sight, perhaps again and again.
    ``status`` says what goes on, in a sentence. ``below`` are further widgets.
    """

    def __init__(
        self,
        view: View,
        colours: Mapping[str, Mapping[str, str]],
        on_mark: Callable[[], object],
        on_look: Callable[[], object] = lambda: None,
        status: str = "",
        below: Sequence[ipw.Widget] = (),
    ) -> None:
        self.view = view
        self.mark = ipw.Button(
            description="Mark from now on", tooltip="What is there now counts as known; what comes later is marked"
        )
        self.mark.on_click(lambda _: on_mark())
        self.look = ipw.Button(layout=ipw.Layout(display="none"))  # the page clicks it, nobody else can
        self.look.add_class("dockernet-look")
        self.look.on_click(lambda _: on_look())
        self.status = ipw.Label(status)
        stage, self.data = stage_and_field()
        controls = ipw.HBox([self.mark, self.status])
        controls.add_class("dockernet-map-controls")
        style = styled("map", palette(colours) + keys("draw", "map"))
        super().__init__([style, stage, self.data, self.look, controls, *below])
        self.add_class("dockernet-map")
        self.show(view)

    def show(self, view: View, status: str | None = None) -> None:
        """Draw another view in its place."""
        self.view = view
        put(self.data, view.json)
        if status is not None:
            self.status.value = status

    def end(self, status: str) -> None:
        """Nothing will change any more."""
        self.mark.disabled = True
        self.status.value = status

    def _repr_mimebundle_(self, **options: Any) -> tuple[dict[str, Any], dict[str, Any]]:
        data = dict(super()._repr_mimebundle_(**options)) | {"text/plain": repr(self)}
        return pictured(data, self.view.picture())

    def __repr__(self) -> str:
        return self.view.alt
