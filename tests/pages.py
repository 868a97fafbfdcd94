"""What a page of a notebook tells a widget of ours."""

from __future__ import annotations

from dockernet_course.widgets.widget import Widget


def tell(widget: Widget, do: str, **values: object) -> None:
    """What the widget's module in the page sends, as it arrives in the kernel."""
    widget._handle_custom_msg({"do": do, **values}, [])
