"""What a widget shows of a figure, whatever has drawn it."""

from __future__ import annotations

from typing import Protocol

__all__ = ["Picture"]


class Picture(Protocol):
    """What is shown of a step. ``png`` may take its time; ``width`` is in CSS pixels."""

    @property
    def alt(self) -> str:
        """The picture in words."""

    @property
    def width(self) -> int:
        """How wide it is shown."""

    def png(self) -> bytes:
        """The picture."""
