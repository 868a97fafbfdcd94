"""Fixtures for tests that start virtual machines."""

from __future__ import annotations

from tests.live.conftest import runtime

__all__ = ["runtime"]
