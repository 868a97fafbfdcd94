"""Widgets as objects: set a value, click, read; and what they are without a kernel."""

from __future__ import annotations

import threading
from collections.abc import Callable

import pytest

from dockernet_course.errors import LabError
from dockernet_course.widgets import Film, Option, Prediction, Question, Step, Table, markup

BAD = "<img src=x onerror=alert(1)>"
PNG = b"\x89PNG"


def question(text: str = "Does `web` answer?") -> Question:
    return Question(
        "02.name",
        text,
        (
            Option("`web` answers", "Only on networks that somebody made.", misconception="M2"),
            Option("the name is not found", "There is no name server of Docker's.", right=True),
        ),
        "The default bridge asks the **host's** name servers.",
    )


class Picture:
    """A picture that says when it may be drawn."""

    def __init__(self, name: str, draw: Callable[[], bytes] = lambda: PNG) -> None:
        self.alt, self.width, self._draw = f'picture of "{name}"', 300, draw

    def png(self) -> bytes:
        return self._draw()


def film(*pictures: Picture) -> Film:
    steps = [Step(f"step {n}", "the host", n / 10, f"<{n}>", picture) for n, picture in enumerate(pictures)]
    made = Film(steps, Picture("all"))
    made.wait()
    return made


def test_committing_needs_a_choice() -> None:
    prediction = Prediction(question(), lambda _: None)
    assert prediction.choice.index is None
    assert prediction.commit.disabled
    prediction.choice.index = 0
    assert not prediction.commit.disabled


def test_a_wrong_choice_is_diagnosed_and_told_once() -> None:
    said: list[Option | None] = []
    prediction = Prediction(question(), said.append)
    assert "default bridge" not in prediction.feedback.value
    prediction.choice.index = 0
    prediction.commit.click()
    assert [option.misconception for option in said if option] == ["M2"]
    assert "✗ Not so." in prediction.feedback.value
    assert "Only on networks that somebody made." in prediction.feedback.value
    assert "<strong>host's</strong>" in prediction.feedback.value
    assert prediction.choice.disabled and prediction.commit.disabled and prediction.skip.disabled


def test_the_right_choice() -> None:
    prediction = Prediction(question(), lambda _: None)
    prediction.choice.index = 1
    prediction.commit.click()
    assert "✓ Right." in prediction.feedback.value


def test_skipping_unfolds_the_explanation() -> None:
    said: list[Option | None] = []
    prediction = Prediction(question(), said.append)
    prediction.skip.click()
    assert said == [None]
    assert "Skipped." in prediction.feedback.value
    assert "name servers" in prediction.feedback.value


def test_a_prediction_without_a_kernel() -> None:
    bundle = Prediction(question(), lambda _: None)._repr_mimebundle_()
    assert bundle["text/plain"] == "Predict: Does web answer?\n  A. web answers\n  B. the name is not found"
    html = bundle["text/html"]
    assert "<code>web</code> answers" in html
    before, _, folded = html.partition("<details>")
    assert "✓" not in before and "There is no name server" not in before
    assert folded.count("<li>") == 2
    assert "application/vnd.jupyter.widget-view+json" in bundle


def test_a_question_of_html_stays_a_question() -> None:
    hostile = Question("02.bad", BAD, (Option(BAD, BAD, right=True), Option("no", "no")), BAD)
    prediction = Prediction(hostile, lambda _: None)
    prediction.choice.index = 0
    prediction.commit.click()
    shown = [child.value for child in prediction.children if hasattr(child, "value") and isinstance(child.value, str)]
    for html in (*shown, prediction._repr_mimebundle_()["text/html"]):
        assert "<img" not in html
    assert prediction.choice.options[0] == (BAD, 0)


def test_controls_have_a_name_and_a_tooltip() -> None:
    prediction, pictures = Prediction(question(), lambda _: None), film(Picture("a"), Picture("b"))
    for control in (prediction.commit, prediction.skip, pictures.back, pictures.next, pictures.slider):
        assert control.description
        assert control.tooltip
    assert prediction.choice.tooltip


def test_the_film_begins_at_its_first_step() -> None:
    shown = film(Picture("a"), Picture("b"))
    assert "step 0" in shown.caption.value
    assert "picture of &quot;a&quot;" in shown.picture.value
    assert shown.back.disabled and not shown.next.disabled
    assert shown.words.value == "<pre>&lt;0&gt;</pre>"


def test_next_back_and_slider_agree() -> None:
    shown = film(Picture("a"), Picture("b"), Picture("c"))
    shown.next.click()
    shown.wait()
    assert shown.slider.value == 1
    assert "step 1" in shown.caption.value and "&quot;b&quot;" in shown.picture.value
    shown.slider.value = 2
    shown.wait()
    assert "&quot;c&quot;" in shown.picture.value
    assert shown.next.disabled and not shown.back.disabled
    shown.back.click()
    assert shown.slider.value == 1


def test_no_button_works_while_a_picture_is_drawn() -> None:
    may_draw = threading.Event()
    shown = film(Picture("a"), Picture("b", lambda: PNG if may_draw.wait(10) else b""))
    shown.next.click()
    assert "step 1" in shown.caption.value
    assert shown.next.disabled and shown.back.disabled
    assert "&quot;a&quot;" in shown.picture.value  # until the new one is there
    may_draw.set()
    shown.wait()
    assert "&quot;b&quot;" in shown.picture.value
    assert not shown.back.disabled


def test_a_picture_that_comes_late_does_not_replace_a_later_one() -> None:
    may_draw = threading.Event()
    shown = film(Picture("a"), Picture("b", lambda: PNG if may_draw.wait(10) else b""), Picture("c"))
    shown.slider.value = 1
    shown.slider.value = 2
    may_draw.set()
    shown.wait()
    assert "&quot;c&quot;" in shown.picture.value


def test_a_picture_that_fails_says_so_in_its_place() -> None:
    def fails() -> bytes:
        raise LabError(f"no {BAD}")

    shown = film(Picture("a"), Picture("b", fails))
    shown.next.click()
    shown.wait()
    assert "could not be drawn: no &lt;img" in shown.picture.value
    assert not shown.back.disabled


def test_drawing_is_not_the_kernels_thread() -> None:
    threads: list[str] = []

    def draw() -> bytes:
        threads.append(threading.current_thread().name)
        return PNG

    film(Picture("a", draw))
    assert threads and all(name.startswith("film") for name in threads)


def test_a_film_without_a_kernel_is_a_picture() -> None:
    data, metadata = film(Picture("a"), Picture("b"))._repr_mimebundle_()
    assert data["image/png"] == "iVBORw=="
    assert metadata["image/png"] == {"width": 300, "alt": 'picture of "all"'}
    assert data["text/plain"] == "A film of 2 steps: step 0; step 1."


def test_a_film_says_the_same_every_time() -> None:
    assert repr(film(Picture("a"))) == repr(film(Picture("a")))
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
