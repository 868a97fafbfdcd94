"""A question to commit to before the answer is seen."""

from __future__ import annotations

from collections.abc import Callable
from string import ascii_uppercase
from typing import Any

from traitlets import Bool, Int, List, Unicode

from dockernet_course.widgets import markup
from dockernet_course.widgets.question import ChoiceQuestion, Option
from dockernet_course.widgets.widget import Widget, bundle

__all__ = ["Prediction"]

LIST = '<ol type="A" style="list-style-type:upper-alpha">'


class Prediction(Widget):
    """Options to choose from, *Commit* and *Skip*; then the feedback to the choice, and the explanation.

    ``on_commit`` is called once, with the chosen option, or with None when the question was skipped. Without a kernel
    the same question is a list, with the feedback folded away.
    """

    _esm = bundle("draw.js", "prediction.js")
    _css = bundle("widget.css", "prediction.css")
    text = Unicode().tag(sync=True)
    name = Unicode().tag(sync=True)
    options = List(Unicode()).tag(sync=True)
    choice = Int(None, allow_none=True).tag(sync=True)
    closed = Bool().tag(sync=True)
    feedback = Unicode().tag(sync=True)

    def __init__(self, question: ChoiceQuestion, on_commit: Callable[[Option | None], object]) -> None:
        self.question, self._on_commit = question, on_commit
        super().__init__(
            text=markup.html(question.text),
            name=f"Your prediction: {markup.plain(question.text)}",
            options=[markup.plain(option.text) for option in question.options],
        )

    def act(self, do: str, choice: int | None = None, **_: Any) -> None:
        """*Commit* to a choice, or *Skip*: a prediction is made once, and what is shown then is kept already."""
        if self.closed or (do == "commit" and choice is None):
            return
        option = self.question.options[choice] if do == "commit" and choice is not None else None
        self.choice, self.closed = choice, True
        self._on_commit(option)
        self.feedback = _verdict(option) + f"<p>{markup.html(self.question.explanation)}</p>"

    def _repr_mimebundle_(self, **options: Any) -> tuple[dict[str, Any], dict[str, Any]]:
        data, metadata = super()._repr_mimebundle_(**options) or ({}, {})
        return {**data, "text/html": _static(self.question), "text/plain": repr(self)}, metadata

    def __repr__(self) -> str:
        options = zip(ascii_uppercase, self.question.options, strict=False)
        lines = [f"  {letter}. {markup.plain(option.text)}" for letter, option in options]
        return "\n".join([f"Predict: {markup.plain(self.question.text)}", *lines])


def _verdict(option: Option | None) -> str:
    if option is None:
        return "<p><strong>Skipped.</strong></p>"
    verdict = "✓ Right." if option.right else "✗ Not so."
    return f"<p><strong>{verdict}</strong> {markup.html(option.feedback)}</p>"


def _static(question: ChoiceQuestion) -> str:
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
