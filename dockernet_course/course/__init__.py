"""The course as a whole: its notebooks, run, stored, published, and handed to a learner."""

from dockernet_course.course.chapters import notebooks
from dockernet_course.course.learner import learners_copy
from dockernet_course.course.normal import normal, store_outputs, with_stored_outputs
from dockernet_course.course.run import Result, run_chapter
from dockernet_course.course.site import write_glossary, write_index, write_page

__all__ = [
    "Result",
    "learners_copy",
    "normal",
    "notebooks",
    "run_chapter",
    "store_outputs",
    "with_stored_outputs",
    "write_glossary",
    "write_index",
    "write_page",
]
