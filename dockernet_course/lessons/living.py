"""The map that lives: what anybody makes or removes in the engine appears on it, marked."""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Callable
from weakref import WeakSet

from IPython.display import DisplayHandle, display

from dockernet_course import widgets
from dockernet_course.errors import DockernetError
from dockernet_course.figures import map_view
from dockernet_course.lab import Lab
from dockernet_course.lessons.talking import Talking
from dockernet_course.lessons.walks import COLOURS
from dockernet_course.observe import Topology, observe

__all__ = ["LiveMap", "count_as_known", "live_map"]

CLOSED = "The lab is closed: this is how it was last."
REPLACED = "Another map of this title lives now: this is how it was then."


class LiveMap:
    """A map of a lab, which ``widget`` shows: the ``view`` is as it was made until somebody sees it, then it lives.

    Two places on it can be chosen, and asked whether they can talk (``talking``).

    What came after ``since``, at first the moment in which it began to live, is marked; ``mark`` moves that to now.
    """

    def __init__(self, lab: Lab, title: str) -> None:
        self.lab, self._title = lab, title
        self._turn = threading.Lock()  # the lab's thread looks, the kernel's marks
        self._now = self.since = observe(lab)
        self._shown_first = self._now
        self._last_words = CLOSED
        self._leave: Callable[[], None] | None = None
        self._handle: DisplayHandle | None = None
        self.view = map_view(self._now, title=title)
        self.talking = Talking(lab)
        self.talking.offer(self._now)
        self.widget = widgets.MapWidget(self.view, COLOURS, self.mark, self.follow, talk=self.talking.widget)

    def follow(self) -> None:
        """Look now, and whenever something happens, until the lab closes, or a cell that runs again shows another one.

        Does nothing where it follows already.
        """
        if self._leave:
            return
        try:
            self.know(observe(self.lab))
            self._leave = self.lab.watch(self.look, self.end)
        except DockernetError as error:
            self._last_words = f"Not live. {error.what} {error.cure}"
            self.end()
            return
        for other in _of(self.lab):
            if other._title == self._title:
                other.leave()
        _following.add(self)

    def leave(self) -> None:
        """Follow no more."""
        _following.discard(self)
        if self._leave:
            self._last_words = REPLACED
            self._leave()

    def display(self) -> None:
        """Show it in the cell's output; what is stored there is its last state, in the end."""
        self._handle = display(self.widget, display_id=True)

    def look(self) -> None:
        """Observe once, and show what is there if it is something else."""
        try:
            seen = observe(self.lab)
        except DockernetError as error:  # told where the map is: nobody waits for this thread
            self.widget.status = f"This may be out of date. {error.what}"
            return
        with self._turn:
            if seen != self._now:
                self._now = seen
                self._show()

    def mark(self) -> None:
        """What is there now counts as known."""
        self.know()

    def know(self, seen: Topology | None = None) -> None:
        """This is there, or what was seen last, and counts as known."""
        with self._turn:
            self.since = self._now = seen or self._now
            self._show(f"Live. Marked is what changes after {time.strftime('%H:%M:%S')}.")

    def _show(self, status: str | None = None) -> None:
        self.view = map_view(self._now, since=self._since(), title=self._title)
        self.talking.offer(self._now)  # what is on the map can be chosen
        self.widget.show(self.view, status)

    def _since(self) -> Topology | None:
        """Nothing can be new, gone or changed where both are the same."""
        return None if self.since is self._now else self.since

    def end(self) -> None:
        """It lives no more: the last state stays, also in the notebook's file."""
        self.widget.end(self._last_words)
        self.talking.widget.end()
        if self._handle and self._now is not self._shown_first:
            with contextlib.suppress(OSError):  # the kernel itself is ending
                self._handle.update(self.widget)


_following: WeakSet[LiveMap] = WeakSet()


def _of(lab: Lab) -> list[LiveMap]:
    return [each for each in tuple(_following) if each.lab is lab]


def count_as_known(lab: Lab, seen: Topology) -> None:
    """On the maps that follow the lab, mark only what comes after this: it is the start of something new."""
    for each in _of(lab):
        each.know(seen)


def live_map(lab: Lab, *, title: str) -> None:
    """Show the map of the lab as it is now; once somebody sees it, it follows what anybody does in the engine.

    Two on it can be chosen: whether they can talk is asked, and why, and the way of a packet is drawn.

    Where nobody looks it stays as it is, and costs nothing more. Raises LabError when the lab is closed.
    """
    LiveMap(lab, title).display()
