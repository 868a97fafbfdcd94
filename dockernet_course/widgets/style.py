"""The style sheet of the widgets, in the colours of the page's theme, light or dark."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from importlib.resources import files

import ipywidgets as ipw  # type: ignore[import-untyped]

from dockernet_course.widgets.markup import escape

__all__ = ["keys", "palette", "styled"]


@cache
def _file(name: str) -> str:
    return files(__package__).joinpath(name).read_text(encoding="utf-8")


def keys(*names: str) -> str:
    """What runs these ``.js`` as one, once, in the same way: ``this`` in it is an element of a child of the widget.

    It starts with an animation (``name.css``), when the widget has come on the page. It is for what ipywidgets cannot
    do: JupyterLab takes the arrow keys for its cells, except below an element with a certain attribute; a slider's
    handle has no name for a screen reader; radio buttons have none that would make them a group to the browser, so
    that its arrow keys do nothing.
    """
    script = "".join(_file(f"{name}.js") for name in names)
    return f'<i class="dockernet-arrows" onanimationstart="{escape(script)}"></i>'


def styled(name: str, extra: str = "") -> ipw.HTML:
    """A child without size that brings ``name.css`` along."""
    return ipw.HTML(f"<style>{_file(f'{name}.css')}</style>{extra}", layout=ipw.Layout(height="0"))


def palette(colours: Mapping[str, Mapping[str, str]]) -> str:
    """The colours as custom properties; JupyterLab says on the page's body whether its theme is a light one."""
    light, dark = (
        "".join(f"--dn-{name.replace('_', '-')}:{value};" for name, value in colours[theme].items())
        for theme in ("light", "dark")
    )
    return f"<style>.dockernet-map{{{light}}}body[data-jp-theme-light=false] .dockernet-map{{{dark}}}</style>"
