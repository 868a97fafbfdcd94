"""The style sheet of the widgets, in the colours of the page's theme, light or dark."""

from __future__ import annotations

from functools import cache
from importlib.resources import files

import ipywidgets as ipw  # type: ignore[import-untyped]

__all__ = ["ARROWS", "styled"]

# JupyterLab takes the arrow keys for its cells, except below an element with the attribute that is set here, and
# ipywidgets has no way to set one. The animation (film.css) starts when the widget has come on the page.
ARROWS = (
    '<i class="dockernet-arrows" onanimationstart="'
    "this.closest('.dockernet-film').querySelector('.widget-slider').dataset.lmSuppressShortcuts = 'true'"
    '"></i>'
)


@cache
def _sheet(name: str) -> str:
    return files(__package__).joinpath(f"{name}.css").read_text(encoding="utf-8")


def styled(name: str, extra: str = "") -> ipw.HTML:
    """A child without size that brings ``name.css`` along."""
    return ipw.HTML(f"<style>{_sheet(name)}</style>{extra}", layout=ipw.Layout(height="0"))
