"""A lab's session with the engine: what is cleared away before it, what runs along with it, and its end."""

from __future__ import annotations

import atexit
import contextlib
import os
import secrets
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor, wait

from dockernet_course.engines import Engine, hold
from dockernet_course.errors import DockernetError, EngineStopped, LabError
from dockernet_course.lab import cleaning, lease, settling
from dockernet_course.lab.api import Api
from dockernet_course.lab.cleaning import EngineObject
from dockernet_course.lab.inspected import Inspections
from dockernet_course.lab.observer import OBSERVER, Observer
from dockernet_course.lab.opening_lock import turn
from dockernet_course.lab.watchdog_client import Watchdog
from dockernet_course.lab.watching import Watch

__all__ = ["Session"]

_open: dict[str, Session] = {}  # address of a private engine → the lab that this process has open in it


class Session:
    """An open lab's connection to the engine, its lease, its observer, its watchdog, and the lines of what was done."""

    def __init__(self, engine: Engine, chapter: str) -> None:
        """Begin: clear away what was there, start what runs along."""
        self.lab = f"{chapter}-{secrets.token_hex(3)}"
        self.private, self._address, self._owner = engine.private, engine.address, os.getpid()
        self._commands: list[str] = []
        self._ending = False
        owner = lease.mine()
        self.labels = lease.labels(self.lab, owner)
        with contextlib.ExitStack() as undo:
            self._hold = undo.enter_context(hold(engine, f"lab {self.lab}"))
            self._api: Api | None = undo.enter_context(contextlib.closing(Api(engine, self._hold.why_ended)))
            taken = undo.enter_context(turn(engine))
            _clear(self._api, engine)
            self._watchdog = Watchdog(engine, self.lab, owner)
            undo.pop_all()
        self.inspections = Inspections(self._api)
        in_parallel = ThreadPoolExecutor(1)
        self._watches: list[Watch] = []
        self._observer = in_parallel.submit(self._begun, taken)
        in_parallel.shutdown(wait=False)
        atexit.register(self.end)
        if self.private:
            _open[self._address] = self
            self._wait_until_settled()

    @property
    def api(self) -> Api:
        """The engine's API. Raises LabError when the lab is closed."""
        if self._api is None:
            raise LabError("This lab is closed.", cure="Begin the chapter again.")
        return self._api

    @property
    def observer(self) -> Observer:
        """The observer, once it has started. Raises LabError when the lab is closed, or closes.

        What begins in it while it is cleaned, nobody cleans.
        """
        _ = self.api
        if self._ending:
            raise LabError("This lab is closing.", cure="Begin the chapter again.")
        return self._observer.result()

    @property
    def commands(self) -> tuple[str, ...]:
        """The ``docker`` lines of what was done so far."""
        return tuple(self._commands)

    @contextlib.contextmanager
    def doing(self, line: str) -> Iterator[None]:
        """Show the line of an action; note it if it succeeds."""
        print(f"$ {line}")
        yield
        self.note(line)

    def note(self, line: str) -> None:
        """Add a line to ``commands``."""
        self._commands.append(line)

    def _begun(self, taken: contextlib.ExitStack) -> Observer:
        """The lab's observer, which puts a private host back; then whoever opens another lab finds it."""
        with taken:
            observer = Observer.start(self.api, self.lab, self.labels)
            if self.private:
                settling.settle(observer)
        return observer

    def _wait_until_settled(self) -> None:
        """What anybody makes from now on, in a terminal too, is not taken for something to undo.

        If it failed, ``observer`` says so.
        """
        try:
            wait([self._observer])
        except BaseException:
            self.end()
            raise

    def settle(self) -> tuple[str, ...]:
        """Put a private host's network back, on which the lab is empty; what was put back."""
        return settling.settle(self.observer) if self.private else ()

    def watch(self, look: Callable[[], object], ended: Callable[[], object]) -> Callable[[], None]:
        """Call ``look`` whenever something came, went or changed in the engine, and ``ended`` once, at the end.

        What it returns ends it before.
        """
        made = Watch(self.api, look, ended)
        self._watches.append(made)
        return made.stop

    def _watch_no_more(self) -> None:
        """Before anything is removed: what the end of the lab does to the network is no news."""
        while self._watches:
            self._watches.pop().stop()
        self.inspections.stop()

    def end(self) -> None:
        """Remove everything of the lab and let go of the engine. A second call does nothing."""
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
        if _open.get(self._address) is self:
            del _open[self._address]
        self._watchdog.dismiss()
        self._hold.release()
        if self._api is not None:
            self._api.close()
        self._api = None


def _clear(api: Api, engine: Engine) -> None:
    """Remove what was there before, and say so."""
    found = cleaning.everything(api, None if engine.private else "")
    old = found if engine.private else [thing for thing in found if thing.dead]
    if engine.private and engine.address in _open:
        _open[engine.address]._ending = True
    blocked = cleaning.remove(api, old, private=engine.private)
    if engine.private and engine.address in _open:
        _open[engine.address].let_go()
    for line in (*_told(old), *blocked):
        print(line)


def _told(things: Iterable[EngineObject]) -> Iterable[str]:
    """One line about what was removed, if there was something."""
    shown = ", ".join(sorted(str(thing) for thing in things if not thing.name.startswith(OBSERVER)))
    chapters = ", ".join(sorted({thing.lab.rpartition("-")[0] for thing in things if thing.lab}))
    if chapters:
        yield f"The lab before ({chapters}) is closed{f'; removed: {shown}' if shown else ''}."
    elif shown:
        yield f"Removed what was there before: {shown}."
