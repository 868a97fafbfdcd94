"""The table of operations on a capsule and on the same engine, started plainly by root from the same tree.

Same answers (exit code and words), same state afterwards (containers, networks, volumes, interfaces and rules of the
host), nothing hangs; and where the table names a difference, it is there.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from _pytest.mark import ParameterSet

from dockernet_course.engines.build import pack
from dockernet_course.engines.find import capsule, private
from tests.conformance.compare import compared
from tests.conformance.table import OPERATIONS, Operation
from tests.conformance.typing_at import Host
from tests.live.capsules import SUITES
from tests.root.plain import plain_engine

pytestmark = pytest.mark.root


@pytest.fixture(scope="module", params=SUITES)
def hosts(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Host, Host]]:
    suite = request.param
    with pytest.MonkeyPatch.context() as patch, plain_engine(suite) as plain:
        patch.setenv("XDG_RUNTIME_DIR", str(plain.shared))
        running = capsule.start("c", suite, idle=600)
        enter = capsule.enter_argv("c", ["true"])[:-1]
        other = Host("the plain engine", suite, plain.argv, plain.socket)
        other.load(pack.ensure(suite).image)
        yield (
            Host("the capsule", suite, lambda argv: [*enter, *argv], Path(running.address.removeprefix("unix://"))),
            other,
        )
        private.stop("c")


def case(operation: Operation) -> ParameterSet:
    """With a mark that keeps it on both generations where the table names a difference."""
    return pytest.param(operation, marks=[pytest.mark.kept] if operation.plain or operation.releases else [])


@pytest.mark.sampled(40)  # tests/live has them all, on both generations
@pytest.mark.parametrize(
    "operation", [case(operation) for operation in OPERATIONS], ids=[operation.id for operation in OPERATIONS]
)
def test_the_same_happens(operation: Operation, hosts: tuple[Host, Host]) -> None:
    found = compared(operation.on(hosts[0].suite), *hosts)
    assert not found, "\n\n".join([operation.run, *found])
