"""Lines that a run of pytest prints at its end, from whichever process of xdist they come."""

from __future__ import annotations

import pytest

__all__ = ["pytest_terminal_summary", "pytest_testnodedown", "tell"]

_LINES = pytest.StashKey[list[str]]()


def tell(config: pytest.Config, *lines: str) -> None:
    """Print them at the end, each once."""
    told = config.stash.setdefault(_LINES, [])
    told += [line for line in lines if line not in told]
    if hasattr(config, "workeroutput"):  # a process of xdist: it is sent when it ends
        config.workeroutput["told"] = told


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: object) -> None:
    """A process of xdist has ended: take what it has to tell."""
    config: pytest.Config = node.config  # type: ignore[attr-defined]
    tell(config, *getattr(node, "workeroutput", {}).get("told", ()))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """Print them."""
    for line in config.stash.get(_LINES, []):
        terminalreporter.write_line(line)
