"""A world that is not as the text says turns a check red, and the message says which claim does not hold."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest
from jupyter_client.manager import AsyncKernelManager

from dockernet_course.lessons.catalogue import Chapter, chapters
from tests.notebooks.books import broken_run
from tests.notebooks.mutations import mutations


@pytest.mark.sampled(10, "chapter")
@pytest.mark.parametrize(("chapter", "what"), mutations())
def test_the_check_goes_red(chapter: str, what: str, tmp_path: Path, kernel: AsyncKernelManager) -> None:
    mutation = mutations()[chapter, what]
    result = broken_run(chapter, tmp_path, {mutation.after: mutation.code}, kernel)
    assert f"ClaimFailed: [{mutation.cid}] This does not hold on this engine: " in result.failure, result.failure
    assert f'"{mutation.cid}"' in result.failure.partition("ClaimFailed")[0], "the failing cell is quoted"
    assert result.passed < result.checks


def test_the_kernel_forgets_what_was_broken(tmp_path: Path, kernel: AsyncKernelManager) -> None:
    mutation = mutations()["01", "docker0 is down"]
    assert broken_run("01", tmp_path, {mutation.after: mutation.code}, kernel).failure
    result = broken_run("01", tmp_path, {}, kernel)
    assert result.failure == "" and result.passed == result.checks


@pytest.mark.parametrize("chapter", chapters(), ids=lambda chapter: chapter.number)
def test_each_check_is_broken(chapter: Chapter) -> None:
    broken = {mutation.cid for (number, _), mutation in mutations().items() if number == chapter.number}
    assert broken <= {*chapter.checks}, "each breaks a check of its chapter"
    assert {*chapter.checks} <= broken, "and each check of it is broken"


def test_much_is_broken_in_each_chapter() -> None:
    count = Counter(chapter for chapter, _ in mutations())
    assert all(count[chapter.number] >= 5 for chapter in chapters()), count
