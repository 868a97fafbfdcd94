"""Who reaches whom, as a picture with words: ``show_matrix``."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from dockernet_course.experiments import Matrix
from dockernet_course.figures.drawing.metrics import literal, text_width
from dockernet_course.figures.drawing.painter import title_labels
from dockernet_course.figures.drawing.style import TITLE, TITLE_LINE, TITLE_TOP, title_lines
from dockernet_course.figures.map.picture import FigurePicture
from dockernet_course.figures.matrix.describe import matrix_alt, matrix_text
from dockernet_course.figures.matrix.layout import MatrixLayout, matrix_layout
from dockernet_course.figures.matrix.look import Guess
from dockernet_course.figures.matrix.paint import matrix_shapes

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["MatrixPicture", "show_matrix"]


@dataclass(frozen=True, repr=False)
class MatrixPicture(FigurePicture):
    """One matrix: ``layout`` has the numbers, ``alt`` the words, ``text`` the same as a table, which is its repr."""

    layout: MatrixLayout = field(repr=False)
    alt: str
    text: str
    title: str = ""
    theme: str = "light"

    def _figure(self) -> Figure:
        from dockernet_course.figures.drawing.mpl import render

        lines = title_lines(self.title, self.layout.width, TITLE)
        head = TITLE_TOP + TITLE_LINE * len(lines) + 8 if lines else 6.0
        placed = [(title_labels(lines), 0.0, 0.0), (matrix_shapes(self.layout), 0.0, head)]
        return render(placed, (self.layout.width, self.layout.height + head), self.theme)

    def __repr__(self) -> str:
        return self.text

    def _repr_mimebundle_(self, **options: object) -> tuple[dict[str, str], dict[str, Any]]:
        data, metadata = super()._repr_mimebundle_(**options)
        return {**data, "text/plain": self.text}, metadata


def show_matrix(
    matrix: Matrix, title: str = "Who reaches whom?", guess: Guess | None = None, *, theme: str = "light"
) -> MatrixPicture:
    """The matrix of a measurement: rows ask, columns are asked, a grid for each way. The title is a question.

    ``guess`` is what was said beforehand; where it came differently, the answer is marked.
    """
    wish = text_width(literal(title), TITLE, "bold")
    words, text = matrix_alt(matrix, title, guess), matrix_text(matrix, title, guess)
    return MatrixPicture(matrix_layout(matrix, guess, title_width=wish), words, text, title, theme)
