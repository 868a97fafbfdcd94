"""What a learner clicks or reads: thin skins that show plain values and call the functions they are given."""

from __future__ import annotations

from dockernet_course.widgets import markup
from dockernet_course.widgets.drawn import Film, View, Walk
from dockernet_course.widgets.grid import Grid
from dockernet_course.widgets.map import Map
from dockernet_course.widgets.picture import Picture
from dockernet_course.widgets.prediction import Prediction
from dockernet_course.widgets.question import GridQuestion, Option, Question
from dockernet_course.widgets.table import Table
from dockernet_course.widgets.talk import Talk

__all__ = [
    "Film",
    "Grid",
    "GridQuestion",
    "Map",
    "Option",
    "Picture",
    "Prediction",
    "Question",
    "Table",
    "Talk",
    "View",
    "Walk",
    "markup",
]
