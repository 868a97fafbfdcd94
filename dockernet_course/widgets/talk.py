"""Two to choose, and what to ask of them: whether they can talk, and which way a packet takes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Protocol, TypeVar

from anywidget import WidgetTrait
from traitlets import Bool, Dict, List, Unicode

from dockernet_course.errors import DockernetError
from dockernet_course.widgets.drawn import Colours, PageView, WalkWidget
from dockernet_course.widgets.widget import Widget, bundle

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

    @property
    def open(self) -> bool:
        """Whether the reason is still to be found, which takes a while."""

    @property
    def shown(self) -> str:
        """What proves the reason, as in a terminal: commands, and what they printed."""

    @property
    def cure(self) -> str:
        """What to do about it."""


Given = TypeVar("Given", bound=Answer)


class Talk(Widget):
    """*From*, *To* and two buttons. The functions run in a thread of their own, one at a time.

    ``on_ask`` gets the two names; ``on_why`` also an answer whose reason is open, and gives it with its reason, while
    what is known is shown; ``on_walk`` gets how the target is asked, one of ``hows``. What came of it is ``said``:
    words, or rows of a table with what proves them, or what went wrong.
    """

    _esm = bundle("draw.js", "talk.js")
    _css = bundle("widget.css", "talk.css")
    sources = List(Unicode()).tag(sync=True)
    targets = List(Unicode()).tag(sync=True)
    hows = List(Unicode()).tag(sync=True)
    source = Unicode().tag(sync=True)
    target = Unicode().tag(sync=True)
    how = Unicode().tag(sync=True)
    said = Dict().tag(sync=True)
    ended = Bool().tag(sync=True)
    way = WidgetTrait().tag(sync=True)

    def __init__(
        self,
        hows: Sequence[str],
        on_ask: Callable[[str, str], Sequence[Given]],
        on_why: Callable[[str, str, Given], Given],
        on_walk: Callable[[str, str, str], PageView],
        colours: Colours,
    ) -> None:
        self._on_ask, self._on_why, self._on_walk, self._working = on_ask, on_why, on_walk, False
        self._worker = ThreadPoolExecutor(1, thread_name_prefix="talk")
        super().__init__(hows=list(hows), how=hows[0], way=WalkWidget(None, colours))

    @property
    def ready(self) -> bool:
        """Whether something can be asked now."""
        return bool(self.source and self.target and not self.ended)

    def offer(self, sources: Sequence[str], targets: Sequence[str]) -> None:
        """Who can be chosen now; who was chosen stays so, if possible. From any thread."""
        with self.hold_sync():
            self.sources, self.targets = list(sources), list(targets)
            self.source = self.source if self.source in sources else next(iter(sources), "")
            self.target = self.target if self.target in targets else next(iter(targets), "")
            if self.source == self.target and len(targets) > 1:
                self.target = next(name for name in targets if name != self.source)

    def end(self) -> None:
        """The lab is closed: the controls are disabled."""
        self.ended = True

    def wait(self) -> None:
        """Wait until what was asked for is shown."""
        self._worker.submit(int).result()

    def act(self, do: str, **values: Any) -> None:
        """*Can they talk?* or *Walk*, with who was chosen when it was pressed. One thing at a time."""
        if self._working or not self.ready:
            return
        work, words = (self._ask, "Asking …") if do == "ask" else (self._walk, "A packet is on its way …")
        self._working, self.said = True, {"words": words}
        self._worker.submit(self._work, work, values)

    def _work(self, work: Callable[..., dict[str, Any]], chosen: dict[str, Any]) -> None:
        """In the worker's thread: changes traits only."""
        try:
            self.said = work(**chosen)
        except DockernetError as error:
            self.said = {"wrong": [part for part in (error.what, error.state, error.cure) if part]}
        except Exception as error:  # whatever else happens in the worker is told where the answer would be
            self.said = {"wrong": [f"That went wrong: {error}"]}
        finally:
            self._working = False

    def _ask(self, source: str, target: str, **_: str) -> dict[str, Any]:
        answers, words = list(self._on_ask(source, target)), f"{source} → {target}:"
        for at, answer in enumerate(answers):
            if answer.open:
                self.said = _said(f"{words} looking why not {answer.way} …", answers)
                answers[at] = self._on_why(source, target, answer)
        return _said(words, answers)

    def _walk(self, source: str, target: str, how: str) -> dict[str, Any]:
        self.way.show(self._on_walk(source, target, how))
        return {}


def _said(words: str, answers: Sequence[Answer]) -> dict[str, Any]:
    """Rows, and below them what proves their reasons: what is the same for several of them once."""
    found: dict[tuple[str, str], list[str]] = {}
    for answer in answers:
        if answer.shown or answer.cure:
            found.setdefault((answer.shown, answer.cure), []).append(answer.way)
    proofs = [(", ".join(ways), shown, cure) for (shown, cure), ways in found.items()]
    return {"words": words, "rows": [_row(each) for each in answers], "proofs": proofs}


def _row(answer: Answer) -> tuple[str, str, str]:
    return answer.way, f"{'✔' if answer.ok else '✗'} {answer.verdict}", answer.why
