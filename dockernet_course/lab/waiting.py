"""How long this process has waited for the engine: its share of a chapter's time."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Lock

__all__ = ["seconds", "waiting"]

_lock = Lock()
_under_way = 0  # questions without an answer yet; several at once are waited for together
_since = 0.0
_total = 0.0


@contextmanager
def waiting() -> Iterator[None]:
    """Inside, an answer of the engine is waited for."""
    global _under_way, _since, _total
    with _lock:
        _under_way += 1
        if _under_way == 1:
            _since = time.monotonic()
    try:
        yield
    finally:
        with _lock:
            _under_way -= 1
            if not _under_way:
                _total += time.monotonic() - _since


def seconds() -> float:
    """How many seconds this process has waited for an engine's answers so far."""
    return _total
