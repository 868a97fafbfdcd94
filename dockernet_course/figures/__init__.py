"""Pictures: observation → layout in plain numbers → matplotlib figure, SVG, alternative text.

Knows nothing of notebooks: a ``MapPicture`` merely has the methods by which Jupyter asks an object for its picture.
"""

from __future__ import annotations

from dockernet_course.figures.drawing.grammar import capital, listed
from dockernet_course.figures.drawing.metrics import literal
from dockernet_course.figures.drawing.palette import colours
from dockernet_course.figures.drawing.primitives import Layout
from dockernet_course.figures.film.page_view import FilmView, film_view
from dockernet_course.figures.film.sheet import Sheet, film_sheet, show_film
from dockernet_course.figures.map.describe import alt_text
from dockernet_course.figures.map.layout import layout
from dockernet_course.figures.map.page_view import MapView, map_view
from dockernet_course.figures.map.picture import MapPicture, frame_maps, show_map
from dockernet_course.figures.map.sheet import sheet_view
from dockernet_course.figures.matrix.look import Guess, Key, key_of, misjudged, way_words
from dockernet_course.figures.matrix.picture import MatrixPicture, show_matrix
from dockernet_course.figures.walk.page_view import WalkView, walk_view
from dockernet_course.figures.walk.picture import WalkPicture, walk_picture

__all__ = [
    "FilmView",
    "Guess",
    "Key",
    "Layout",
    "MapPicture",
    "MapView",
    "MatrixPicture",
    "Sheet",
    "WalkPicture",
    "WalkView",
    "alt_text",
    "capital",
    "colours",
    "film_sheet",
    "film_view",
    "frame_maps",
    "key_of",
    "layout",
    "listed",
    "literal",
    "map_view",
    "misjudged",
    "sheet_view",
    "show_film",
    "show_map",
    "show_matrix",
    "walk_picture",
    "walk_view",
    "way_words",
]
