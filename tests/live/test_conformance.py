"""The table of operations on a capsule of an ordinary account, against what the table expects."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from dockernet_course.engines.find import capsule, private
from tests.conformance.table import OPERATIONS, Operation
from tests.conformance.typing_at import Host
from tests.live.capsules import SUITES

pytestmark = [pytest.mark.live, pytest.mark.once]

NAME = f"conf{os.getpid()}"


@pytest.fixture(scope="module", params=SUITES)
def host(request: pytest.FixtureRequest) -> Iterator[Host]:
    running = capsule.start(NAME, request.param, idle=600)
    enter = capsule.enter_argv(NAME, ["true"])[:-1]
    yield Host(
        "the capsule", request.param, lambda argv: [*enter, *argv], Path(running.address.removeprefix("unix://"))
    )
    private.stop(NAME)


@pytest.mark.parametrize("operation", OPERATIONS, ids=[operation.id for operation in OPERATIONS])
def test_it_answers_as_the_table_says(operation: Operation, host: Host) -> None:
    seen = host.do(operation)
    missing = operation.on(host.suite).expected.missing(seen.answer)
    assert not missing, f"{operation.run}\n{missing}\n{seen.answer}"
