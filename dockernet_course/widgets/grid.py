"""Who reaches whom? A grid to fill in before it is measured."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from traitlets import Bool, List, Unicode

from dockernet_course.widgets import markup
from dockernet_course.widgets.question import GridQuestion
from dockernet_course.widgets.widget import Widget, bundle

__all__ = ["Grid"]

Key = tuple[str, str, str]


class Grid(Widget):
    """A grid for each way: rows ask, columns are asked. A cell goes from ? to ✓ (it can) to ✗ (it cannot) and back.

    ``ways`` are the ways with their words. ``on_commit`` is called once: with what was said, ``{(source, target, way):
    bool}``, or with None when the question was skipped. Then everything stays as it is. ``said`` is what was said so
    far, in the order of ``cells``; None stands for nothing yet.
    """

    _esm = bundle("draw.js", "grid.js")
    _css = bundle("widget.css", "grid.css")
    text = Unicode().tag(sync=True)
    sources = List(Unicode()).tag(sync=True)
    targets = List(Unicode()).tag(sync=True)
    captions = List(Unicode()).tag(sync=True)
    said = List(Bool(allow_none=True)).tag(sync=True)
    closed = Bool().tag(sync=True)
    feedback = Unicode().tag(sync=True)

    def __init__(
        self,
        question: GridQuestion,
        sources: Sequence[str],
        targets: Sequence[str],
        ways: Mapping[str, str],
        on_commit: Callable[[dict[Key, bool] | None], object],
    ) -> None:
        self.question, self.ways, self._on_commit = question, dict(ways), on_commit
        self.cells: tuple[Key, ...] = tuple(
            (source, target, way) for way in ways for source in sources for target in targets if source != target
        )
        super().__init__(
            text=markup.html(question.text),
            sources=list(sources),
            targets=list(targets),
            captions=list(ways.values()),
            said=[None] * len(self.cells),
        )

    @property
    def guess(self) -> dict[Key, bool]:
        """What has been said so far."""
        return {key: said for key, said in zip(self.cells, self.said, strict=True) if said is not None}

    def act(self, do: str, said: Sequence[bool | None] = (), **_: Any) -> None:
        """*Commit* to what is said, be it ever so little, or *Skip*: a prediction is made once."""
        if self.closed or (do == "commit" and not any(each is not None for each in said)):
            return
        self.said, self.closed = list(said) if do == "commit" else self.said, True
        guess = self.guess if do == "commit" else None
        words = "Skipped." if guess is None else f"{len(guess)} of {len(self.cells)} said. Now see what is measured."
        self._on_commit(guess)
        self.feedback = f"<p><strong>{words}</strong></p><p>{markup.html(self.question.explanation)}</p>"

    def _repr_mimebundle_(self, **options: Any) -> tuple[dict[str, Any], dict[str, Any]]:
        data, metadata = super()._repr_mimebundle_(**options) or ({}, {})
        return {**data, "text/html": self._static(), "text/plain": repr(self)}, metadata

    def __repr__(self) -> str:
        rows = [row for way in self.ways for row in self._rows(way)]
        widths = [max(len(row[n]) for row in rows) for n in range(len(self.targets) + 1)] if rows else []
        lines = ["  ".join(f"{c:<{w}}" for c, w in zip(row, widths, strict=True)).rstrip() for row in rows]
        return "\n".join([f"Predict: {markup.plain(self.question.text)}", *lines])

    def _rows(self, way: str) -> list[tuple[str, ...]]:
        """The empty grid of one way, as text."""
        head = (self.ways[way], *self.targets)
        return [head, *((s, *("·" if s == t else "?" for t in self.targets)) for s in self.sources)]

    def _static(self) -> str:
        """The question for readers without a kernel."""
        tables = "".join(_table(self._rows(way)) for way in self.ways)
        question, explanation = markup.html(self.question.text), markup.html(self.question.explanation)
        folded = f"<details><summary>What to think of</summary><p>{explanation}</p></details>"
        return f"<div><p><strong>Predict:</strong> {question}</p>{tables}{folded}</div>"


def _table(rows: Sequence[Sequence[str]]) -> str:
    head, *body = rows
    heads = "".join(f'<th scope="col">{markup.escape(cell)}</th>' for cell in head)
    lines = "".join(
        f'<tr><th scope="row">{markup.escape(name)}</th>{"".join(f"<td>{c}</td>" for c in cells)}</tr>'
        for name, *cells in body
    )
    style = "display:inline-table;margin:0 2em 1em 0"
    return f'<table style="{style}"><thead><tr>{heads}</tr></thead><tbody>{lines}</tbody></table>'
