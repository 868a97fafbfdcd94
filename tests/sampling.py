"""Of tests that are many and alike, a short run keeps representatives, and some that are drawn by a seed.

``@pytest.mark.sampled(n)`` on a parametrized test: its first case runs, and ``n`` of the others.
``@pytest.mark.sampled(n, "chapter", "suite")``: the first case of each chapter on each suite, and ``n`` of the others;
the names are those of parameters or of parametrized fixtures. A case that is to run always, too, says
``pytest.param(…, marks=pytest.mark.kept)``. What is not drawn is deselected, and a line tells of how many it was drawn.

Two runs, one on each generation of the engine, that set DOCKERNET_PART=1/2 and 2/2 deal the tests of each file between
them by the seed. Those that are ``kept`` run in both, those that are ``once`` in the first; of those that are
``sampled``, each has a sample of its own.

Where DOCKERNET_SEED is not set (pytest by hand), or DOCKERNET_ALL is (``make test-all``), all cases run. Processes of
xdist inherit the seed, and so draw the same; on each engine generation other cases are drawn.
"""

from __future__ import annotations

import os
import random
from collections import defaultdict
from collections.abc import Collection, Sequence
from pathlib import Path

import pytest

from tests.telling import tell

__all__ = ["ALL", "PART", "SEED", "chosen", "dealt", "pytest_collection_modifyitems", "seed", "some_chapters", "whole"]

SEED, ALL, PART = "DOCKERNET_SEED", "DOCKERNET_ALL", "DOCKERNET_PART"


def seed() -> str:
    """The seed of this run; one that is new if none is set, which is set for all below this process."""
    if not os.environ.get(SEED):
        os.environ[SEED] = str(random.SystemRandom().randrange(1_000_000))
    return os.environ[SEED]


def chosen(kinds: Sequence[object], kept: Collection[int], count: int, by: str) -> list[int]:
    """The numbers of the cases that run: the first of each kind, those ``kept``, and ``count`` of the rest."""
    firsts = {kind: number for number, kind in reversed(list(enumerate(kinds)))}
    always = {*firsts.values(), *kept}
    rest = [number for number in range(len(kinds)) if number not in always]
    drawn = random.Random(by).sample(rest, min(count, len(rest)))  # noqa: S311 (nothing secret)
    return sorted({*always, *drawn})


def dealt(count: int, number: int, parts: int, by: str) -> list[int]:
    """Which of so many fall to part ``number``, from 1 on: each to one, and to all as many, or one less."""
    draw = random.Random(by)  # noqa: S311 (nothing secret)
    order = draw.sample(range(count), count)
    return sorted(order[(number + draw.randrange(parts)) % parts :: parts])


def whole() -> bool:
    """Whether all cases run."""
    return bool(os.environ.get(ALL)) or not os.environ.get(SEED)


def some_chapters(count: int, *kept: str, among: Sequence[str] = (), by: str = "") -> list[str]:
    """The numbers of the chapters that run where all would take long: the first, those ``kept``, ``count`` others.

    ``among``: of which; all if none is named. ``by``: of what they are the chapters; for each, others are drawn.
    """
    from dockernet_course.course import notebooks  # it brings Jupyter, for which most tests need not wait

    numbers = list(among or (path.stem[:2] for path in notebooks()))
    if whole():
        return numbers
    run = chosen(["" for _ in numbers], [numbers.index(number) for number in kept], count, f"{seed()} chapters {by}")
    print(f"chapters: sample of {len(run)} from {len(numbers)}, seed {seed()}")
    return [numbers[number] for number in run]


def _sampled(items: Sequence[pytest.Item]) -> dict[str, list[pytest.Function]]:
    """The cases of each test that is marked."""
    found: dict[str, list[pytest.Function]] = defaultdict(list)
    for item in items:
        if isinstance(item, pytest.Function) and item.get_closest_marker("sampled"):
            found[item.nodeid.partition("[")[0]].append(item)
    return found


def _kind(case: pytest.Function, names: Sequence[str]) -> tuple[str, ...]:
    """What it is a case of; a test without parameters is one of its own."""
    params = case.callspec.params if hasattr(case, "callspec") else dict.fromkeys(names)
    if strange := {*names} - {*params}:
        raise pytest.UsageError(f"{case.nodeid} is sampled by {', '.join(sorted(strange))}, which it does not have.")
    return tuple(repr(params[name]) for name in names)


def _drawn(test: str, cases: Sequence[pytest.Function]) -> list[pytest.Function]:
    """Those that run."""
    marker = cases[0].get_closest_marker("sampled")
    assert marker
    count, *names = marker.args
    kinds = [_kind(case, names) for case in cases]
    kept = {number for number, case in enumerate(cases) if case.get_closest_marker("kept")}
    by = f"{os.environ[SEED]} {os.environ.get('DOCKERNET_SUITE', '')} {test}"
    return [cases[number] for number in chosen(kinds, kept, count, by)]


def _elsewhere(config: pytest.Config, items: Sequence[pytest.Item], part: str) -> set[pytest.Item]:
    """Those that another part has."""
    number, parts = map(int, part.split("/"))
    run: set[pytest.Item] = set()
    files: dict[Path, list[pytest.Item]] = defaultdict(list)
    for item in items:
        if item.get_closest_marker("once"):
            run |= {item} if number == 1 else set()
        elif item.get_closest_marker("sampled") or item.get_closest_marker("kept"):
            run.add(item)
        else:
            files[item.path].append(item)
    for file, tests in files.items():
        run |= {tests[at] for at in dealt(len(tests), number, parts, f"{os.environ[SEED]} {file.name}")}
    tell(config, f"part {part}, seed {os.environ[SEED]}")
    return {*items} - run


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Deselect what is not drawn."""
    if whole():
        return
    out: set[pytest.Item] = set()
    for test, cases in _sampled(items).items():
        run = _drawn(test, cases)
        out |= {*cases} - {*run}
        tell(config, f"{test}: sample of {len(run)} from {len(cases)}, seed {os.environ[SEED]}")
    if part := os.environ.get(PART):
        out |= _elsewhere(config, items, part)
    if out:
        config.hook.pytest_deselected(items=[item for item in items if item in out])
        items[:] = [item for item in items if item not in out]
