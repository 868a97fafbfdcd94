"""Any process of a capsule at work, or of the one who works on it, is killed: nothing is left, and all goes on."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.live.kills import Kill, Learner, killed, learner, table
from tests.telling import tell

pytestmark = pytest.mark.live
KILLS = 200  # by `make test-all`; `make test` draws eight


@pytest.fixture(scope="module")
def at_work() -> Iterator[Learner]:
    with learner() as one:
        yield one


@pytest.fixture(scope="module")
def kills(request: pytest.FixtureRequest) -> Iterator[list[Kill]]:
    """What has been killed so far; told at the end."""
    found: list[Kill] = []
    yield found
    tell(request.config, *table(found))


@pytest.mark.sampled(7)
@pytest.mark.parametrize("number", range(KILLS))
def test_whatever_is_killed(at_work: Learner, kills: list[Kill], number: int) -> None:
    kills.append(killed(at_work, number))
