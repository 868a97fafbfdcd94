"""What counts as a good run of a group, and the exit status of many."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests import groups
from tests.groups import Result, _run, main
from tests.sampling import SEED

GOOD, BAD = "def test_a(): pass\n", "def test_b(): assert 0\n"
SKIPPED = "import pytest\n@pytest.mark.skip\ndef test_c(): pass\n"
BROKEN = "import nothing_of_that_name\n"


@pytest.mark.parametrize(
    ("text", "expected", "good"),
    [
        (GOOD, Result(1, 0, 0), True),
        (GOOD + BAD, Result(1, 1, 0), False),
        (GOOD + SKIPPED, Result(1, 0, 1), False),
        (BROKEN, Result(0, 1, 0), False),
        ("", Result(0, 1, 0), False),
    ],
    ids=["good", "bad", "skipped", "broken", "empty"],
)
def test_what_comes_of_pytest(tmp_path: Path, text: str, expected: Result, good: bool) -> None:
    (tmp_path / "test_it.py").write_text(text)
    bare = {**os.environ, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}  # plugins take most of the time
    came = _run(["pytest", "-q", "-p", "no:cacheprovider", str(tmp_path)], bare, tmp_path / "report.xml")
    assert (came, came.good) == (expected, good)


@pytest.mark.parametrize(("module", "good"), [("this", True), ("nothing_of_that_name", False)])
def test_what_comes_of_another_program(tmp_path: Path, module: str, good: bool) -> None:
    assert _run([module], dict(os.environ), tmp_path / "report.xml").good == good


@pytest.mark.parametrize(
    ("results", "status"),
    [
        ([Result(3)], 0),
        ([Result(3), Result(1)], 0),
        ([Result(1, 1), Result(3)], 1),
        ([Result(3, 0, 1)], 1),
        ([Result(3), Result()], 1),
    ],
)
def test_one_group_that_is_not_good_is_enough(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], results: list[Result], status: int
) -> None:
    """And all others run all the same; the seed is printed first and last."""
    monkeypatch.setenv(SEED, "77")
    left = list(results)
    monkeypatch.setattr(groups, "run", lambda _: left.pop(0))
    assert main([f"group{number}" for number, _ in enumerate(results)]) == status
    assert left == []
    assert capsys.readouterr().out.count(f"{SEED}=77") == 2
