"""A map that changes: what is drawn can be asked, with the mouse and the keyboard, and read as a table."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Protocol

import ipywidgets as ipw  # type: ignore[import-untyped]

from dockernet_course.widgets.film import Picture
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
    what is there now to count as known. ``status`` says what goes on, in a sentence. ``below`` are further widgets.
    """

    def __init__(
        self,
        view: View,
        colours: Mapping[str, Mapping[str, str]],
        on_mark: Callable[[], object],
        status: str = "",
        below: Sequence[ipw.Widget] = (),
    ) -> None:
        self.view, self._shown = view, 0
        self.mark = ipw.Button(
            description="Mark from now on", tooltip="What is there now counts as known; what comes later is marked"
        )
        self.mark.on_click(lambda _: on_mark())
        # No widget shows JSON to a script; a field that nobody sees does. Its placeholder tells the page to look.
        self.data = ipw.Textarea(disabled=True, layout=ipw.Layout(display="none"))
        self.status = ipw.Label(status)
        stage = ipw.Box()
        stage.add_class("dockernet-stage")
        controls = ipw.HBox([self.mark, self.status])
        controls.add_class("dockernet-map-controls")
        super().__init__([styled("map", palette(colours) + keys("draw", "map")), stage, self.data, controls, *below])
        self.add_class("dockernet-map")
        self.show(view)

    def show(self, view: View, status: str | None = None) -> None:
        """Draw another view in its place."""
        self.view = view
        self._shown += 1
        with self.data.hold_sync():
            self.data.value = view.json
            self.data.placeholder = str(self._shown)
        if status is not None:
            self.status.value = status

    def end(self, status: str) -> None:
        """Nothing will change any more."""
        self.mark.disabled = True
        self.status.value = status

    def _repr_mimebundle_(self, **options: Any) -> tuple[dict[str, Any], dict[str, Any]]:
        picture = self.view.picture()
        data = dict(super()._repr_mimebundle_(**options))
        data |= {"image/png": b64encode(picture.png()).decode(), "text/plain": repr(self)}
        return data, {"image/png": {"width": picture.width, "alt": picture.alt}}

    def __repr__(self) -> str:
        return self.view.alt
