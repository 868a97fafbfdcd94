"""The table of operations is complete and in order, and its comparison can tell a difference."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.conformance.compare import complaints
from tests.conformance.table import OPERATIONS, Answer, Expected, Operation, names_in, normalised
from tests.conformance.typing_at import Seen

ASKED_FOR = (  # by the issue
    *("port-in-use-by-container", "run-unknown-network", "missing-command", "exits-at-once", "stop", "kill", "restart"),
    *("restart-policy-gives-up", "rename", "connect", "disconnect", "joiner-after-owners-restart"),
    *("remove-network-in-use", "exec-nothing", "prune-containers", "prune-networks"),
    *("pause", "top", "processor-limit", "memory-limit", "other-user"),
)


def test_the_table_is_long_enough_and_has_what_was_asked_for() -> None:
    ids = [operation.id for operation in OPERATIONS]
    assert len(ids) == len(set(ids)) >= 60
    assert set(ASKED_FOR) <= set(ids)
    assert sum(operation.expected.exit != 0 for operation in OPERATIONS) >= 20, "failing ones included"


def test_each_difference_has_a_reason_and_each_reason_a_difference() -> None:
    assert all(bool(operation.plain) == bool(operation.why) for operation in OPERATIONS)
    assert sum(operation.plain is not None for operation in OPERATIONS) <= 6, "a capsule is a plain engine, nearly"


def test_patterns_are_looked_for_in_order() -> None:
    expected = Expected(0, ("^a$", "^b$"))
    assert expected.missing(Answer(0, "a\nb\n")) == ""
    assert "/^b$/" in expected.missing(Answer(0, "b\na\n"))
    assert "exit code 1" in expected.missing(Answer(1, "a\nb\n"))


def test_ids_become_names_and_what_varies_goes() -> None:
    web = {"Id": "a1" * 32, "Name": "/web"}
    shop = {"Id": "b2" * 32, "Name": "shop", "IPAM": {"Config": [{"Subnet": "172.18.7.0/24"}]}}
    names = names_in([web], [shop])
    text = f"{web['Id'][:12]} {shop['Id']} 172.18.7.3 veth0a1b2c3@if12 7e:7e:25:4b:35:05 02:42:ac:11:00:02 {'c3' * 32}"
    assert normalised(text, names) == "<web> <shop> 172.18.<shop>.3 veth@if <mac> 02:42:ac:11:00:02 <id>"


SAME = Operation("x", (), "x", Expected(0, ("y",)), None, "")
DIFFERENT = replace(SAME, plain=Expected(1, ("z",)), why="no cgroups")
YES, NO = Seen(Answer(0, "y"), {}), Seen(Answer(1, "z"), {})


@pytest.mark.parametrize(
    ("operation", "ours", "theirs", "words"),
    [
        (SAME, YES, YES, None),
        (SAME, YES, NO, "differently"),
        (SAME, NO, NO, "the capsule: exit code 1"),
        (DIFFERENT, YES, NO, None),
        (DIFFERENT, YES, YES, "the plain engine: exit code 0"),
        (DIFFERENT, NO, NO, "no difference any more"),
    ],
)
def test_complaints(operation: Operation, ours: Seen, theirs: Seen, words: str | None) -> None:
    found = complaints(operation, ours, theirs)
    assert not found if words is None else any(words in one for one in found)
