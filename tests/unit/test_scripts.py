"""Every script of the repository is one that its shell, or Python, can read, and that ShellCheck finds nothing in."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
FOLDERS = (".ci", "benchmarks", "binder", "docs", "dockernet_course", "tests", "tools")


def first_line(path: Path) -> str:
    with path.open("rb") as content:
        return content.readline(80).decode(errors="replace")


FILES = [path for folder in FOLDERS for path in sorted((ROOT / folder).rglob("*")) if path.is_file()]
SHELL = [
    path for path in FILES if path.suffix != ".pyc" and first_line(path).startswith("#!") and "sh" in first_line(path)
]


def test_all_scripts_are_for_a_shell_or_named_as_pythons() -> None:
    """What ruff and mypy look at is chosen by its name."""
    started = {path for path in FILES if first_line(path).startswith("#!")}
    assert {"run", "env", "versions", "constraints", "postBuild", "start", "init.sh", "runc.sh"} <= {
        p.name for p in SHELL
    }
    assert {path for path in started - {*SHELL} if path.suffix != ".py"} == set()


@pytest.mark.parametrize("path", SHELL, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_shellcheck_finds_nothing(path: Path) -> None:
    checked = subprocess.run([Path(sys.executable).with_name("shellcheck"), path], capture_output=True, text=True)
    assert checked.returncode == 0, checked.stdout + checked.stderr
