"""Any process of a capsule at work, or of the one who works on it, is killed: nothing is left, and all goes on."""

from __future__ import annotations

import pytest

from tests.live.kills import Kill, Learner, at_work, killed, kills

__all__ = ["at_work", "kills"]
pytestmark = [pytest.mark.live, pytest.mark.once]
KILLS = 200  # by `make test-all`; `make test` draws eight


@pytest.mark.sampled(7)
@pytest.mark.parametrize("number", range(KILLS))
def test_whatever_is_killed(at_work: Learner, kills: list[Kill], number: int) -> None:
    kills.append(killed(at_work, number))
