"""A question to commit to before the answer is seen."""

from __future__ import annotations

from collections.abc import Callable
from string import ascii_uppercase
from typing import Any

import ipywidgets as ipw  # type: ignore[import-untyped]

from dockernet_course.widgets import markup
from dockernet_course.widgets.question import Option, Question
from dockernet_course.widgets.style import keys, styled

__all__ = ["Prediction"]

LIST = '<ol type="A" style="list-style-type:upper-alpha">'


class Prediction(ipw.VBox):  # type: ignore[misc]
    """Options to choose from, *Commit* and *Skip*; then the feedback to the choice, and the explanation.

    ``on_commit`` is called once, with the chosen option, or with None when the question was skipped. Without a kernel
    the same question is a list, with the feedback folded away.
    """

    def __init__(self, question: Question, on_commit: Callable[[Option | None], object]) -> None:
        self.question, self._on_commit = question, on_commit
        self.choice = ipw.RadioButtons(
            options=[(markup.plain(option.text), n) for n, option in enumerate(question.options)],
            index=None,
            tooltip=f"Your prediction: {markup.plain(question.text)}",
        )
        # A choice may be under way still when Commit is pressed: prediction.js says here, just before, which one it is.
        self.said = ipw.Text(layout=ipw.Layout(display="none"))
        self.commit = ipw.Button(description="Commit", disabled=True, tooltip="Commit to the chosen answer")
        self.skip = ipw.Button(description="Skip", tooltip="Go on without an answer; the explanation unfolds")
        self.feedback = ipw.HTML(_status(""))
        self.choice.observe(self._chosen, "index")
        self.commit.on_click(lambda _: self._close(self.question.options[int(self.said.value or self.choice.index)]))
        self.skip.on_click(lambda _: self._close(None))
        head = ipw.HTML(f"<p><strong>Predict:</strong> {markup.html(question.text)}</p>")
        style, buttons = styled("prediction", keys("prediction")), ipw.HBox([self.commit, self.skip, self.said])
        super().__init__([style, head, self.choice, buttons, self.feedback])
        self.add_class("dockernet-prediction")

    def _chosen(self, _change: object) -> None:
        self.commit.disabled = self.choice.index is None

    def _close(self, option: Option | None) -> None:
        """Show the feedback for good: a prediction is made once, and what is shown is kept already."""
        for control in (self.choice, self.commit, self.skip):
            control.disabled = True
        self._on_commit(option)
        self.feedback.value = _status(_verdict(option) + f"<p>{markup.html(self.question.explanation)}</p>")

    def _repr_mimebundle_(self, **options: Any) -> dict[str, Any]:
        bundle = dict(super()._repr_mimebundle_(**options))
        return {**bundle, "text/html": _static(self.question), "text/plain": repr(self)}

    def __repr__(self) -> str:
        options = zip(ascii_uppercase, self.question.options, strict=False)
        lines = [f"  {letter}. {markup.plain(option.text)}" for letter, option in options]
        return "\n".join([f"Predict: {markup.plain(self.question.text)}", *lines])


def _status(content: str) -> str:
    return f'<div role="status" aria-live="polite">{content}</div>'


def _verdict(option: Option | None) -> str:
    if option is None:
        return "<p><strong>Skipped.</strong></p>"
    verdict = "✓ Right." if option.right else "✗ Not so."
    return f"<p><strong>{verdict}</strong> {markup.html(option.feedback)}</p>"


def _static(question: Question) -> str:
    """The question for readers without a kernel."""
    options = "".join(f"<li>{markup.html(option.text)}</li>" for option in question.options)
    feedback = "".join(
        f"<li>{'✓' if option.right else '✗'} {markup.html(option.feedback)}</li>" for option in question.options
    )
    return (
        f"<div><p><strong>Predict:</strong> {markup.html(question.text)}</p>"
        f"{LIST}{options}</ol>"
        f"<details><summary>What each answer tells</summary>{LIST}{feedback}</ol>"
        f"<p>{markup.html(question.explanation)}</p></details></div>"
    )
