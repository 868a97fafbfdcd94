"""Why an engine ended is waited for once, however many questions were under way when it did."""

from __future__ import annotations

import json
import socket
import time
from concurrent.futures import ThreadPoolExecutor

from dockernet_course.engines.keeper.lease import Lease


def test_a_keeper_that_takes_long_is_waited_for_once() -> None:
    ours, keepers = socket.socketpair()
    lease, began = Lease("somebody", ours), time.monotonic()
    with ThreadPoolExecutor(8) as pool, ours, keepers:
        assert set(pool.map(lambda _: lease.why_ended(0.5), range(16))) == {""}
        assert time.monotonic() - began < 2.0
        keepers.sendall(json.dumps({"failed": "it broke"}).encode() + b"\n")
        assert lease.why_ended() == lease.why_ended() == "it broke"


def test_a_keeper_that_is_gone_is_not_waited_for() -> None:
    ours, keepers = socket.socketpair()
    keepers.close()
    began = time.monotonic()
    with ours:
        assert Lease("somebody", ours).why_ended(5.0) == ""
    assert time.monotonic() - began < 1.0
