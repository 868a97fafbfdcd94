"""Each benchmark runs, once and small: whether it meets its target is asked by ``make bench``, on a quiet machine.

``vm`` runs in ``tests/vm``; ``seat`` and ``learners`` in ``tests/root``, where what they measure is there already.
"""

from __future__ import annotations

from importlib import import_module
from pathlib import Path

import pytest

pytestmark = pytest.mark.live

SMALL = {
    "capsule": ("--rounds", "1", "trixie"),
    "lab": ("--rounds", "1"),
    "look": ("--rounds", "1", "2"),
    "live_map": ("--rounds", "1", "1"),
    "matrix": ("--rounds", "1", "--size", "2"),
    "observe": ("--rounds", "1", "1"),
    "walk": ("--rounds", "1"),
    "why": ("--rounds", "1"),
}


@pytest.mark.usefixtures("runtime", "own_progress")
@pytest.mark.parametrize("name", SMALL)
def test_a_benchmark_runs(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    met = import_module(f"benchmarks.{name}").main(SMALL[name])
    assert met in (0, 1), "the exit status; what goes wrong raises"
    assert capsys.readouterr().out.strip()


def test_all_are_there() -> None:
    found = {path.stem for path in Path(__file__).parents[2].glob("benchmarks/[a-z]*.py")}
    assert found == {*SMALL, "learners", "seat", "vm"}
