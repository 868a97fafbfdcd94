"""A learner's hands on the grid: the mouse, Tab and the arrow keys, Space and Enter."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.conftest import run_notebook

WORDS = """import json, pathlib
from dockernet_course.widgets import Grid, GridQuestion
question = GridQuestion("08.who", "Who reaches whom?", "A common network decides.")
ways = {"name": "by name", "address": "by address"}"""
ASK = """def keep(name):
    rows = lambda guess: guess and [[*key, said] for key, said in guess.items()]
    return lambda guess: pathlib.Path(name).write_text(json.dumps(rows(guess)))
Grid(question, ("web", "db", "api"), ("web", "db", "api"), ways, keep("first.json"))"""
SKIPPED = 'Grid(question, ("web", "db"), ("web", "db"), ways, keep("second.json"))'
MANY = """bad = "<img src=x onerror=\\"document.title='broken'\\">"
names = [bad, *(f"a-container-with-a-long-name-{n}" for n in range(7))]
Grid(question, names, names, ways, print)"""
GREEN, PAPER = "rgb(0, 116, 90)", "rgb(255, 255, 255)"


@pytest.fixture(scope="module")
def notebook(page: Page, server: str, folder: Path) -> Page:
    """A notebook with three grids, run once; no engine is needed."""
    run_notebook(page, server, folder, "grids.ipynb", [WORDS, ASK, SKIPPED, MANY])
    page.keyboard.press("Escape")
    return page


def grid(notebook: Page, number: int) -> Locator:
    return notebook.locator(".dockernet-grid").nth(number)


def cell(where: Locator, words: str) -> Locator:
    return where.get_by_role("button", name=words)


def sign(where: Locator) -> str:
    return str(where.evaluate("button => getComputedStyle(button, '::before').content")).strip('"')


def colour(where: Locator) -> str:
    return str(where.evaluate("button => getComputedStyle(button).backgroundColor"))


def test_the_whole_grid_with_the_keyboard(notebook: Page, folder: Path) -> None:
    asked = grid(notebook, 0)
    first = cell(asked, "web to db by name")
    first.focus()
    assert sign(first) == "?"
    notebook.keyboard.press("Space")
    expect(cell(asked, "web to db by name: you say it can")).to_be_focused()
    notebook.keyboard.press("ArrowRight")
    notebook.keyboard.press("Enter")
    expect(cell(asked, "web to api by name: you say it can")).to_be_focused()
    notebook.keyboard.press("Enter")
    expect(cell(asked, "web to api by name: you say it cannot")).to_be_focused()
    notebook.keyboard.press("ArrowRight")  # over the dot, into the next grid
    expect(cell(asked, "web to db by address")).to_be_focused()
    notebook.keyboard.press("ArrowDown")
    notebook.keyboard.press("ArrowDown")
    expect(cell(asked, "api to db by address")).to_be_focused()
    notebook.keyboard.press("Space")
    expect(asked.get_by_role("status")).to_contain_text("3 of 12 said")
    notebook.keyboard.press("Tab")
    expect(asked.get_by_role("button", name="Commit")).to_be_focused()
    notebook.keyboard.press("Shift+Tab")
    expect(cell(asked, "api to db by address")).to_be_focused()
    notebook.keyboard.press("Tab")
    notebook.keyboard.press("Enter")
    expect(asked.get_by_role("status")).to_contain_text("A common network decides.")
    kept = json.loads((folder / "first.json").read_text())
    assert kept == [
        ["web", "db", "name", True],
        ["web", "api", "name", False],
        ["api", "db", "address", True],
    ]
    for button in asked.get_by_role("button").all():
        expect(button).to_be_disabled()


def test_signs_and_colours_tell_the_states_apart(notebook: Page) -> None:
    asked = grid(notebook, 1)
    seen = []
    words = cell(asked, "web to db by name")
    for state in ("nothing said yet", "you say it can", "you say it cannot"):
        expect(words).to_have_attribute("title", f"web to db by name: {state}")
        notebook.mouse.move(0, 0)
        seen.append((sign(words), colour(words)))
        words.click()
    assert [mark for mark, _ in seen] == ["?", "✓", "✗"]
    assert [ground == GREEN for _, ground in seen] == [False, True, False]


def test_skipping_freezes_it(notebook: Page, folder: Path) -> None:
    asked = grid(notebook, 1)
    asked.get_by_role("button", name="Skip").click()
    expect(asked.get_by_role("status")).to_contain_text("Skipped.")
    expect(cell(asked, "web to db by name")).to_be_disabled()
    assert json.loads((folder / "second.json").read_text()) is None


def test_many_and_long_and_hostile_names_stay_in_their_place(notebook: Page) -> None:
    asked = grid(notebook, 2)
    assert asked.locator("img").count() == 0
    assert notebook.title() != "broken"
    outer = asked.bounding_box()
    buttons = [button.bounding_box() for button in asked.locator(".dockernet-cell").all()]
    assert outer and len(buttons) == 8 * 7 * 2
    for box in buttons:
        assert box and outer["x"] <= box["x"] and box["x"] + box["width"] <= outer["x"] + outer["width"]
