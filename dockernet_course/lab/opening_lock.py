"""In a private engine labs open one after the other, also those of several processes.

Whoever comes second finds the first one's observer, and closes that lab; without turns, both would look before either
has made anything, and both would stay.
"""

from __future__ import annotations

import contextlib
from pathlib import Path

from dockernet_course.engines import Engine
from dockernet_course.locking import locked

__all__ = ["turn"]

_UNIX = "unix://"


def turn(engine: Engine) -> contextlib.ExitStack:
    """Wait until nobody else opens a lab in the engine; from then on others wait, until it is closed."""
    taken = contextlib.ExitStack()
    if engine.private and engine.address.startswith(_UNIX):
        with contextlib.suppress(OSError):  # an engine that has just gone: whoever asks it next will say so
            taken.enter_context(locked(Path(engine.address.removeprefix(_UNIX)).parent))
    return taken
