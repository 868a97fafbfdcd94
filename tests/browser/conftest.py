"""A real JupyterLab and a real browser. Not part of ``make test``: they need Chromium (``.ci/run`` has it)."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

import nbformat
import pytest
from playwright.sync_api import Locator, Page, expect, sync_playwright

from tests.waiting import jupyter_address

TOKEN = "for-this-test"
READY_S, STEP_MS = 60, 60_000
expect.set_options(timeout=20_000)  # playwright's own five seconds are short on two busy processors
SHOTS = os.environ.get("DOCKERNET_SHOTS")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the server's notebooks are, and everything it writes."""
    return tmp_path_factory.mktemp("lab")


@pytest.fixture(scope="module")
def data(folder: Path) -> Path:
    """Where the kernels of the server keep the learner's progress."""
    return folder / "data"


@pytest.fixture(scope="module")
def command(folder: Path) -> list[str]:
    """What starts the server: a JupyterLab without anything of the course."""
    argv = [sys.executable, "-m", "jupyterlab", "--no-browser", "--port=0", f"--ServerApp.root_dir={folder}"]
    argv += ["--LabApp.news_url=None", "--LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate"]
    return [*argv, *(["--allow-root"] if os.geteuid() == 0 else [])]


@pytest.fixture(scope="module")
def server(command: Sequence[str], folder: Path, data: Path) -> Iterator[str]:
    """The address of a JupyterLab."""
    own = {name: str(folder / "jupyter") for name in ("JUPYTER_CONFIG_DIR", "JUPYTER_DATA_DIR", "JUPYTER_RUNTIME_DIR")}
    variables = {**os.environ, **own, "JUPYTER_TOKEN": TOKEN, "DOCKERNET_DATA": str(data)}
    with (folder / "server.log").open("w") as log:
        process = subprocess.Popen(command, env=variables, stdout=log, stderr=log)
    try:
        yield jupyter_address(process, folder / "jupyter", folder / "server.log", READY_S)
    finally:
        process.terminate()
        process.wait(20)


@pytest.fixture(scope="module")
def page() -> Iterator[Page]:
    """An empty page of a browser."""
    program = shutil.which("chromium")
    assert program, "install chromium, or leave these tests out"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=["--no-sandbox"])
        yield browser.new_page(viewport={"width": 1200, "height": 1600})
        browser.close()


def open_notebook(page: Page, server: str, name: str) -> None:
    """Open it, and wait until its kernel is there."""
    page.goto(f"{server}lab/tree/{name}?token={TOKEN}&reset")
    expect(page.get_by_role("button", name="| Idle")).to_be_visible(timeout=STEP_MS)
    page.add_style_tag(content=".Toastify { display: none }")


def choose(page: Page, *path: str) -> None:
    """Choose from the menus as one does."""
    page.get_by_role("menuitem", name=path[0], exact=True).click()
    for words in path[1:]:
        page.locator(".lm-Menu-itemLabel").filter(has_text=re.compile(f"^{re.escape(words)}$")).click()


def write_notebook(path: Path, cells: Sequence[str]) -> None:
    """A notebook of these cells, and one that says "all run"."""
    book = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell) for cell in (*cells, 'print("all", "run")')])
    book.metadata["kernelspec"] = {"name": "python3", "display_name": "Python 3", "language": "python"}
    nbformat.write(book, path)


def run_notebook(page: Page, server: str, folder: Path, name: str, cells: Sequence[str]) -> None:
    """Write a notebook, open it, run all its cells, and wait until they have run."""
    write_notebook(folder / name, cells)
    open_notebook(page, server, name)
    choose(page, "Run", "Run All Cells")
    expect(page.get_by_text("all run", exact=True)).to_be_visible(timeout=STEP_MS)


def theme(notebook: Page, name: str) -> None:
    """Choose JupyterLab's theme as one does, and wait until the page shows it."""
    choose(notebook, "Settings", "Theme", name)
    expect(notebook.locator("body")).to_have_attribute("data-jp-theme-name", name, timeout=STEP_MS)
    expect(notebook.locator("#jupyterlab-splash")).to_have_count(0, timeout=STEP_MS)


def live(where: Locator) -> Locator:
    """A map that lives, once it is followed: that begins when it is seen."""
    where.scroll_into_view_if_needed()
    expect(where).to_contain_text("Live. Marked is what changes after")
    return where


def shot(where: Locator, name: str) -> None:
    """A picture for people to look at, where a folder for them is named; ``make test-browser`` names ``_shots``."""
    if SHOTS:
        where.screenshot(path=f"{SHOTS}/{name}.png")
