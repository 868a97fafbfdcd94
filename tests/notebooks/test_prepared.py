"""A server of an environment that ``dockernet prepare`` has made ready, as Binder or a hub starts it."""

from __future__ import annotations

import json
import logging
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from html import unescape
from pathlib import Path
from typing import Any
from urllib.request import urlopen

import nbformat
import pytest

from dockernet_course.course.settings import write_settings
from tests.waiting import jupyter_address

START = "00-start-here.ipynb"


@pytest.fixture
def prefix(tmp_path: Path) -> Path:
    """An environment that had settings of its own before."""
    theirs = tmp_path / "prefix/etc/jupyter/jupyter_server_config.json"
    theirs.parent.mkdir(parents=True)
    theirs.write_text(json.dumps({"ServerApp": {"shutdown_no_activity_timeout": 600}, "Other": {"x": 1}}))
    write_settings(tmp_path / "prefix")
    return tmp_path / "prefix"


def test_settings_are_added_and_doing_it_again_changes_nothing(prefix: Path) -> None:
    before = {path: path.read_text() for path in prefix.rglob("*.json")}
    settings = json.loads(before[prefix / "etc/jupyter/jupyter_server_config.json"])
    assert settings["ServerApp"]["shutdown_no_activity_timeout"] == 600
    assert settings["Other"] == {"x": 1}
    write_settings(prefix)
    assert {path: path.read_text() for path in prefix.rglob("*.json")} == before


@pytest.fixture
def server(prefix: Path, tmp_path: Path) -> Iterator[str]:
    """The address of a server in an empty home, started with nothing but what hubs say."""
    (tmp_path / "home").mkdir()
    kept = {key: value for key, value in os.environ.items() if not key.startswith(("JUPYTER", "XDG"))}
    variables = {**kept, "HOME": str(tmp_path / "home"), "JUPYTER_CONFIG_PATH": str(prefix / "etc/jupyter")}
    words = [sys.executable, "-m", "jupyterlab", "--no-browser", "--ServerApp.token=", "--port=0"]
    words += ["--allow-root"] if os.geteuid() == 0 else []
    with (tmp_path / "log").open("w") as log:
        process = subprocess.Popen(words, cwd=tmp_path / "home", env=variables, stdout=log, stderr=log)
    try:
        yield jupyter_address(process, tmp_path / "home/.local/share/jupyter/runtime", tmp_path / "log")
    finally:
        process.terminate()
        process.wait(20)


def test_it_opens_on_the_start_page_of_the_learners_copy(server: str, tmp_path: Path) -> None:
    with urlopen(server, timeout=30) as page:  # noqa: S310
        assert page.url == f"{server}lab/tree/my-course/{START}"
        found = re.search(r'id="jupyter-config-data"[^>]*>(.*?)</script>', page.read().decode(), re.DOTALL)
    assert found
    shown: dict[str, Any] = json.loads(unescape(found[1]))
    assert shown["news"] == {"disabled": True}, "nobody is asked about news"
    book = nbformat.read(tmp_path / "home/my-course" / START, as_version=4)
    assert not any(cell.get("outputs") for cell in book.cells)
    with urlopen(f"{server}api/contents/my-course/glossary.md?content=0", timeout=30) as answer:  # noqa: S310
        assert json.load(answer)["type"] == "file"


def test_what_the_learner_has_changed_stays_when_it_starts_again(prefix: Path, tmp_path: Path) -> None:
    from dockernet_course.course import server

    class App:
        root_dir = str(tmp_path)
        log = logging.getLogger("test")

    server._load_jupyter_server_extension(App())
    (tmp_path / "my-course" / START).write_text("mine")
    server._load_jupyter_server_extension(App())
    assert (tmp_path / "my-course" / START).read_text() == "mine"
