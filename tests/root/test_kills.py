"""As root, too: any process of a capsule at work is killed, and nothing is left."""

from __future__ import annotations

import pytest

from tests.live.kills import Kill, Learner, at_work, killed, kills

__all__ = ["at_work", "kills"]
pytestmark = pytest.mark.root
KILLS = 40  # by `make test-root-all`; `make test-root` draws two


@pytest.mark.sampled(1)
@pytest.mark.parametrize("number", range(1000, 1000 + KILLS))
def test_whatever_is_killed(at_work: Learner, kills: list[Kill], number: int) -> None:
    kills.append(killed(at_work, number))
