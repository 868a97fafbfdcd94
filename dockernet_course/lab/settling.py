"""The network of a private engine's host is put back when its lab is empty: rules, settings, links, addresses, routes.

What it is set to when its first lab begins is kept in a file there, which lives as long as the host does. The observer
looks, compares and undoes in one go, whoever asks: a lab that begins or is emptied, and whoever cleans after it.
On an engine of the learner's own nothing is undone.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterable

from dockernet_course.errors import CommandFailed, LabError
from dockernet_course.lab.observer import Observer, script_argv

__all__ = ["put_back", "settle", "show_argv"]


def settle(observer: Observer) -> tuple[str, ...]:
    """Keep what the host's network is set to, or put it back; what was put back. Nothing else may be on the engine.

    Raises CommandFailed when the observer cannot, LabError when there is no observer any more.
    """
    done = observer.run(script_argv("lab", "hosts_network.py", "settle"))
    if done.exit_code:
        raise CommandFailed("The network of the engine's host could not be put back.", state=done.text[-2000:])
    return tuple(filter(None, done.text.splitlines()))


def put_back(observers: Iterable[Observer]) -> None:
    """The same when a lab is cleaned, by one of its observers, as far as one runs."""
    for observer in observers:
        with contextlib.suppress(LabError):
            settle(observer)
            return


def show_argv() -> list[str]:
    """The command by which an observer tells what the host's network is set to, as JSON."""
    return script_argv("lab", "hosts_network.py", "show")
