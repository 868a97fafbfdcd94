"""A lab closes even when its owner cannot close it: a watchdog waits at the other end of a pipe.

The pipe ends when the owner does, however it ends. The watchdog is not the owner's child (a notebook's kernel kills its
children) and has a session of its own (interrupts go to whole process groups).
"""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys

from dockernet_course.engines import Engine
from dockernet_course.lab import watchdog

__all__ = ["Watchdog"]

_FACTS = ("kind", "address", "version", "api_version", "why", "name")


class Watchdog:
    """The owner's end of the pipe."""

    def __init__(self, engine: Engine, lab: str, lease: str, *, private: bool) -> None:
        """Start the watchdog for a lab or a view; ``private``: everything on the engine is the lab's."""
        waiting, self._pipe = os.pipe()
        self._launcher = subprocess.Popen(
            [sys.executable, "-P", watchdog.__file__, _order(engine, lab, lease, private)],
            stdin=waiting,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        os.close(waiting)

    def dismiss(self) -> None:
        """The lab is closed: nothing is left to do. A second call does nothing."""
        pipe, self._pipe = self._pipe, -1
        if pipe >= 0:
            with contextlib.suppress(OSError):  # somebody killed the watchdog
                os.write(pipe, watchdog.DISMISSED)
            os.close(pipe)
            self._launcher.wait()


def _order(engine: Engine, lab: str, lease: str, private: bool) -> str:
    """What the watchdog needs to know."""
    tls = engine.tls and {"client_cert": engine.tls.cert, "ca_cert": engine.tls.ca_cert, "verify": engine.tls.verify}
    facts = {name: getattr(engine, name) for name in _FACTS}
    return json.dumps({"engine": facts, "tls": tls, "lab": lab, "lease": lease, "private": private})
