"""Writes every case of the gallery as a picture, light and dark, and a page that shows them all."""

from __future__ import annotations

import sys
from collections.abc import Callable, Container, Mapping
from functools import partial
from html import escape
from pathlib import Path

from dockernet_course.figures.drawing.palette import THEMES
from dockernet_course.figures.film.sheet import film_sheet
from dockernet_course.figures.map.picture import FigurePicture, MapPicture, show_map
from dockernet_course.figures.matrix.picture import MatrixPicture, show_matrix
from tests.gallery.cases import CASES, Case
from tests.gallery.example_film import film_frames
from tests.gallery.matrix_cases import MATRICES, MatrixCase

__all__ = ["case_map", "case_matrix", "gallery", "write_gallery"]

FILM = "What happens, step by step, during `docker run`?"
PAGE = """<!doctype html>
<html lang="en"><meta charset="utf-8"><title>Maps and matrices: the gallery</title>
<style>body{{font:16px/1.5 sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem;color:#16202c}}
figure{{margin:2rem 0}}img{{max-width:100%;height:auto;display:block;margin:.5rem 0;border:1px solid #ddd}}
figcaption{{color:#566373;font-size:.85rem}}h2{{border-top:1px solid #ddd;padding-top:1.5rem}}</style>
<h1>Maps and matrices: the gallery</h1>
{figures}
</html>
"""


def write_gallery(folder: Path, only: Container[str] | None = None) -> list[Path]:
    """Write PNGs and ``index.html`` into the folder (made if missing), ``only`` those if given; the pictures' paths."""
    folder.mkdir(parents=True, exist_ok=True)
    paths, figures = [], []
    for name, make in gallery().items():
        if only is not None and name not in only:
            continue
        pictures = {theme: make(theme) for theme in THEMES}
        for theme, picture in pictures.items():
            paths.append(folder / f"{name}-{theme}.png")
            paths[-1].write_bytes(picture.png())
        figures.append(_figure(name, pictures))
    (folder / "index.html").write_text(PAGE.format(figures="\n".join(figures)), encoding="utf-8")
    return paths


def gallery() -> dict[str, Callable[[str], FigurePicture]]:
    """How each picture is made, by its name, for a theme."""
    maps = {case.name: partial(case_map, case) for case in (make() for make in CASES)}
    matrices = {case.name: partial(case_matrix, case) for case in (make() for make in MATRICES)}
    return {**maps, "film": lambda theme: film_sheet(film_frames(), title=FILM, theme=theme), **matrices}


def case_map(case: Case, theme: str = "light") -> MapPicture:
    """The map of one case."""
    return show_map(case.topology, since=case.since, title=case.title, theme=theme)


def case_matrix(case: MatrixCase, theme: str = "light") -> MatrixPicture:
    """The picture of one matrix."""
    return show_matrix(case.matrix, case.title, case.guess, theme=theme)


def _figure(name: str, pictures: Mapping[str, FigurePicture]) -> str:
    images = "".join(
        f'<img src="{name}-{theme}.png" width="{picture.width}" alt="{escape(picture.alt)}">'
        for theme, picture in pictures.items()
    )
    words = escape(next(iter(pictures.values())).alt)
    return f"<h2>{escape(name)}</h2><figure>{images}<figcaption>{words}</figcaption></figure>"


if __name__ == "__main__":
    for picture in write_gallery(Path(sys.argv[1] if len(sys.argv) > 1 else "_gallery")):
        sys.stdout.write(f"{picture}\n")
