"""A plugin of pytest (``-p tests.notebooks.apart``): each process that runs notebooks has an engine of its own."""

from __future__ import annotations

import os

__all__ = ["pytest_configure"]


def pytest_configure() -> None:
    """Name the engine after this process of xdist; its kernels inherit it."""
    if worker := os.environ.get("PYTEST_XDIST_WORKER"):
        os.environ["DOCKERNET_CAPSULE"] = f"{os.environ.get('DOCKERNET_CAPSULE', 'stored')}-{worker}"
