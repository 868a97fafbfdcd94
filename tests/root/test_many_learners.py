"""One machine, many learners: all at the same chapter at the same time, none in another's way."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

import pytest

from benchmarks.learners import measured
from tests.learners import Came, left, names_of
from tests.live import capsules
from tests.waiting import eventually

pytestmark = pytest.mark.root

COUNT = 6  # as many as two cores take through a chapter in a minute; benchmarks/learners.py does it with more
PREDEFINED = {"bridge", "host", "none"}


@pytest.mark.parametrize("accounts", [False, True], ids=["kernels of one user", "accounts"])
def test_all_pass_and_none_sees_another(accounts: bool) -> None:
    interfaces = sorted(os.listdir("/sys/class/net"))  # noqa: PTH208 (names)
    with tempfile.TemporaryDirectory(prefix="dn") as folder:
        came, line = measured("capsule", COUNT, Path(folder), accounts=accounts)
        assert line[1] == f"{COUNT} of {COUNT}", line
        assert [one.failure for one in came] == [""] * COUNT
        for one in came:
            others = {name for name in one.sees if not name.startswith("dockernet-observer-")} - PREDEFINED
            assert others == names_of(one.learner)
        assert eventually(lambda: not left([one.learner for one in came]), 20)
        assert eventually(lambda: not processes(came), 5)
        assert capsules.mounts() == []
        assert not list(Path(folder).glob("*/cache/.*")), "scratch folders"
    assert sorted(os.listdir("/sys/class/net")) == interfaces  # noqa: PTH208


def processes(came: list[Came]) -> list[str]:
    """What still runs of the learners: by account, or by the name of the engine in the environment."""
    uids = {one.learner.uid for one in came} - {None}
    folders = [str(one.learner.folder).encode() for one in came]
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            environment = (process / "environ").read_bytes()
            if process.stat().st_uid in uids or any(folder in environment for folder in folders):
                found.append(f"{process.name} {(process / 'comm').read_text().strip()}")
        except OSError:
            continue
    return found
