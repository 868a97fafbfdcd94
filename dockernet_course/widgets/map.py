"""A map that changes: what is drawn can be asked, with the mouse and the keyboard, and read as a table."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from anywidget import WidgetTrait
from traitlets import Bool, Unicode

from dockernet_course.widgets.drawn import Colours, Drawn, PageView
from dockernet_course.widgets.talk import Talk
from dockernet_course.widgets.widget import bundle

__all__ = ["MapWidget"]


class MapWidget(Drawn):
    """The map of a view; ``show`` replaces it, from any thread.

    ``on_mark`` is called when the learner wants what is there now to count as known, ``on_look`` when it has come into
    somebody's sight, perhaps again and again. ``status`` says what goes on, in a sentence. ``talk`` is shown below.
    """

    _esm = bundle("draw.js", "map.js")
    _css = bundle("widget.css", "map.css")
    status = Unicode().tag(sync=True)
    ended = Bool().tag(sync=True)
    talk = WidgetTrait().tag(sync=True)

    def __init__(
        self,
        view: PageView,
        colours: Colours,
        on_mark: Callable[[], object],
        on_look: Callable[[], object] = lambda: None,
        status: str = "",
        talk: Talk | None = None,
    ) -> None:
        self._on_mark, self._on_look = on_mark, on_look
        super().__init__(view, colours, status=status, talk=talk)

    def show(self, view: PageView, status: str | None = None) -> None:
        """Draw another view in its place."""
        with self.hold_sync():
            super().show(view)
            self.status = self.status if status is None else status

    def end(self, status: str) -> None:
        """The map is followed no more: say why, and switch its controls off."""
        self.ended, self.status = True, status

    def act(self, do: str, **_: Any) -> None:
        """*Mark from now on*, until the end; or somebody sees it."""
        if do == "look":
            self._on_look()
        elif do == "mark" and not self.ended:
            self._on_mark()
