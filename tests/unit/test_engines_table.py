"""The table of chapters and engines: what it says of each, and when the run is red."""

from __future__ import annotations

from typing import Any

import pytest

from tests.engines import Run, joined, table, troubles


def chapter(name: str, **more: object) -> dict[str, Any]:
    took = {"seconds": 3.25, "engine_seconds": 2.6}
    return {"chapter": name, "passed": 4, "checks": 4, "not_shown": 0, "failure": "", **took, **more}


def ran(suite: str, *chapters: dict[str, Any]) -> Run:
    return Run(suite, "26.1.5", {one["chapter"]: one for one in chapters})


GOOD = ran("trixie", chapter("00"), chapter("03", passed=3, not_shown=1))
RED = ran("bookworm", chapter("00", passed=1, failure="In the cell …"), chapter("03"))
ABSENT = Run("sid", trouble="No network.", tried=False)


@pytest.mark.parametrize(
    ("run", "cells"),
    [
        (GOOD, ["4 of 4, 3.2 s, 80%", "3 of 4, 1 not shown, 3.2 s, 80%"]),
        (RED, ["FAILED, 1 of 4, 3.2 s, 80%", "4 of 4, 3.2 s, 80%"]),
        (ABSENT, ["not in reach", "not in reach"]),
        (Run("trixie", trouble="It ended."), ["DID NOT RUN", "DID NOT RUN"]),
        (ran("trixie", chapter("00")), ["4 of 4, 3.2 s, 80%", "DID NOT RUN"]),
    ],
)
def test_what_is_said_of_a_chapter(run: Run, cells: list[str]) -> None:
    assert [run.cell("00"), run.cell("03")] == cells


@pytest.mark.parametrize(
    ("run", "good"),
    [
        (GOOD, True),
        (RED, False),
        (ABSENT, True),
        (Run("trixie", trouble="No network.", tried=False), False),
        (Run("sid", trouble="It ended."), False),
    ],
)
def test_what_need_not_be_there_is_no_failure_and_all_else_is(run: Run, good: bool) -> None:
    assert run.good == good


def test_two_halves_are_one_run() -> None:
    other = ran("trixie", chapter("01"), chapter("04", failure="In the cell …"))
    both = joined([GOOD, other])
    assert [both.cell(number) for number in ("00", "03", "01")] == [GOOD.cell("00"), GOOD.cell("03"), other.cell("01")]
    assert joined([GOOD, GOOD]).good and not both.good
    ended = joined([GOOD, Run("trixie", trouble="It ended.")])
    assert not ended.good and ended.cell("00") == "DID NOT RUN" and ended.trouble == "It ended."


def test_each_trouble_is_told() -> None:
    assert troubles([GOOD, RED, ABSENT]) == [
        "sid: not in reach. No network.",
        "00 on 26.1.5 (bookworm) failed. In the cell …",
    ]


def test_the_table_has_a_column_for_each_engine() -> None:
    drawn = table([GOOD, ABSENT], ["00", "03"])
    assert [column.header for column in drawn.columns] == ["chapter", "26.1.5 (trixie)", "sid"]
    assert [list(column.cells) for column in drawn.columns] == [
        ["00", "03", "all"],
        ["4 of 4, 3.2 s, 80%", "3 of 4, 1 not shown, 3.2 s, 80%", "6.5 s, 80%"],
        ["not in reach", "not in reach", "0.0 s"],
    ]
