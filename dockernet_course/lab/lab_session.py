"""A lab's session: what is cleared away before it, the lines of what was done, and a host that is put back."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Iterator
from concurrent.futures import wait

from dockernet_course.engines import Engine
from dockernet_course.lab import cleaning, lease, settling
from dockernet_course.lab.api import Api
from dockernet_course.lab.cleaning import EngineObject
from dockernet_course.lab.observer import OBSERVER, Observer
from dockernet_course.lab.opening_lock import turn
from dockernet_course.lab.session import Session

__all__ = ["LabSession"]

_open: dict[str, LabSession] = {}  # address of a private engine → the lab that this process has open in it


class LabSession(Session):
    """The session of somebody who makes things, and, in a private engine, has it alone."""

    thing, again = "lab", "Begin the chapter again."

    def __init__(self, engine: Engine, chapter: str) -> None:
        """Begin: clear away what was there, start what runs along."""
        self.private, self._address = engine.private, engine.address
        self._commands: list[str] = []
        super().__init__(engine, chapter)
        if self.private:
            _open[self._address] = self
            self._wait_until_settled()

    def _labels(self, owner: str) -> dict[str, str]:
        return lease.labels(self.lab, owner)

    def _prepared(self, engine: Engine) -> contextlib.ExitStack:
        """Others wait with their lab until this one's observer is there."""
        with contextlib.ExitStack() as undo:
            taken = undo.enter_context(turn(engine))
            _clear(self.api, engine)
            undo.pop_all()
        return taken

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
            observer = super()._begun(contextlib.ExitStack())
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

    def let_go(self) -> None:
        """End without cleaning, after somebody else has cleaned."""
        if _open.get(self._address) is self:
            del _open[self._address]
        super().let_go()


def _clear(api: Api, engine: Engine) -> None:
    """Remove what was there before, and say so."""
    old = cleaning.before(api, private=engine.private)
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
    chapters = ", ".join(sorted({thing.lab.rpartition("-")[0] for thing in things if thing.lab and not thing.view}))
    if chapters:
        yield f"The lab before ({chapters}) is closed{f'; removed: {shown}' if shown else ''}."
    elif shown:
        yield f"Removed what was there before: {shown}."
