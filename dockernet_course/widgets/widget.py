"""What all widgets are: an ES module in the page (anywidget), state in traits, messages about what is done there."""

from __future__ import annotations

from collections.abc import Sequence
from importlib.resources import files
from typing import Any

from anywidget import AnyWidget

__all__ = ["Widget", "bundle"]


def bundle(*names: str) -> str:
    """These files of this package as one text: a module has no neighbours that it could import in the page."""
    return "\n".join(files(__package__).joinpath(name).read_text("utf-8") for name in names)


class Widget(AnyWidget):
    """``act`` is told what somebody does in the page: a word, and its values."""

    def __init__(self, **state: Any) -> None:
        super().__init__(**state)
        self.on_msg(self._told)

    def _told(self, _: object, message: dict[str, Any], __: Sequence[memoryview]) -> None:
        self.act(**message)

    def act(self, do: str, **_: Any) -> None:
        """Do what somebody has asked for in the page."""
