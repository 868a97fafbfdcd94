"""What a learner clicks or reads: thin skins that show plain values and call the functions they are given."""

from __future__ import annotations

from dockernet_course.widgets import markup
from dockernet_course.widgets.drawn import FilmWidget, PageView, WalkWidget
from dockernet_course.widgets.grid import Grid
from dockernet_course.widgets.map import MapWidget
from dockernet_course.widgets.picture import Picture
from dockernet_course.widgets.prediction import Prediction
from dockernet_course.widgets.question import ChoiceQuestion, GridQuestion, Option
from dockernet_course.widgets.table import Table
from dockernet_course.widgets.talk import Talk

__all__ = [
    "ChoiceQuestion",
    "FilmWidget",
    "Grid",
    "GridQuestion",
    "MapWidget",
    "Option",
    "PageView",
    "Picture",
    "Prediction",
    "Table",
    "Talk",
    "WalkWidget",
    "markup",
]
