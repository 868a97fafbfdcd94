"""Words for the learner that show as HTML in a notebook and as text everywhere else."""

from __future__ import annotations

from dataclasses import dataclass, field

from IPython.display import DisplayHandle, display

from dockernet_course.widgets import markup

__all__ = ["Note", "OutputSlot", "show"]


@dataclass(frozen=True, repr=False)
class Note:
    """A ``title`` and a ``body`` in little Markdown: paragraphs, lists, fenced code, ``code``, *emphasis*."""

    title: str
    body: str

    def __repr__(self) -> str:
        return f"{markup.plain(self.title)}\n{self.body}"

    def _repr_html_(self) -> str:
        title, body = markup.html(self.title), markup.html(self.body, blocks=True)
        return f'<div style="margin:.5em 0"><strong>{title}</strong>{body}</div>'


def show(thing: object) -> None:
    """Show something in the cell's output, or print it where there is no notebook."""
    display(thing)


@dataclass
class OutputSlot:
    """A place in the cell's output, in which one thing takes the place of the other."""

    _handle: DisplayHandle | None = field(default=None)

    def put(self, thing: object) -> None:
        """Show it here; where there is no notebook, below the one before."""
        if self._handle:
            self._handle.update(thing)
        else:
            self._handle = display(thing, display_id=True)
