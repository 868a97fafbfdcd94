"""What the benchmarks share: how long an action took."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")


def seconds(action: Callable[[], T]) -> tuple[float, T]:
    """How long it took, and what came of it."""
    began = time.perf_counter()
    result = action()
    return time.perf_counter() - began, result
