"""The widgets in a JupyterLab whose pages run no inline script: what a careful hub may ask of its servers."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from dockernet_course.engines import LAB_IMAGE, find_engine, hold
from tests.browser.conftest import live, run_notebook
from tests.browser.test_axe import BEGIN, FILM, GRID, PREDICT, WALK, of
from tests.live import labs

# JupyterLab itself compiles the schemas of its settings ('unsafe-eval'); anywidget imports its modules as blobs.
POLICY = "script-src 'self' 'unsafe-eval' blob:"
CAPSULE = "browser-csp"
NOTED = """window.refused = [];
document.addEventListener('securitypolicyviolation', ({ effectiveDirective, blockedURI }) => {
  refused.push([effectiveDirective, blockedURI]);
});"""
INLINE = """() => {
  const button = document.createElement('button');
  button.setAttribute('onclick', "document.title = 'ran'");
  document.body.append(button);
  button.click();
  button.remove();
}"""


@pytest.fixture(scope="module")
def command(command: Sequence[str], folder: Path) -> list[str]:
    """A JupyterLab with that policy."""
    config = folder / "jupyter" / "jupyter_server_config.json"
    config.parent.mkdir(exist_ok=True)
    headers = {"Content-Security-Policy": POLICY}
    config.write_text(json.dumps({"ServerApp": {"tornado_settings": {"headers": headers}}}))
    return list(command)


@pytest.fixture(scope="module")
def notebook(page: Page, server: str, folder: Path) -> Iterator[Page]:
    """A notebook with each widget once, on a live engine."""
    page.add_init_script(NOTED)
    with hold(find_engine("capsule", capsule=CAPSULE), "tests"):
        run_notebook(
            page, server, folder, "csp.ipynb", [BEGIN.replace("browser-axe", CAPSULE), PREDICT, GRID, FILM, WALK]
        )
        page.keyboard.press("Escape")
        yield page
        page.goto("about:blank")


def test_nothing_is_refused_but_the_labs_own_line_and_inline_scripts(notebook: Page) -> None:
    """JupyterLab has one inline script, which takes the token out of the address."""
    assert notebook.evaluate("refused") == [["script-src-elem", "inline"]]
    notebook.evaluate(INLINE)
    assert notebook.title() != "ran"
    assert notebook.evaluate("refused")[1:] == [["script-src-attr", "inline"]]


def test_a_prediction_is_made(notebook: Page) -> None:
    where = of(notebook, "prediction")
    where.get_by_role("radio").first.check()
    where.get_by_role("button", name="Commit").click()
    expect(where.get_by_role("status")).not_to_be_empty()
    expect(where.get_by_role("button", name="Skip")).to_be_disabled()


def test_a_grid_is_filled_in(notebook: Page) -> None:
    where = of(notebook, "grid")
    where.get_by_role("button", name="web to db by name").focus()
    notebook.keyboard.press("Space")
    notebook.keyboard.press("ArrowRight")  # into the next grid
    expect(where.get_by_role("button", name="web to db by address")).to_be_focused()
    expect(where.get_by_role("status")).to_contain_text("1 of 4 said")
    where.get_by_role("button", name="Commit").click()
    expect(where.get_by_role("status")).to_contain_text("Now see what is measured.")


def test_a_film_goes_on(notebook: Page) -> None:
    where = of(notebook, "film")
    where.get_by_role("button", name="Next").click()
    expect(where.get_by_role("status")).to_contain_text("1 of")


def test_a_walk_goes_on(notebook: Page) -> None:
    where = of(notebook, "walk")
    where.get_by_role("button", name="Next").click()
    expect(where.get_by_role("status")).to_contain_text("Step 2 of")


def test_a_map_lives_and_is_asked(notebook: Page) -> None:
    where = live(of(notebook, "map"))
    labs.docker(CAPSULE, "run", "-d", "--name", "typed", LAB_IMAGE)
    expect(where.get_by_role("img", name="container typed, new")).to_have_count(1)
    where.get_by_label("From").select_option("web")
    where.get_by_label("To", exact=True).select_option("db")
    where.get_by_role("button", name="Can they talk?").click()
    expect(where.locator(".dockernet-talk tr")).to_have_count(3)
    expect(where.locator(".dockernet-asking").get_by_role("status")).to_have_text("web → db:")  # one thing at a time
    where.get_by_role("button", name="Walk", exact=True).click()
    expect(where.locator(".dockernet-walk-end")).to_have_count(1)


def test_nothing_else_was_refused(notebook: Page) -> None:
    assert len(notebook.evaluate("refused")) == 2  # what the first test here has seen
