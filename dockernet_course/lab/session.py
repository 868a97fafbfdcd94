"""A process's session with an engine: what runs along with it, and its end, however the process ends."""

from __future__ import annotations

import atexit
import contextlib
import os
import secrets
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from dockernet_course.engines import Engine, hold
from dockernet_course.errors import DockernetError, EngineStopped, LabError
from dockernet_course.lab import cleaning, lease
from dockernet_course.lab.api import Api
from dockernet_course.lab.inspected import Inspections
from dockernet_course.lab.observer import Observer
from dockernet_course.lab.watchdog_client import Watchdog
from dockernet_course.lab.watching import Watch

__all__ = ["Session"]


class Session:
    """A connection to the engine, with a lease, an observer and a watchdog.

    ``private`` tells whether everything on the engine and its host is the session's. ``thing`` is what a person calls
    it, and ``again`` how one gets another.
    """

    private = False
    thing, again = "view", "Open the view again."

    def __init__(self, engine: Engine, name: str) -> None:
        """Begin: start what runs along."""
        self.lab = f"{name}-{secrets.token_hex(3)}"
        self._owner = os.getpid()
        self._ending = False
        owner = lease.mine()
        self.labels = self._labels(owner)
        with contextlib.ExitStack() as undo:
            self._hold = undo.enter_context(hold(engine, f"{self.thing} {self.lab}"))
            self._api: Api | None = undo.enter_context(contextlib.closing(Api(engine, self._hold.why_ended)))
            taken = undo.enter_context(self._prepared(engine))
            self._watchdog = Watchdog(engine, self.lab, owner, private=self.private)
            undo.pop_all()
        self.inspections = Inspections(self._api)
        in_parallel = ThreadPoolExecutor(1)
        self._watches: list[Watch] = []
        self._observer = in_parallel.submit(self._begun, taken)
        in_parallel.shutdown(wait=False)
        atexit.register(self.end)

    def _labels(self, owner: str) -> dict[str, str]:
        return lease.labels(self.lab, owner, view=True)

    def _prepared(self, engine: Engine) -> contextlib.ExitStack:  # noqa: ARG002
        """Before anything of the session's is there; what is held until its observer is."""
        return contextlib.ExitStack()

    def _begun(self, taken: contextlib.ExitStack) -> Observer:
        """The session's observer."""
        with taken:
            return Observer.start(self.api, self.lab, self.labels)

    @property
    def api(self) -> Api:
        """The engine's API. Raises LabError when the session is over."""
        if self._api is None:
            raise LabError(f"This {self.thing} is closed.", cure=self.again)
        return self._api

    @property
    def observer(self) -> Observer:
        """The observer, once it has started. Raises LabError when the session is over, or ends.

        What begins in it while it is cleaned, nobody cleans.
        """
        _ = self.api
        if self._ending:
            raise LabError(f"This {self.thing} is closing.", cure=self.again)
        return self._observer.result()

    def watch(self, look: Callable[[], object], ended: Callable[[], object]) -> Callable[[], None]:
        """Call ``look`` whenever something came, went or changed in the engine, and ``ended`` once, at the end.

        What it returns ends it before.
        """
        made = Watch(self.api, look, ended)
        self._watches.append(made)
        return made.stop

    def _watch_no_more(self) -> None:
        """Before anything is removed: what the end of the session does to the network is no news."""
        while self._watches:
            self._watches.pop().stop()
        self.inspections.stop()

    def end(self) -> None:
        """Remove everything of the session and let go of the engine. A second call does nothing."""
        if self._api is None or os.getpid() != self._owner:  # a forked child is no owner
            return
        self._ending = True
        self._watch_no_more()
        with contextlib.suppress(DockernetError):
            self._observer.result()  # it must not appear after the cleaning
        with contextlib.suppress(EngineStopped):  # then everything is gone anyway
            for reason in cleaning.clean(self._api, self.lab, private=self.private):
                print(reason)
        self.let_go()

    def let_go(self) -> None:
        """End without cleaning, after somebody else has cleaned."""
        atexit.unregister(self.end)
        self._watch_no_more()
        with contextlib.suppress(DockernetError):
            self._observer.result().close()
        self._watchdog.dismiss()
        self._hold.release()
        if self._api is not None:
            self._api.close()
        self._api = None
