"""For all tests: samples of those that are many and alike, and lines that are told at the end.

A skipped test is a failure where skipping would hide something (``make test``, CI).
"""

from __future__ import annotations

import os
import signal
from collections.abc import Generator

import pytest

from tests.sampling import pytest_collection_modifyitems
from tests.telling import pytest_terminal_summary, pytest_testnodedown

__all__ = ["pytest_collection_modifyitems", "pytest_terminal_summary", "pytest_testnodedown"]

# What nohup(1) has ignored would be ignored by all that tests start, too.
signal.signal(signal.SIGHUP, signal.SIG_DFL)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Turn a skip into a failure when DOCKERNET_NO_SKIP is set."""
    report = yield
    if report.skipped and not hasattr(report, "wasxfail") and os.environ.get("DOCKERNET_NO_SKIP"):
        report.outcome = "failed"
        report.longrepr = f"{item.nodeid} was skipped: {report.longrepr}"
    return report
