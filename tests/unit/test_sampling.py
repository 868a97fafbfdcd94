"""Which cases a short run keeps, and that all processes of a run keep the same."""

from __future__ import annotations

import pytest

from dockernet_course.lessons.catalogue import chapters
from tests.sampling import ALL, PART, SEED, chosen, dealt, some_chapters

pytest_plugins = ["pytester"]

KINDS = [chapter for chapter in "abc" for _ in range(20)]
CASES = """
import pytest

@pytest.fixture(params=["x", "y"])
def suite(request):
    return request.param

@pytest.mark.sampled(3, "chapter", "suite")
@pytest.mark.parametrize("number", [*range(9), pytest.param(9, marks=pytest.mark.kept)])
@pytest.mark.parametrize("chapter", ["a", "b"])
def test_case(suite, chapter, number):
    pass

@pytest.mark.sampled(1, "chapter")
def test_alone():
    pass
"""


def test_the_first_of_each_kind_is_there_and_what_is_kept() -> None:
    for by in "1234567":
        assert {0, 20, 40, 59} <= set(chosen(KINDS, [59], 5, by))


def test_so_many_others_are_drawn_and_none_twice() -> None:
    run = chosen(KINDS, [59], 5, "1")
    assert len(run) == len(set(run)) == 9 and run == sorted(run)


def test_the_seed_decides_and_it_alone() -> None:
    assert chosen(KINDS, [], 5, "1") == chosen(KINDS, [], 5, "1")
    assert len({tuple(chosen(KINDS, [], 5, str(by))) for by in range(20)}) > 10
    assert {number for by in range(200) for number in chosen(KINDS, [], 5, str(by))} == set(range(60)), "each at times"


def test_few_are_all() -> None:
    assert chosen(["a", "a"], [], 5, "1") == [0, 1]
    assert chosen([], [], 5, "1") == []


def test_chapters_that_are_named_run_and_others_are_drawn(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(SEED, "7")
    monkeypatch.delenv(ALL, raising=False)
    run = some_chapters(2, "00", "09")
    assert len(run) == 4 and run == sorted(run) and {"00", "09"} <= {*run}
    assert len({tuple(some_chapters(2, "00", "09", by=name)) for name in "abcdef"}) > 1, "others for each"
    assert {*some_chapters(1, among=["01", "02", "03"])} <= {"01", "02", "03"}
    monkeypatch.setenv(ALL, "1")
    assert some_chapters(2, "00", "09") == [chapter.number for chapter in chapters()]


@pytest.fixture
def cases(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> pytest.Pytester:
    """A module of such tests, and a seed."""
    pytester.makeconftest(
        "from tests.sampling import pytest_collection_modifyitems\n"
        "from tests.telling import pytest_terminal_summary, pytest_testnodedown\n"
    )
    pytester.makeini("[pytest]\nmarkers =\n  sampled\n  kept\n  once\n")
    pytester.makepyfile(CASES)
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")  # they take most of the time
    monkeypatch.setenv(SEED, "7")
    monkeypatch.delenv(ALL, raising=False)
    monkeypatch.delenv("DOCKERNET_SUITE", raising=False)
    return pytester


def test_a_parameter_that_a_test_does_not_have_is_told(cases: pytest.Pytester) -> None:
    cases.makepyfile(CASES.replace('"suite")', '"sweet")', 1))
    ran = cases.runpytest_subprocess()
    assert ran.ret == pytest.ExitCode.USAGE_ERROR and "is sampled by sweet, which it does not have" in str(ran.stderr)


@pytest.mark.parametrize("processes", [(), ("-p", "xdist.plugin", "-n", "2")])
def test_it_is_told_of_how_many(cases: pytest.Pytester, processes: tuple[str, ...]) -> None:
    """Of forty: the first of each chapter on each suite, the one that is kept in each of these, and three."""
    ran = cases.runpytest_subprocess(*processes)
    ran.assert_outcomes(passed=4 + 4 + 3 + 1, deselected=0 if processes else 29)
    assert ran.outlines.count("test_it_is_told_of_how_many.py::test_case: sample of 11 from 40, seed 7") == 1


def test_by_hand_and_where_all_is_asked_for_all_run(cases: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(ALL, "1")
    cases.runpytest_subprocess().assert_outcomes(passed=41)
    monkeypatch.delenv(ALL)
    monkeypatch.delenv(SEED)
    cases.runpytest_subprocess().assert_outcomes(passed=41)


def test_what_is_dealt_falls_to_one_part_and_to_each_with_some_seed() -> None:
    for count in range(8):
        hands = [dealt(count, number, 3, "seed") for number in (1, 2, 3)]
        assert sorted(one for hand in hands for one in hand) == [*range(count)]
        assert max(map(len, hands)) - min(map(len, hands)) <= 1
    assert {bool(dealt(1, 1, 2, seed)) for seed in "abcdefghijklmnop"} == {True, False}, "a file's only test"


def test_two_parts_deal_the_tests_of_each_file(cases: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each has a sample of twelve and the one that is kept; of nine others one has five, the first what is ``once``."""
    plain = "".join(f"def test_{number}(): pass\n" for number in range(9))
    marked = "@pytest.mark.kept\ndef test_kept(): pass\n@pytest.mark.once\ndef test_once(): pass\n"
    cases.makepyfile(test_other=f"import pytest\n{plain}{marked}")
    ran = []
    for part in ("1/2", "2/2"):
        monkeypatch.setenv(PART, part)
        said = cases.runpytest_subprocess("-v")
        assert sum(line == f"part {part}, seed 7" for line in said.outlines) == 1
        ran.append([line.split("::")[1].split()[0] for line in said.outlines if "test_other.py::" in line])
        assert said.parseoutcomes()["passed"] == 12 + len(ran[-1])
    first, second = ran
    assert {*first} & {*second} == {"test_kept"} and "test_once" in first
    assert {*first, *second} == {"test_kept", "test_once", *(f"test_{number}" for number in range(9))}
    assert {len(first), len(second)} in ({7, 5}, {6}), "as many, but for one"
    monkeypatch.setenv(ALL, "1")
    cases.runpytest_subprocess().assert_outcomes(passed=41 + 11)
