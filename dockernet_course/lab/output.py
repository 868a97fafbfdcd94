"""What a command printed, shown as a terminal shows it."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["Output"]


@dataclass(frozen=True, repr=False)
class Output:
    """A command line as a person types it, and what came back.

    ``prompt`` tells where it was typed: ``$`` (with ``docker``) or ``host$``, on the engine's host. ``text`` is what
    it printed, errors included, in the order of arrival. It is plain text for a notebook, which shows any HTML in it
    as text.
    """

    command: str
    text: str
    exit_code: int = 0
    prompt: str = "$"

    @property
    def ok(self) -> bool:
        """Whether it ended with exit code 0."""
        return self.exit_code == 0

    def show(self) -> None:
        """Print it: for a command in the middle of a cell, where only the last one is shown by itself."""
        print(repr(self))

    def __contains__(self, part: str) -> bool:
        return part in self.text

    def __str__(self) -> str:
        return self.text

    def __repr__(self) -> str:
        return f"{self.prompt} {self.command}\n{self.text}".rstrip("\n")
