"""``dockernet lab``: a JupyterLab on the learner's copy that holds the engine, with terminals on the engine's host."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from urllib.request import Request, urlopen

import pytest

from dockernet_course.engines.find import private
from tests.notebooks.conftest import NAME
from tests.waiting import eventually, jupyter_address


def holders() -> list[str]:
    return [holder for running in private.status() if running.name == NAME for holder in running.leases]


@pytest.fixture
def server(own_capsule: None, tmp_path: Path) -> Iterator[tuple[subprocess.Popen[bytes], Path]]:
    """The command, and the file with what it prints."""
    log = tmp_path / "log"
    own = {
        name: str(tmp_path / "jupyter") for name in ("JUPYTER_CONFIG_DIR", "JUPYTER_DATA_DIR", "JUPYTER_RUNTIME_DIR")
    }
    command = [sys.executable, "-m", "dockernet_course.cli", "lab", "--no-browser", "--folder", str(tmp_path / "mine")]
    with log.open("wb") as out:
        process = subprocess.Popen(
            command,
            env={**os.environ, **own},
            stdout=out,
            stderr=out,
            start_new_session=True,
            preexec_fn=lambda: signal.signal(
                signal.SIGINT, signal.SIG_DFL
            ),  # ignored where tests run in the background
        )
        try:
            yield process, log
        finally:
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def test_a_server_holds_the_engine_and_lets_it_go(server: tuple[subprocess.Popen[bytes], Path], tmp_path: Path) -> None:
    process, log = server
    url = jupyter_address(process, tmp_path / "jupyter", log)
    found = re.search(r"token=(\w+)", log.read_text())
    assert found

    assert {path.name for path in (tmp_path / "mine").glob("0*.ipynb")} >= {"00-start-here.ipynb", "02-bridge.ipynb"}
    assert f"JupyterLab {process.pid}" in holders(), "the server is the process that was started, and has the lease"

    def ask(path: str, method: str = "GET") -> object:
        asked = Request(f"{url}{path}", method=method, headers={"Authorization": f"token {found[1]}"})  # noqa: S310
        with urlopen(asked, timeout=30) as answer:  # noqa: S310
            return json.load(answer)

    contents = ask("api/contents/00-start-here.ipynb")
    assert isinstance(contents, dict) and contents["type"] == "notebook"
    ask("api/terminals", "POST")
    assert eventually(lambda: any(holder.startswith("shell ") for holder in holders()), 60), (
        "a terminal on the engine's host"
    )

    process.send_signal(signal.SIGINT)
    assert process.wait(30) == 0, log.read_text()
    assert eventually(lambda: not any("JupyterLab" in holder for holder in holders()), 10)
    assert eventually(lambda: not any("shell" in holder for holder in holders()), 10), holders()
