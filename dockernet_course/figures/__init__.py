"""Pictures: observation → layout in plain numbers → matplotlib figure, SVG, alternative text.

Knows nothing of notebooks: a ``Map`` merely has the methods by which Jupyter asks an object for its picture.
"""

from __future__ import annotations

from dockernet_course.figures.alt import alt_text
from dockernet_course.figures.film_view import FilmView, film_view
from dockernet_course.figures.layout import layout
from dockernet_course.figures.matrix import MatrixPicture, show_matrix
from dockernet_course.figures.paint import draw
from dockernet_course.figures.shapes import Layout
from dockernet_course.figures.sheet import Sheet, film_sheet, show_film
from dockernet_course.figures.show import Map, frame_maps, show_map
from dockernet_course.figures.strokes import colours
from dockernet_course.figures.trail_show import WalkPicture, walk_picture
from dockernet_course.figures.trail_view import WalkView, walk_view
from dockernet_course.figures.view import View, map_view

__all__ = [
    "FilmView",
    "Layout",
    "Map",
    "MatrixPicture",
    "Sheet",
    "View",
    "WalkPicture",
    "WalkView",
    "alt_text",
    "colours",
    "draw",
    "film_sheet",
    "film_view",
    "frame_maps",
    "layout",
    "map_view",
    "show_film",
    "show_map",
    "show_matrix",
    "walk_picture",
    "walk_view",
]
