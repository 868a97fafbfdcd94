"""``docker inspect`` of many containers, kept: what is asked for seldom changes.

Kept until the engine's list tells something else of a container, or an event names it: ``docker update``, and aliases
of one that does not run, are in no list.
"""

from __future__ import annotations

import contextlib
import threading
import time
from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING

from dockernet_course.lab.api import Api, Json

if TYPE_CHECKING:
    from docker.types.daemon import CancellableStream

__all__ = ["Inspections"]

_ACTIONS = ("update", "rename", "connect", "disconnect", "start", "die")
_CLOCKS = 2.0  # seconds: the engine begins to listen a moment after it has answered
_PATIENCE = 5.0  # seconds for the end of the listening


class Inspections:
    """What an engine's inspections said. ``stop`` ends the thread that listens."""

    def __init__(self, api: Api) -> None:
        self._api, self._lock = api, threading.Lock()
        self._kept: dict[str, tuple[Json, Json]] = {}  # id → what the list said then, what the inspection said
        self._heard: Counter[str] = Counter()  # id → in how many events it was named
        self._events: CancellableStream[Json] | None = None
        self._listener = threading.Thread()

    def of(self, listed: Sequence[Json]) -> dict[str, Json]:
        """Id → ``GET /containers/{id}/json`` of the containers in a list of the engine's; without who has gone."""
        self._hear()
        now = {container["Id"]: {**container, "Status": None} for container in listed}  # "Up 3 minutes"
        with self._lock:
            heard = self._heard.copy()
            self._kept = {ident: kept for ident, kept in self._kept.items() if now.get(ident) == kept[0]}
            wanted = [ident for ident in now if ident not in self._kept]
            found = {ident: said for ident, (_, said) in self._kept.items()}
        new = self._api.inspect_all(wanted)
        with self._lock:
            self._kept |= {
                ident: (now[ident], said) for ident, said in new.items() if self._heard[ident] == heard[ident]
            }
        return found | new

    def forget(self) -> None:
        """Ask everything anew at the next look."""
        with self._lock:
            self._kept = {}

    def _hear(self) -> None:
        """Listen, unless somebody does; without the events so far, everything is asked anew."""
        with self._lock:
            if self._listener.is_alive():
                return
            self._kept = {}
            self._events = self._api.events(_ACTIONS, time.time() - _CLOCKS)
            self._listener = threading.Thread(
                target=self._listen, args=(self._events,), name="lab-inspected", daemon=True
            )
            self._listener.start()

    def _listen(self, events: CancellableStream[Json]) -> None:
        for event in events:
            actor = event.get("Actor") or {}
            ident = (actor.get("Attributes") or {}).get("container") or actor.get("ID") or ""
            with self._lock:
                self._heard[ident] += 1
                self._kept.pop(ident, None)

    def stop(self) -> None:
        """End the listening. A second call does nothing."""
        if self._events is not None:
            with contextlib.suppress(OSError, AttributeError):  # the stream's socket may be gone already
                self._events.close()
            self._listener.join(_PATIENCE)
