"""The course as a whole: its notebooks, run, stored, published, and handed to a learner."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

from dockernet_course.course.chapters import handed_out, notebooks, pages
from dockernet_course.course.learner import learners_copy
from dockernet_course.course.normal import normal, store_outputs, with_stored_outputs

if TYPE_CHECKING:
    from dockernet_course.course.run import Result, run_chapter, write_results
    from dockernet_course.course.settings import QUIET, write_settings
    from dockernet_course.course.site import write_glossary, write_index, write_page, write_view

__all__ = [
    "QUIET",
    "Result",
    "handed_out",
    "learners_copy",
    "normal",
    "notebooks",
    "pages",
    "run_chapter",
    "store_outputs",
    "with_stored_outputs",
    "write_glossary",
    "write_index",
    "write_page",
    "write_results",
    "write_settings",
    "write_view",
]

_LATER = {
    "settings": ("QUIET", "write_settings"),
    "run": ("Result", "run_chapter", "write_results"),
    "site": ("write_glossary", "write_index", "write_page", "write_view"),
}
_HOME = {name: module for module, names in _LATER.items() for name in names}


def __getattr__(name: str) -> object:
    """What brings matplotlib, on first use: a server that hands out the notebooks has no need of it."""
    if name in _HOME:
        return getattr(import_module(f"{__name__}.{_HOME[name]}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
