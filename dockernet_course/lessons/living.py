"""The map that lives: what anybody makes or removes in the engine appears on it, marked."""

from __future__ import annotations

import contextlib
import threading
import time

from IPython.display import DisplayHandle, display

from dockernet_course import widgets
from dockernet_course.errors import DockernetError
from dockernet_course.figures import map_view
from dockernet_course.lab import Lab
from dockernet_course.lessons.talking import Talking
from dockernet_course.lessons.walks import COLOURS
from dockernet_course.observe import Topology, observe

__all__ = ["LiveMap", "live_map"]

CLOSED = "The lab is closed: this is how it was last."


class LiveMap:
    """A map that follows a lab: ``widget`` shows its ``view``; ``look`` is called by the lab when something happened.

    Two places on it can be chosen, and asked whether they can talk (``talking``).

    What came after ``since``, at first the moment of its making, is marked; ``mark`` moves that to now.
    """

    def __init__(self, lab: Lab, title: str) -> None:
        self._lab, self._title = lab, title
        self._turn = threading.Lock()  # the lab's thread looks, the kernel's marks
        self._now = self.since = observe(lab)
        self._shown_first = self._now
        self._handle: DisplayHandle | None = None
        self.view = map_view(self._now, title=title)
        self.talking = Talking(lab)
        self.talking.offer(self._now)
        self.widget = widgets.Map(self.view, COLOURS, self.mark, _said(), [self.talking.widget])

    def follow(self) -> None:
        """Look when something happens, from now on, until the lab closes. Raises LabError when it is closed."""
        self._lab.watch(self.look, self.end)

    def display(self) -> None:
        """Show it in the cell's output; what is stored there is its last state, in the end."""
        self._handle = display(self.widget, display_id=True)

    def look(self) -> None:
        """Observe once, and show what is there if it is something else."""
        try:
            seen = observe(self._lab)
        except DockernetError as error:  # told where the map is: nobody waits for this thread
            self.widget.status.value = f"This may be out of date. {error.what}"
            return
        with self._turn:
            if seen != self._now:
                self._now = seen
                self._show()

    def mark(self) -> None:
        """What is there now counts as known."""
        with self._turn:
            self.since = self._now
            self._show(_said())

    def _show(self, status: str | None = None) -> None:
        self.view = map_view(self._now, since=self._since(), title=self._title)
        self.talking.offer(self._now)  # what is on the map can be chosen
        self.widget.show(self.view, status)

    def _since(self) -> Topology | None:
        """Nothing can be new, gone or changed where both are the same."""
        return None if self.since is self._now else self.since

    def end(self) -> None:
        """The lab has closed: the last state stays, also in the notebook's file."""
        self.widget.end(CLOSED)
        self.talking.widget.end()
        if self._handle and self._now is not self._shown_first:
            with contextlib.suppress(OSError):  # the kernel itself is ending
                self._handle.update(self.widget)


def _said() -> str:
    return f"Live. Marked is what changes after {time.strftime('%H:%M:%S')}."


def live_map(lab: Lab, *, title: str) -> None:
    """Show the map of the lab as it is now; it follows what anybody does in the engine until the lab closes.

    Two on it can be chosen: whether they can talk is asked, and why, and the way of a packet is drawn.

    Returns at once, also where nobody looks. Raises LabError when the lab is closed.
    """
    living = LiveMap(lab, title)
    living.follow()
    living.display()
