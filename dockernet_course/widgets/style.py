"""The style sheet of the widgets, in the colours of the page's theme, light or dark."""

from __future__ import annotations

from functools import cache
from importlib.resources import files

import ipywidgets as ipw  # type: ignore[import-untyped]

__all__ = ["styled"]


@cache
def _sheet(name: str) -> str:
    return files(__package__).joinpath(f"{name}.css").read_text(encoding="utf-8")


def styled(name: str) -> ipw.HTML:
    """An invisible child that brings ``name.css`` along."""
    return ipw.HTML(f"<style>{_sheet(name)}</style>", layout=ipw.Layout(display="none"))
