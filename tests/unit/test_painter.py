"""One painter: what it decided, a web page and a figure both show; neither decides for itself."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from functools import partial
from typing import Any, get_args

import pytest
from matplotlib.artist import Artist
from matplotlib.colors import to_hex
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from matplotlib.text import Text

from dockernet_course.figures import colours, film_sheet
from dockernet_course.figures.drawing.mpl import artists
from dockernet_course.figures.drawing.painter import shapes
from dockernet_course.figures.drawing.shapes import Shape
from dockernet_course.figures.drawing.svg import strokes
from dockernet_course.figures.matrix.paint import matrix_shapes
from tests.gallery.cases import CASES, Case
from tests.gallery.example_film import film_frames
from tests.gallery.gallery import case_map, case_matrix
from tests.gallery.matrix_cases import MATRICES, MatrixCase
from tests.unit.test_walk_figure import CASES as WALKS
from tests.unit.test_walk_figure import picture

# One colour for each name, so that two names of the same white are told apart.
APART = {name: f"#{number:06x}" for number, name in enumerate(colours("light"), 1)}
Look = tuple[str | None, str | None, float, tuple[float, ...]]


def of_map(case: Case) -> Iterable[Shape]:
    return shapes(case_map(case).layout)


def of_matrix(case: MatrixCase) -> Iterable[Shape]:
    return matrix_shapes(case_matrix(case).layout)


def of_walk(case: str) -> Iterable[Shape]:
    return (*shapes(picture("trixie", case).map), *shapes(picture("trixie", case).steps))


def of_film() -> Iterable[Shape]:
    return (shape for layout in film_sheet(film_frames()).layouts for shape in shapes(layout))


# How the shapes of each picture of the gallery, and of each walk, are made.
PICTURES: dict[str, Callable[[], Iterable[Shape]]] = {
    **{case.name: partial(of_map, case) for case in (make() for make in CASES)},
    **{case.name: partial(of_matrix, case) for case in (make() for make in MATRICES)},
    **{f"walk: {case}": partial(of_walk, case) for case in WALKS},
    "film": of_film,
}


def decided(shape: Shape) -> Look:
    """Fill, edge, width and dash in points."""
    fill, edge = (name and APART[name] for name in (shape.fill, shape.edge))
    return fill, edge, shape.width if edge else 0.0, tuple(round(part * shape.width, 2) for part in shape.dash)


def on_page(shape: Shape) -> Look:
    ((tag, attributes, _),) = strokes([shape])
    named = {"none": None} | {f"var(--dn-{name.replace('_', '-')})": colour for name, colour in APART.items()}
    fill = named[str(attributes["fill"] if tag != "line" else "none")]  # without a word of it, all but lines are black
    edge = named[str(attributes.get("stroke", "none"))]
    dash = tuple(map(float, str(attributes.get("stroke-dasharray", "")).split()))
    return fill, edge, float(attributes.get("stroke-width", 0.0)), dash


def on_figure(shape: Shape) -> Iterator[tuple[Look, float]]:
    """How each artist of the shape looks, and its depth."""
    for artist in artists(shape, APART, 0.0, 0.0):
        fill, edge, width, dash = looks(artist)
        edge = hexed(edge)
        yield (hexed(fill), edge, width if edge else 0.0, dash), artist.get_zorder()


def looks(artist: Artist) -> tuple[Any, Any, float, tuple[float, ...]]:
    match artist:
        case Text():
            return artist.get_color(), "none", 0.0, ()
        case Line2D() if artist.get_marker() != "None":
            return artist.get_markerfacecolor(), artist.get_markeredgecolor(), artist.get_markeredgewidth(), ()
        case Line2D():
            return "none", artist.get_color(), artist.get_linewidth(), dashes(artist)
        case Patch():
            return artist.get_facecolor(), artist.get_edgecolor(), artist.get_linewidth(), dashes(artist)
    raise AssertionError(artist)


def dashes(artist: Any) -> tuple[float, ...]:
    """As they are drawn, in points; matplotlib has no other way to ask."""
    return tuple(round(part, 2) for part in artist._dash_pattern[1] or ())


def hexed(colour: Any) -> str | None:
    return None if colour == "none" or (not isinstance(colour, str) and colour[3] == 0) else to_hex(colour)


@pytest.mark.parametrize("name", PICTURES)
def test_page_and_figure_show_what_the_painter_decided(name: str) -> None:
    for shape in PICTURES[name]():
        assert on_page(shape) == decided(shape)
        assert {*on_figure(shape)} == {(decided(shape), shape.depth)}


def test_each_kind_of_shape_is_in_the_pictures() -> None:
    found = {type(shape) for name in ("internal-network", "walk: outside") for shape in PICTURES[name]()}
    assert found == {*get_args(Shape)}
