"""What widgets have in common that a script draws in the page, and that are a picture where there is no kernel."""

from __future__ import annotations

from base64 import b64encode
from typing import Any

import ipywidgets as ipw  # type: ignore[import-untyped]

from dockernet_course.widgets.picture import Picture

__all__ = ["pictured", "put", "stage_and_field"]


def stage_and_field() -> tuple[ipw.Box, ipw.Textarea]:
    """Where the page draws, and the field from which it takes the data.

    No widget shows JSON to a script; a field that nobody sees does. Its placeholder tells the page to look.
    """
    stage = ipw.Box()
    stage.add_class("dockernet-stage")
    return stage, ipw.Textarea(disabled=True, layout=ipw.Layout(display="none"))


def put(field: ipw.Textarea, json: str) -> None:
    """Give the page other data; from any thread."""
    with field.hold_sync():
        field.value = json
        field.placeholder = str(int(field.placeholder.strip("\N{ZERO WIDTH SPACE}") or 0) + 1)


def pictured(data: dict[str, Any], picture: Picture) -> tuple[dict[str, Any], dict[str, Any]]:
    """What a cell's output keeps of a widget: its own data, and a picture with its words."""
    png = b64encode(picture.png()).decode()
    return {**data, "image/png": png}, {"image/png": {"width": picture.width, "alt": picture.alt}}
