"""A learner's hands: the keyboard on a prediction, the film step by step."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect

from dockernet_course.lessons.questions import load_questions
from tests.browser.conftest import run_notebook

QUESTION = load_questions("02")[0]
BEGIN = 'from dockernet_course import begin, record, watch\nlesson = begin("02-bridge")'
FILM = 'watch(record(lesson.lab, lambda: lesson.lab.run("web")))'
HOSTILE = """from dockernet_course.widgets import ChoiceQuestion, Option, Prediction
bad = "<img src=x onerror=\\"document.title='broken'\\">"
Prediction(ChoiceQuestion("02.bad", bad, (Option(bad, bad, right=True), Option("no", "no")), bad), print)"""


@pytest.fixture(scope="module")
def notebook(page: Page, server: str, folder: Path) -> Page:
    """A small notebook on a live engine, run once."""
    run_notebook(page, server, folder, "small.ipynb", [BEGIN, f"lesson.predict({QUESTION.id!r})", FILM, HOSTILE])
    page.keyboard.press("Escape")
    return page


def status(widget: Locator) -> Locator:
    return widget.get_by_role("status")


def test_a_prediction_is_made_with_the_keyboard(notebook: Page, data: Path) -> None:
    widget = notebook.locator(".dockernet-prediction").first
    choices = widget.get_by_role("radio")
    choices.first.focus()
    notebook.keyboard.press("Space")
    expect(widget.get_by_role("button", name="Commit")).to_be_enabled()
    notebook.keyboard.press("ArrowDown")
    expect(choices.nth(1)).to_be_focused()
    expect(choices.nth(1)).to_be_checked()
    notebook.keyboard.press("ArrowUp")
    expect(choices.first).to_be_checked()
    notebook.keyboard.press("Tab")
    expect(widget.get_by_role("button", name="Commit")).to_be_focused()
    notebook.keyboard.press("Enter")
    first = QUESTION.options[0]
    expect(status(widget)).to_contain_text("✓ Right." if first.right else "✗ Not so.")
    expect(widget.get_by_role("button", name="Skip")).to_be_disabled()
    kept = json.loads((data / "progress.json").read_text())["chapters"]["02-bridge"]["predictions"]
    assert kept == {QUESTION.id: "right" if first.right else first.misconception or "wrong"}


def test_the_film_goes_on_and_back(notebook: Page) -> None:
    film = notebook.locator(".dockernet-film")
    picture, onward = film.get_by_role("img").first, film.get_by_role("button", name="Next")
    expect(status(film)).to_contain_text("0 of")
    before = picture.get_attribute("aria-label")
    assert before and picture.locator("text").count() > 3
    onward.focus()
    notebook.keyboard.press("Enter")
    expect(status(film)).to_contain_text("a veth pair")
    expect(picture).not_to_have_attribute("aria-label", before)
    film.get_by_role("button", name="Back").click()
    expect(status(film)).to_contain_text("0 of")
    expect(picture).to_have_attribute("aria-label", before)


def test_the_film_follows_the_arrow_keys(notebook: Page) -> None:
    film = notebook.locator(".dockernet-film")
    film.get_by_role("slider").focus()
    notebook.keyboard.press("Home")
    expect(status(film)).to_contain_text("0 of")
    for step in (1, 2):
        notebook.keyboard.press("ArrowRight")
        expect(status(film)).to_contain_text(f"{step} of")
    notebook.keyboard.press("ArrowLeft")
    expect(status(film)).to_contain_text("1 of")


def test_hostile_words_stay_words(notebook: Page) -> None:
    widget = notebook.locator(".dockernet-prediction").nth(1)
    expect(widget).to_contain_text("<img src=x")
    widget.get_by_role("button", name="Skip").click()
    expect(status(widget)).to_contain_text("<img src=x")
    assert widget.locator("img").count() == 0
    assert notebook.title() != "broken"
