"""Two to choose, and what to ask of them: whether they can talk, and which way a packet takes."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Protocol

import ipywidgets as ipw  # type: ignore[import-untyped]

from dockernet_course.errors import DockernetError
from dockernet_course.widgets.map import View
from dockernet_course.widgets.markup import escape
from dockernet_course.widgets.walk import Walk

__all__ = ["Answer", "Talk"]


class Answer(Protocol):
    """What came of one question: by which ``way``, the ``verdict``, and ``why``."""

    @property
    def way(self) -> str:
        """By what the target was asked."""

    @property
    def ok(self) -> bool:
        """Whether it was answered."""

    @property
    def verdict(self) -> str:
        """How it ended."""

    @property
    def why(self) -> str:
        """The reason, in a sentence or two; may be empty."""


class Talk(ipw.VBox):  # type: ignore[misc]
    """*From*, *To* and two buttons. The functions run in a thread of their own, one at a time.

    ``on_ask`` gets the two names, ``on_walk`` also how the target is asked, one of ``hows``.
    """

    def __init__(
        self,
        hows: Sequence[str],
        on_ask: Callable[[str, str], Sequence[Answer]],
        on_walk: Callable[[str, str, str], View],
        colours: Mapping[str, Mapping[str, str]],
    ) -> None:
        self._on_ask, self._on_walk, self._working, self._ended = on_ask, on_walk, False, False
        self._worker = ThreadPoolExecutor(1, thread_name_prefix="talk")
        self.source, self.target = _choice("From", "Who asks"), _choice("To", "Who is asked")
        self.how = _choice("By", "How the packet's target is asked", hows)
        self.ask = ipw.Button(description="Can they talk?", tooltip="Ask by name, by address, and at port 80")
        self.walk = ipw.Button(description="Walk", tooltip="Follow one packet, and draw its way")
        self.said, self.way = ipw.HTML(), Walk(None, colours)
        self.source.add_class("dockernet-from")
        self.target.add_class("dockernet-to")
        self.ask.on_click(lambda _: self._work("Asking …", self._asked, self.source, self.target))
        chosen = (self.source, self.target, self.how)
        self.walk.on_click(lambda _: self._work("A packet is on its way …", self._walked, *chosen))
        asking, walking = ipw.HBox([self.source, self.target, self.ask]), ipw.HBox([self.how, self.walk])
        for row in (asking, walking):
            row.add_class("dockernet-map-controls")
        super().__init__([asking, walking, self.said, self.way])
        self._switch()

    def offer(self, sources: Sequence[str], targets: Sequence[str]) -> None:
        """Who can be chosen now; who was chosen stays so, if possible. From any thread."""
        for field, names in ((self.source, sources), (self.target, targets)):
            chosen = field.value
            if field.options != tuple(names):
                field.options = tuple(names)
                field.value = chosen if chosen in names else next(iter(names), None)
        if self.source.value == self.target.value and len(targets) > 1:
            self.target.value = next(name for name in targets if name != self.source.value)
        self._switch()

    def end(self) -> None:
        """Nobody answers any more."""
        self._ended = True
        self._switch()

    def wait(self) -> None:
        """Wait until what was asked for is shown."""
        self._worker.submit(int).result()

    def _switch(self) -> None:
        off = self._ended or not (self.source.value and self.target.value)
        for each in (self.ask, self.walk):
            each.disabled = off
        for each in (self.source, self.target, self.how):
            each.disabled = self._ended

    def _work(self, words: str, work: Callable[..., str], *chosen: ipw.Dropdown) -> None:
        """One thing at a time; the buttons are not switched off meanwhile, for that would take the focus from them."""
        if not self._working:
            self._working, self.said.value = True, _status(words)
            self._worker.submit(self._worked, work, [field.value for field in chosen])

    def _worked(self, work: Callable[..., str], chosen: Sequence[str]) -> None:
        """In the worker's thread: changes traits only."""
        try:
            self.said.value = work(*chosen)
        except DockernetError as error:
            self.said.value = _alert(error.what, error.state, error.cure)
        except Exception as error:  # whatever else happens in the worker is told where the answer would be
            self.said.value = _alert(f"That went wrong: {error}")
        finally:
            self._working = False

    def _asked(self, source: str, target: str) -> str:
        answers = self._on_ask(source, target)
        rows = "".join(map(_row, answers))
        return _status(f"{source} → {target}:") + f'<table class="dockernet-talk">{rows}</table>'

    def _walked(self, source: str, target: str, how: str) -> str:
        self.way.show(self._on_walk(source, target, how))
        return ""


def _choice(name: str, tooltip: str, options: Sequence[str] = ()) -> ipw.Dropdown:
    narrow = {"style": {"description_width": "3em"}, "layout": ipw.Layout(width="210px")}
    return ipw.Dropdown(options=tuple(options), description=name, tooltip=tooltip, **narrow)


def _row(answer: Answer) -> str:
    verdict = f"{'✔' if answer.ok else '✗'} {answer.verdict}"
    return f"<tr><th scope=row>{escape(answer.way)}</th><td>{escape(verdict)}</td><td>{escape(answer.why)}</td></tr>"


def _status(words: str) -> str:
    return f'<div role="status">{escape(words)}</div>'


def _alert(*words: str) -> str:
    return f'<div role="alert">{"<br>".join(escape(part) for part in words if part)}</div>'
