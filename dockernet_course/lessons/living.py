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
from dockernet_course.figures import MapView, map_view, sheet_view
from dockernet_course.lab import View
from dockernet_course.lessons.talking import Talking
from dockernet_course.lessons.walks import COLOURS
from dockernet_course.observe import Topology, groups, observe, only

__all__ = ["LiveMap", "count_as_known", "live_map"]

CLOSED = "The lab is closed: this is how it was last."
REPLACED = "Another map of this title lives now: this is how it was then."


class LiveMap:
    """A map of a lab, which ``widget`` shows: the ``view`` is as it was made until somebody sees it, then it lives.

    Two places on it can be chosen, and asked whether they can talk (``talking``).

    What came after ``since``, at first the moment in which it began to live, is marked; ``mark`` moves that to now.
    Of somebody's own engine it is a sheet of maps, one for each Compose project, on which nothing is marked; ``part``
    is the project and the network that are shown alone.
    """

    def __init__(self, lab: View, title: str, part: tuple[str, str] = ("", "")) -> None:
        self.lab, self._title, self._part = lab, title, part
        self._turn = threading.Lock()  # the lab's thread looks, the kernel's marks
        self._now = self.since = self._observed()
        self._shown_first = self._now
        self._last_words = CLOSED
        self._leave: Callable[[], None] | None = None
        self._handle: DisplayHandle | None = None
        self.view = self._drawn()
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
            self.know(self._observed())
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
            seen = self._observed()
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
            marked = "" if self.lab.strange else f" Marked is what changes after {time.strftime('%H:%M:%S')}."
            self._show(f"Live.{marked}")

    def _show(self, status: str | None = None) -> None:
        self.view = self._drawn()
        self.talking.offer(self._now)  # what is on the map can be chosen
        self.widget.show(self.view, status)

    def _observed(self) -> Topology:
        return only(observe(self.lab), *self._part)

    def _drawn(self) -> MapView:
        if not self.lab.strange:
            return map_view(self._now, since=self._since(), title=self._title)
        return sheet_view(groups(self._now), title=self._title)

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


def _of(lab: View) -> list[LiveMap]:
    return [each for each in tuple(_following) if each.lab is lab]


def count_as_known(lab: View, seen: Topology) -> None:
    """On the maps that follow the lab, mark only what comes after this: it is the start of something new."""
    for each in _of(lab):
        each.know(seen)


def live_map(lab: View, *, title: str, project: str = "", network: str = "") -> None:
    """Show the map of the lab as it is now; once somebody sees it, it follows what anybody does in the engine.

    Two on it can be chosen: whether they can talk is asked, and why, and the way of a packet is drawn.

    Of a view of somebody's own engine it is a sheet of maps, one for each Compose project; or of one ``project``, or of
    who is on a ``network``.

    Where nobody looks it stays as it is, and costs nothing more. Raises LabError when the lab is closed, NotFound for
    a project or a network that is not there.
    """
    LiveMap(lab, title, (project, network)).display()
