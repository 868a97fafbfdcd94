"""The widgets in Jupyter Notebook, which shows one document: used as in JupyterLab."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from dockernet_course.engines import find_engine, hold
from tests.browser.conftest import STEP_MS, TOKEN, choose, write_notebook
from tests.browser.test_axe import BEGIN, FILM, GRID, PREDICT, WALK
from tests.browser.test_csp import (
    CAPSULE,
    test_a_film_goes_on,
    test_a_grid_is_filled_in,
    test_a_map_lives_and_is_asked,
    test_a_prediction_is_made,
    test_a_walk_goes_on,
)

__all__ = [
    "test_a_film_goes_on",
    "test_a_grid_is_filled_in",
    "test_a_map_lives_and_is_asked",
    "test_a_prediction_is_made",
    "test_a_walk_goes_on",
]


@pytest.fixture(scope="module")
def command(command: Sequence[str]) -> list[str]:
    """Jupyter Notebook in place of JupyterLab."""
    return ["notebook" if word == "jupyterlab" else word for word in command]


@pytest.fixture(scope="module")
def notebook(page: Page, server: str, folder: Path) -> Iterator[Page]:
    """A notebook with each widget once, on a live engine."""
    write_notebook(folder / "own.ipynb", [BEGIN.replace("browser-axe", CAPSULE), PREDICT, GRID, FILM, WALK])
    with hold(find_engine("capsule", capsule=CAPSULE), "tests"):
        page.goto(f"{server}notebooks/own.ipynb?token={TOKEN}")
        expect(page.locator(".jp-KernelName")).to_contain_text("Python 3", timeout=STEP_MS)
        indicator = page.locator(".jp-Notebook-ExecutionIndicator")
        expect(indicator).to_have_attribute("data-status", "idle", timeout=STEP_MS)
        choose(page, "Run", "Run All Cells")
        expect(page.get_by_text("all run", exact=True)).to_be_visible(timeout=STEP_MS)
        page.keyboard.press("Escape")
        yield page
        page.goto("about:blank")
