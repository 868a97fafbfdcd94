"""The chapters as a learner meets them: the copy that ``dockernet lab`` hands out, run from the top in a browser."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect

from dockernet_course.engines import Engine, find_engine
from dockernet_course.lessons.catalogue import chapter
from tests.browser.conftest import choose, open_notebook

CAPSULE = "browser-chapters"
RUN_MS = 120_000


@pytest.fixture(scope="module")
def engine() -> Iterator[Engine]:
    """The engine of the chapters."""
    found = find_engine("capsule", capsule=CAPSULE)
    with found.hold("tests"):
        yield found


@pytest.fixture(scope="module")
def command(engine: Engine, folder: Path) -> list[str]:
    """The learner's own command."""
    argv = [sys.executable, "-m", "dockernet_course.cli", "lab", "--no-browser", f"--folder={folder}"]
    return [*argv, "--engine=capsule", f"--name={engine.name}"]


@pytest.fixture(scope="module")
def ran(request: pytest.FixtureRequest, page: Page, server: str) -> Iterator[Page]:
    """A chapter, run once for all tests that look at it."""
    open_notebook(page, server, f"{request.param}.ipynb")
    choose(page, "Run", "Run All Cells")
    ended(page, request.param)
    page.keyboard.press("Escape")
    yield page
    page.goto("about:blank")


def ended(page: Page, name: str) -> None:
    """Wait until the chapter has said its last word, or a cell has failed."""
    error = page.locator('[data-mime-type="application/vnd.jupyter.error"]')
    last = page.get_by_text(f"{name} is closed.")
    expect(last.or_(error).first).to_be_visible(timeout=RUN_MS)


def outputs(page: Page, kind: str) -> Locator:
    return page.locator(f'.jp-OutputArea-output[data-mime-type="application/vnd.jupyter.{kind}"]')


def of(name: str) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("ran", [name], indirect=True, scope="module")


@pytest.mark.parametrize("ran", ["02-bridge", "08-container-to-container", "09-out-and-in"], indirect=True)
def test_it_runs_from_the_top(ran: Page, request) -> None:
    print(outputs(ran, "error").all_inner_texts(), outputs(ran, "stderr").all_inner_texts())
    print(set(ran.locator(".jp-CodeCell .jp-InputPrompt").all_inner_texts()))
    print(
        ran.locator("img").evaluate_all(
            "all => all.map(i => [i.alt.slice(0,50), i.naturalWidth, i.width, i.className])"
        )
    )
    print(ran.locator(".jp-Cell").count())
    print(outputs(ran, "stdout").last.inner_text())
    ran.screenshot(path=f"/tmp/h/c/s-{request.node.callspec.id}.png")


@of("02-bridge")
def test_x(ran):
    cell = ran.locator(".jp-CodeCell").filter(has=ran.locator(".dockernet-prediction")).first
    cell.locator(".jp-InputPrompt").click()
    for n in range(20):
        ran.keyboard.press("Tab")
        print(
            ran.evaluate(
                "[document.activeElement.tagName, document.activeElement.className.slice(0,60), document.activeElement.innerText.slice(0,30)]"
            )
        )
