"""A film as one plain value that a page can draw and step through: the strokes and the words of each step."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from dockernet_course.figures.drawing.metrics import literal
from dockernet_course.figures.drawing.painter import shapes
from dockernet_course.figures.drawing.svg import strokes
from dockernet_course.figures.film.sheet import Sheet, show_film
from dockernet_course.figures.map.picture import MapPicture, frame_maps
from dockernet_course.observe import Film, Frame

__all__ = ["FilmView", "film_view"]


@dataclass(frozen=True, repr=False)
class FilmView:
    """What a page needs of one film: the ``maps`` of its frames, all of the same size."""

    film: Film
    title: str
    maps: tuple[MapPicture, ...]

    @property
    def json(self) -> str:
        """The JSON that ``widgets/film.js`` draws: sizes, and strokes and words of each step."""
        first = self.maps[0].layout
        return json.dumps(
            {
                "title": literal(self.title),
                "width": first.width,
                "height": first.height,
                "steps": [_step(*each) for each in zip(self.film.frames, self.maps, strict=True)],
            }
        )

    def picture(self, theme: str = "light") -> Sheet:
        """Its key frames as a static figure."""
        return show_film(self.film, title=self.title, theme=theme)

    def __repr__(self) -> str:
        frames = self.film.frames
        return f"A film of {len(frames)} steps: {'; '.join(frame.title for frame in frames)}."


def film_view(film: Film, *, title: str) -> FilmView:
    """The film for a page; the title says which question it answers."""
    maps = frame_maps([frame.topology for frame in film.frames], [""] * len(film.frames))
    return FilmView(film, title, tuple(maps))


def _step(frame: Frame, drawn: MapPicture) -> dict[str, Any]:
    return {
        "title": literal(frame.title),
        "where": literal(frame.where),
        "at_ms": frame.at_us / 1000,
        "words": "\n".join(map(literal, frame.event.splitlines())),
        "alt": drawn.alt,
        "strokes": strokes(shapes(drawn.layout)),
    }
