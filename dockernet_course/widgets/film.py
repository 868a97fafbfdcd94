"""A film, one step at a time: the map, what happened, and the kernel's own words for it."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from typing import Any

import ipywidgets as ipw  # type: ignore[import-untyped]

from dockernet_course.widgets.markup import escape
from dockernet_course.widgets.page import pictured
from dockernet_course.widgets.picture import Picture
from dockernet_course.widgets.style import keys, styled

__all__ = ["Film", "Step"]

AHEAD = 2


@dataclass(frozen=True)
class Step:
    """``title`` says what happened ``where``, ``at_ms`` milliseconds after the first event; ``words`` are the kernel's.

    ``picture`` shows the network after it.
    """

    title: str
    where: str
    at_ms: float
    words: str
    picture: Picture


class Film(ipw.VBox):  # type: ignore[misc]
    """*Back* and *Next*, and a slider that follows the arrow keys. Without a kernel it is the picture ``still``."""

    def __init__(self, steps: Sequence[Step], still: Picture) -> None:
        self.steps, self._still = tuple(steps), still
        self._images: dict[int, str] = {}
        self._drawing: set[int] = set()
        self._worker = ThreadPoolExecutor(1, thread_name_prefix="film")
        last = len(self.steps) - 1
        self.back = ipw.Button(description="◀ Back", tooltip="One step back")
        self.next = ipw.Button(description="Next ▶", tooltip="One step on")
        self.slider = ipw.IntSlider(
            description="Step", min=0, max=last, continuous_update=False, tooltip="Step: move with the arrow keys"
        )
        self.caption, self.picture, self.words = ipw.HTML(), ipw.HTML(), ipw.HTML()
        self.back.on_click(lambda _: self._move(-1))
        self.next.on_click(lambda _: self._move(+1))
        self.slider.observe(lambda _: self._show(), "value")
        controls = ipw.HBox([self.back, self.next, self.slider])
        super().__init__([styled("film", keys("film")), controls, self.caption, self.picture, self.words])
        self.add_class("dockernet-film")
        self._show()

    def _move(self, by: int) -> None:
        self.slider.value += by  # the slider keeps it between its ends

    def _show(self) -> None:
        """The step at which the slider is: its words at once, its picture when it is drawn."""
        n = self.slider.value
        self.caption.value = _caption(n, len(self.steps), self.steps[n])
        self.words.value = _words(self.steps[n])
        if n in self._images:
            self.picture.value = self._images[n]
        self._controls()
        for ahead in range(n, min(n + 1 + AHEAD * bool(n), len(self.steps))):
            self._draw(ahead)

    def _controls(self) -> None:
        """No way past the ends, and none while the picture of this step is being drawn."""
        n, waiting = self.slider.value, self.slider.value not in self._images
        self.back.disabled = waiting or n == 0
        self.next.disabled = waiting or n == len(self.steps) - 1

    def _draw(self, n: int) -> None:
        if n not in self._images and n not in self._drawing:
            self._drawing.add(n)
            self._worker.submit(_image, self.steps[n].picture).add_done_callback(partial(self._drawn, n))

    def _drawn(self, n: int, image: Future[str]) -> None:
        """In the worker's thread: changes traits only."""
        self._drawing.discard(n)
        self._images[n] = image.result()
        if self.slider.value == n:
            self.picture.value = self._images[n]
            self._controls()

    def wait(self) -> None:
        """Wait until everything that was asked for is drawn."""
        self._worker.submit(int).result()

    def _repr_mimebundle_(self, **options: Any) -> tuple[dict[str, Any], dict[str, Any]]:
        data = dict(super()._repr_mimebundle_(**options)) | {"text/plain": repr(self)}
        return pictured(data, self._still)

    def __repr__(self) -> str:
        return f"A film of {len(self.steps)} steps: {'; '.join(step.title for step in self.steps)}."


def _image(picture: Picture) -> str:
    try:
        data = b64encode(picture.png()).decode()
    except Exception as error:  # whatever happens in the worker is told where the picture would be
        return f'<p role="alert">This picture could not be drawn: {escape(str(error))}</p>'
    return f'<img src="data:image/png;base64,{data}" width="{picture.width}" alt="{escape(picture.alt)}">'


def _caption(n: int, steps: int, step: Step) -> str:
    what = f"<strong>{n} of {steps - 1}: {escape(step.title)}</strong> ({step.at_ms:.3f} ms, {escape(step.where)})"
    return f'<div role="status" aria-live="polite">{what}</div>'


def _words(step: Step) -> str:
    return f"<pre>{escape(step.words)}</pre>" if step.words else ""
