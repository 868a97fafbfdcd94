"""Chapters: their predictions, checks, exercises and words, and what the learner has done so far."""

from __future__ import annotations

from dockernet_course.lessons.catalogue import Chapter, chapter, chapters
from dockernet_course.lessons.cinema import watch
from dockernet_course.lessons.glossary import glossary, glossary_markdown
from dockernet_course.lessons.lesson import Lesson, begin
from dockernet_course.lessons.living import live_map
from dockernet_course.lessons.matrix import failures, what_failed
from dockernet_course.lessons.modes import compare_modes
from dockernet_course.lessons.overview import progress
from dockernet_course.lessons.own_network import your_network
from dockernet_course.lessons.refusal import refused
from dockernet_course.lessons.walks import COLOURS, show_walk

__all__ = [
    "COLOURS",
    "Chapter",
    "Lesson",
    "begin",
    "chapter",
    "chapters",
    "compare_modes",
    "failures",
    "glossary",
    "glossary_markdown",
    "live_map",
    "progress",
    "refused",
    "show_walk",
    "watch",
    "what_failed",
    "your_network",
]
