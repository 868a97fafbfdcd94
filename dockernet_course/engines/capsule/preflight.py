"""What this host forbids, found out by doing it."""

from __future__ import annotations

__all__ = ["preflight"]


def preflight() -> list[str]:
    """The obstacles in words; empty if a capsule can run here."""
    return []
