"""nbval with our patterns sees what has changed, and nothing else."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_notebook, new_output

from dockernet_course.course import normal
from dockernet_course.course.normal import SANITIZE

PRINTS = 'print("3: eth0@if22 inet 172.17.0.2/16 link/ether 02:42:ac:11:00:02 state UP")'


@pytest.mark.parametrize(
    ("stored", "same"),
    [
        ("3: eth0@if22 inet 172.17.0.2/16 link/ether 02:42:ac:11:00:02 state UP\n", True),
        ("9: eth0@if7 inet 172.18.0.9/16 link/ether 3e:42:00:11:00:02 state UP\n", True),
        ("3: eth0@if22 inet 172.17.0.2/16 link/ether 02:42:ac:11:00:02 state DOWN\n", False),
        ("", False),
    ],
)
def test_a_stored_output_is_compared(stored: str, same: bool, tmp_path: Path) -> None:
    outputs = [new_output("stream", text=stored)] if stored else []
    path = tmp_path / "book.ipynb"
    nbformat.write(normal(new_notebook(cells=[new_code_cell(PRINTS, outputs=outputs)])), path)
    argv = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "--rootdir", str(tmp_path), "--nbval"]
    ran = subprocess.run(
        [*argv, "--nbval-sanitize-with", str(SANITIZE), str(path)], cwd=tmp_path, capture_output=True, text=True
    )
    assert ("1 passed" if same else "1 failed") in ran.stdout, ran.stdout
