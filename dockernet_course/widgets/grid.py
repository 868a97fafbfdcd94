"""Who reaches whom? A grid to fill in before it is measured."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

import ipywidgets as ipw  # type: ignore[import-untyped]

from dockernet_course.widgets import markup
from dockernet_course.widgets.question import GridQuestion
from dockernet_course.widgets.style import keys, styled

__all__ = ["Grid"]

Key = tuple[str, str, str]
STYLES = {None: "", True: "success", False: "danger"}
SAID = {None: "nothing said yet", True: "you say it can", False: "you say it cannot"}
ON = {None: True, True: False, False: None}
MANY, LONG = 6, 16


class Grid(ipw.VBox):  # type: ignore[misc]
    """A grid for each way: rows ask, columns are asked. A cell goes from ? to ✓ (it can) to ✗ (it cannot) and back.

    ``ways`` are the ways with their words. ``on_commit`` is called once: with what was said, ``{(source, target, way):
    bool}``, or with None when the question was skipped. Then everything stays as it is.
    """

    def __init__(
        self,
        question: GridQuestion,
        sources: Sequence[str],
        targets: Sequence[str],
        ways: Mapping[str, str],
        on_commit: Callable[[dict[Key, bool] | None], object],
    ) -> None:
        self.question, self.sources, self.targets, self.ways = question, tuple(sources), tuple(targets), dict(ways)
        self._on_commit = on_commit
        self._said: dict[Key, bool | None] = {
            (source, target, way): None for way in ways for source in sources for target in targets if source != target
        }
        self._room, self._look = ipw.Layout(width="auto", height="30px", margin="1px"), ipw.ButtonStyle()
        self.cells = {key: self._button(key) for key in self._said}
        self.commit = ipw.Button(description="Commit", tooltip="Commit to what you said")
        self.skip = ipw.Button(description="Skip", tooltip="Go on without an answer; the explanation unfolds")
        self.feedback = ipw.HTML()
        self.commit.on_click(lambda _: self._close(self.guess))
        self.skip.on_click(lambda _: self._close(None))
        head = ipw.HTML(f"<p><strong>Predict:</strong> {markup.html(question.text)}</p>{_how()}")
        grids = ipw.Box([self._grid(way) for way in self.ways])
        grids.add_class("dockernet-ways")
        buttons = ipw.HBox([self.commit, self.skip])
        super().__init__([styled("grid", keys("grid")), head, grids, buttons, self.feedback])
        self.add_class("dockernet-grid")
        self._count()

    @property
    def guess(self) -> dict[Key, bool]:
        """What has been said so far."""
        return {key: said for key, said in self._said.items() if said is not None}

    def _button(self, key: Key) -> ipw.Button:
        button = ipw.Button(layout=self._room, style=self._look)
        button.add_class("dockernet-cell")
        button.on_click(partial(self._toggle, key))
        _label(button, self._words(key, None), None)
        return button

    def _toggle(self, key: Key, button: ipw.Button) -> None:
        if button.disabled:
            return  # a click that was on its way
        said = self._said[key] = ON[self._said[key]]
        _label(button, self._words(key, said), said)
        self._count()

    def _words(self, key: Key, said: bool | None) -> str:
        source, target, way = key
        return f"{source} to {target} {self.ways[way]}: {SAID[said]}"

    def _count(self) -> None:
        """Committing needs something said; what is left open is no mistake."""
        self.commit.disabled = not self.guess
        self.feedback.value = _status(f"{len(self.guess)} of {len(self.cells)} said")

    def _grid(self, way: str) -> ipw.VBox:
        """The captions, and the cells in their rows; there is no way to oneself."""
        rows: list[ipw.DOMWidget] = [
            _name("from ↓ to →", "corner"),
            *(_name(target, "column") for target in self.targets),
        ]
        for source in self.sources:
            rows.append(_name(source))
            rows += [self.cells.get((source, target, way)) or _none() for target in self.targets]
        least = 38 if len(self.targets) > MANY else 54
        columns = f"max-content repeat({len(self.targets)}, minmax({least}px, max-content))"
        grid = ipw.GridBox(rows, layout=ipw.Layout(grid_template_columns=columns, align_items="center"))
        if len(self.targets) > MANY:
            grid.add_class("dockernet-many")
        return ipw.VBox([ipw.HTML(f"<strong>{markup.escape(self.ways[way])}</strong>"), grid])

    def _close(self, guess: dict[Key, bool] | None) -> None:
        """Freeze it for good: a prediction is made once."""
        if self.skip.disabled:
            return
        for control in (*self.cells.values(), self.commit, self.skip):
            control.disabled = True
        said = "Skipped." if guess is None else f"{len(guess)} of {len(self.cells)} said. Now see what is measured."
        explanation = f"<p>{markup.html(self.question.explanation)}</p>"
        self._on_commit(guess)
        self.feedback.value = _status(f"<p><strong>{said}</strong></p>{explanation}")

    def _repr_mimebundle_(self, **options: Any) -> dict[str, Any]:
        bundle = dict(super()._repr_mimebundle_(**options))
        return {**bundle, "text/html": self._static(), "text/plain": repr(self)}

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


def _label(button: ipw.Button, words: str, said: bool | None) -> None:
    button.description, button.tooltip, button.button_style = words, words, STYLES[said]


def _how() -> str:
    return (
        "<p>Rows ask, columns are asked. Click, or walk with the arrow keys and press Space: ✓ it can, ✗ it cannot.</p>"
    )


def _name(name: str, kind: str = "row") -> ipw.HTML:
    """A caption; of a long name the middle goes, and the whole name shows under the mouse."""
    short = f"{name[: LONG // 2]}…{name[-LONG // 2 + 1 :]}" if len(name) > LONG else name
    label = ipw.HTML(f'<span title="{markup.escape(name)}">{markup.escape(short)}</span>')
    label.add_class("dockernet-name")
    label.add_class(f"dockernet-{kind}")
    return label


def _none() -> ipw.HTML:
    dot = ipw.HTML('<span role="img" aria-label="nothing to ask">·</span>')
    dot.add_class("dockernet-none")
    return dot


def _status(content: str) -> str:
    return f'<div role="status" aria-live="polite">{content}</div>'


def _table(rows: Sequence[Sequence[str]]) -> str:
    head, *body = rows
    heads = "".join(f'<th scope="col">{markup.escape(cell)}</th>' for cell in head)
    lines = "".join(
        f'<tr><th scope="row">{markup.escape(name)}</th>{"".join(f"<td>{c}</td>" for c in cells)}</tr>'
        for name, *cells in body
    )
    style = "display:inline-table;margin:0 2em 1em 0"
    return f'<table style="{style}"><thead><tr>{heads}</tr></thead><tbody>{lines}</tbody></table>'
