"""The engine's share of the time: questions under way together are waited for together."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from dockernet_course.lab.waiting import seconds, waiting


def ask(_: int = 0) -> None:
    with waiting(), waiting():  # one question may hold another
        time.sleep(0.05)


def test_what_is_waited_for_one_after_the_other_adds_up() -> None:
    before = seconds()
    ask()
    time.sleep(0.05)
    ask()
    assert seconds() - before >= 0.1


def test_what_is_waited_for_together_counts_once() -> None:
    before, began = seconds(), time.monotonic()
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(ask, range(8)))
    assert 0.05 <= seconds() - before <= time.monotonic() - began


def test_an_answer_that_is_an_error_ends_the_waiting() -> None:
    with pytest.raises(OSError, match="gone"), waiting():
        raise OSError("gone")
    before = seconds()
    time.sleep(0.01)
    assert seconds() == before
