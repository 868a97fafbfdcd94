"""Who looks when something happens in the engine: woken by its events, never by a clock.

One thread listens, another looks, so that a hundred events in a row lead to two or three looks. What looking itself
does in the engine (an exec in the observer) is not listened to.
"""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Callable

from dockernet_course.lab.api import Api

__all__ = ["Watch"]

_ACTIONS = (
    *("create", "start", "die", "stop", "destroy", "rename", "pause", "unpause", "update"),
    *("connect", "disconnect", "remove"),
)
_CLOCKS = 2.0  # seconds: the engine begins to listen a moment after it has answered
_PATIENCE = 5.0  # seconds for a look that is under way


class Watch:
    """Listens from now on, until ``stop`` or the engine's end."""

    def __init__(self, api: Api, look: Callable[[], object], ended: Callable[[], object]) -> None:
        self._look, self._ended = look, ended
        self._news, self._over = threading.Event(), False
        self._news.set()  # whatever happened before the engine listens
        self._events = api.events(_ACTIONS, time.time() - _CLOCKS)
        self._listener = threading.Thread(target=self._listen, name="lab-events", daemon=True)
        self._looker = threading.Thread(target=self._work, name="lab-watch", daemon=True)
        self._listener.start()
        self._looker.start()

    def stop(self) -> None:
        """End it, and wait until it has ended. A second call does nothing."""
        self._over = True
        self._news.set()
        with contextlib.suppress(OSError, AttributeError):  # the stream's socket may be gone already
            self._events.close()
        for thread in (self._listener, self._looker):
            if thread is not threading.current_thread():
                thread.join(_PATIENCE)

    def _listen(self) -> None:
        for _ in self._events:
            self._news.set()
        self._over = True
        self._news.set()

    def _work(self) -> None:
        while True:
            self._news.wait()
            self._news.clear()
            if self._over:
                break
            self._look()
        self._ended()
