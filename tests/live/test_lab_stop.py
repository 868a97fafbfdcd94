"""What the course starts in a container ends when ``docker stop`` asks it to; it is not killed ten seconds later."""

from __future__ import annotations

import re
import shlex
from pathlib import Path
from signal import SIGTERM

import nbformat
import pytest

from dockernet_course.lab import Lab

pytestmark = pytest.mark.live
NOTEBOOKS = sorted(Path(__file__).parents[2].glob("notebooks/*.ipynb"))


def commands() -> set[str]:
    """The commands that stand behind the lab image in the ``docker`` lines which the chapters store."""
    cells = [cell for path in NOTEBOOKS for cell in nbformat.read(path, as_version=4).cells]
    texts = [output.get("text", "") for cell in cells for output in cell.get("outputs", ())]
    return {found for text in texts for found in re.findall(r"^\$ docker run -d .* dockernet-lab:1(.*)$", text, re.M)}


@pytest.mark.parametrize("command", sorted(commands()))
def test_it_ends_when_it_is_asked_to(lab: Lab, command: str) -> None:
    box = lab.run("box", shlex.split(command))
    if not command or "serve.py" in command:
        box.wait_ready()
    box.stop()
    code = lab.api.inspect(box.id)["State"]["ExitCode"]
    assert code in (0, 128 + SIGTERM), code


def test_the_sleep_is_the_real_one_otherwise(lab: Lab) -> None:
    assert lab.run_once("sleep 0.1").exit_code == 0
    assert lab.run_once("sleep a-while").exit_code == 1
    box = lab.run("box")
    assert "\nsleep 9\n" in box.sh("sleep 9 & sleep 0.2; ps -o args").text
