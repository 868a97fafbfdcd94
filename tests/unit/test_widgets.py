"""Widgets as objects: told what somebody does in the page, and read; and what they are without a kernel."""

from __future__ import annotations

import pytest

from dockernet_course.widgets import ChoiceQuestion, FilmWidget, Option, Prediction, Table, markup
from tests.pages import tell

BAD = "<img src=x onerror=alert(1)>"
PNG = b"\x89PNG"


def question(text: str = "Does `web` answer?") -> ChoiceQuestion:
    return ChoiceQuestion(
        "02.name",
        text,
        (
            Option("`web` answers", "Only on networks that somebody made.", misconception="M2"),
            Option("the name is not found", "There is no name server of Docker's.", right=True),
        ),
        "The default bridge asks the **host's** name servers.",
    )


class Picture:
    alt, width = 'picture of "all"', 300

    def png(self) -> bytes:
        return PNG


class View:
    """A film of which the page draws the numbers."""

    json = '{"steps": []}'

    def picture(self) -> Picture:
        return Picture()

    def __repr__(self) -> str:
        return "A film of 2 steps: step 0; step 1."


def test_committing_needs_a_choice() -> None:
    said: list[Option | None] = []
    prediction = Prediction(question(), said.append)
    tell(prediction, "commit", choice=None)
    assert prediction.choice is None and not prediction.closed and said == []


def test_a_wrong_choice_is_diagnosed_and_told_once() -> None:
    said: list[Option | None] = []
    prediction = Prediction(question(), said.append)
    assert prediction.feedback == ""
    tell(prediction, "commit", choice=0)
    tell(prediction, "commit", choice=1)
    tell(prediction, "skip")
    assert [option.misconception for option in said if option] == ["M2"]
    assert "✗ Not so." in prediction.feedback
    assert "Only on networks that somebody made." in prediction.feedback
    assert "<strong>host's</strong>" in prediction.feedback
    assert prediction.closed and prediction.choice == 0


def test_the_right_choice() -> None:
    prediction = Prediction(question(), lambda _: None)
    tell(prediction, "commit", choice=1)
    assert "✓ Right." in prediction.feedback


def test_skipping_unfolds_the_explanation() -> None:
    said: list[Option | None] = []
    prediction = Prediction(question(), said.append)
    tell(prediction, "skip")
    assert said == [None]
    assert "Skipped." in prediction.feedback
    assert "name servers" in prediction.feedback


def test_a_prediction_without_a_kernel() -> None:
    bundle, _ = Prediction(question(), lambda _: None)._repr_mimebundle_()
    assert bundle["text/plain"] == "Predict: Does web answer?\n  A. web answers\n  B. the name is not found"
    html = bundle["text/html"]
    assert "<code>web</code> answers" in html
    before, _, folded = html.partition("<details>")
    assert "✓" not in before and "There is no name server" not in before
    assert folded.count("<li>") == 2
    assert "application/vnd.jupyter.widget-view+json" in bundle


def test_a_question_of_html_stays_a_question() -> None:
    hostile = ChoiceQuestion("02.bad", BAD, (Option(BAD, BAD, right=True), Option("no", "no")), BAD)
    prediction = Prediction(hostile, lambda _: None)
    tell(prediction, "commit", choice=0)
    for html in (prediction.text, prediction.feedback, prediction._repr_mimebundle_()[0]["text/html"]):
        assert "<img" not in html
    assert prediction.options[0] == BAD


def test_the_choice_has_a_name() -> None:
    assert Prediction(question(), lambda _: None).name == "Your prediction: Does web answer?"


def film() -> FilmWidget:
    return FilmWidget(View(), {"light": {"ink": "#000"}, "dark": {"ink": "#fff"}})


def test_a_film_without_a_kernel_is_a_picture() -> None:
    data, metadata = film()._repr_mimebundle_()
    assert data["image/png"] == "iVBORw=="
    assert metadata["image/png"] == {"width": 300, "alt": 'picture of "all"'}
    assert data["text/plain"] == "A film of 2 steps: step 0; step 1."


def test_the_page_gets_the_numbers_and_the_colours_of_both_themes() -> None:
    shown = film()
    assert shown.data == View.json
    assert (shown._css.count("{--dn-ink:#000;}"), shown._css.count("{--dn-ink:#fff;}")) == (1, 2)


def test_a_film_says_the_same_every_time() -> None:
    assert repr(film()) == repr(film())
    assert repr(Prediction(question(), lambda _: None)) == repr(Prediction(question(), lambda _: None))


def test_a_table_is_html_and_text() -> None:
    table = Table("Steps <1>", ("Step", "What"), (("1", BAD), ("22", "b")))
    assert repr(table) == f"Steps <1>\nStep  What\n1     {BAD}\n22    b"
    html = table._repr_html_()
    assert "<img" not in html and "Steps &lt;1&gt;" in html
    assert html.count("<tr>") == 3
    folded = Table("t", ("a",), (("b",),), folded=True, text="short")
    assert folded._repr_html_().startswith("<details><summary>t</summary>")
    assert repr(folded) == "short"


@pytest.mark.parametrize(
    ("text", "html", "plain"),
    [
        ("`a*b*` and *c*", "<code>a*b*</code> and <em>c</em>", "a*b* and c"),
        ("**b** <i>", "<strong>b</strong> &lt;i&gt;", "b <i>"),
        ("[x](javascript:1) ![y](z)", "[x](javascript:1) ![y](z)", "[x](javascript:1) ![y](z)"),
        (r"\*no\*", "*no*", "*no*"),
    ],
)
def test_little_markdown(text: str, html: str, plain: str) -> None:
    assert markup.html(text) == html
    assert markup.plain(text) == plain


def test_blocks_of_little_markdown() -> None:
    html = markup.html("one\n\n- two <b>\n\n```\n<three>\n```", blocks=True)
    assert "<p>one</p>" in html and "<li>two &lt;b&gt;</li>" in html and "&lt;three&gt;" in html
