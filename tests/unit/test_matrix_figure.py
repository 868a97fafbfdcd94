"""The matrix as a picture: what it must never do, over every case of the gallery; and what it says in words."""

from __future__ import annotations

import base64
import math
from functools import cache
from itertools import combinations

import pytest

from dockernet_course import show_matrix
from dockernet_course.experiments import WAYS, Matrix, Verdict
from dockernet_course.figures import MatrixPicture, colours
from dockernet_course.figures.drawing.palette import THEMES
from dockernet_course.figures.drawing.primitives import Text
from dockernet_course.figures.matrix.layout import ANGLE, MAX_WIDTH
from dockernet_course.figures.matrix.look import LOOKS, NO_WAY, key_of, look_of, misjudged, way_words
from dockernet_course.figures.matrix.paint import tone_colour
from tests.gallery.gallery import case_matrix
from tests.gallery.matrix_cases import MATRICES, MatrixCase, matrix_of, networks_matrix
from tests.unit.test_figures import contrast, extents

NAMES = [make().name for make in MATRICES]
THREE = {"web": "front", "api": "front back", "db": "back"}
every_case = pytest.mark.parametrize("name", NAMES)


@cache
def case(name: str) -> MatrixCase:
    return next(found for found in (make() for make in MATRICES) if found.name == name)


@cache
def drawn(name: str) -> MatrixPicture:
    return case_matrix(case(name))


def across(one: Text, other: Text) -> float:
    """How far apart the baselines of two rising texts are."""
    turn = math.radians(ANGLE)
    return abs((one.x - other.x) * math.sin(turn) + (one.y - other.y) * math.cos(turn))


@every_case
def test_each_answer_has_a_tile_with_its_sign(name: str) -> None:
    tiles, matrix = drawn(name).layout.tiles, case(name).matrix
    assert len(tiles) == len(matrix.cells) == len(matrix.sources) * len(matrix.targets) * len(matrix.ways)
    by_way = [cell for way in matrix.ways for cell in matrix if cell.way == way]
    assert [tile.look for tile in tiles] == [look_of(cell) for cell in by_way]
    for one, other in combinations(tiles, 2):
        apart = one.x + one.w <= other.x or other.x + other.w <= one.x or one.y + one.h <= other.y
        assert apart or other.y + other.h <= one.y


@every_case
def test_the_same_row_is_the_same_source_in_every_way(name: str) -> None:
    tiles, matrix = drawn(name).layout.tiles, case(name).matrix
    by_way = [cell for way in matrix.ways for cell in matrix if cell.way == way]
    rows: dict[float, set[str]] = {}
    for tile, cell in zip(tiles, by_way, strict=True):
        rows.setdefault(tile.y, set()).add(cell.source)
    assert all(len(sources) == 1 for sources in rows.values())


@every_case
def test_no_label_overlaps_another_or_leaves_the_picture(name: str) -> None:
    shown = drawn(name)
    rising = {text.text for text in shown.layout.rising}
    found = [(text, box) for text, box in extents(shown.figure) if text not in rising]
    assert [(a, b) for (a, first), (b, other) in combinations(found, 2) if first.overlaps(other)] == []
    wide, tall = shown.figure.get_size_inches() * 72
    for text, box in extents(shown.figure):
        assert box.x0 >= 0 and box.y0 >= 0 and box.x1 <= wide and box.y1 <= tall, text


@every_case
def test_rising_names_keep_apart(name: str) -> None:
    for one, other in combinations(drawn(name).layout.rising, 2):
        assert across(one, other) >= 0.9 * one.size, (one.text, other.text)


@every_case
def test_words_stay_in_their_tile_and_are_readable(name: str) -> None:
    shown = drawn(name)
    assert shown.layout.width <= MAX_WIDTH
    assert min(float(text.get_fontsize()) for text in shown.figure.axes[0].texts) >= 8
    assert min(tile.w for tile in shown.layout.tiles) >= 12
    for text in shown.layout.texts:
        assert text.left >= 0 and text.left + text.width <= shown.layout.width


@pytest.mark.parametrize(("count", "ways"), [(1, 1), (1, 4), (20, 1), (20, 4)])
def test_any_size_fits_a_page(count: int, ways: int) -> None:
    networks = {f"web-{n}": "front" for n in range(count)}
    shown = show_matrix(networks_matrix(networks, WAYS[:ways]))
    wide, tall = shown.figure.get_size_inches() * 72
    for text, box in extents(shown.figure):
        assert box.x0 >= 0 and box.y0 >= 0 and box.x1 <= wide and box.y1 <= tall, text
    assert shown.layout.width <= MAX_WIDTH


def test_a_matrix_of_nothing_is_drawn() -> None:
    shown = show_matrix(Matrix((), (), (), ()), "Who is there?")
    assert shown.png().startswith(b"\x89PNG")
    assert shown.alt == "Who is there? 0 sources, 0 targets, asked nothing."


def test_each_kind_of_answer_has_a_sign_of_its_own() -> None:
    assert set(LOOKS) == set(Verdict)
    looks = [*LOOKS.values(), NO_WAY]
    assert len({look.sign for look in looks}) == len({look.meaning for look in looks}) == len(looks)


@pytest.mark.parametrize("theme", sorted(THEMES))
def test_signs_and_words_have_contrast(theme: str) -> None:
    palette = colours(theme)
    tones = {look.tone for look in (*LOOKS.values(), NO_WAY)}
    for tone in tones - {"reached"}:
        assert contrast(palette[tone_colour(tone)], palette["paper"]) >= 4.5
    assert contrast(palette["on_mark"], palette[tone_colour("reached")]) >= 4.5


def test_what_was_said_otherwise_is_marked() -> None:
    matrix = networks_matrix({"web": "bridge", "db": "bridge"}, WAYS[:2])
    guess = {("web", "db", "name"): True, ("web", "db", "address"): True, ("db", "web", "name"): False}
    shown = show_matrix(matrix, "What came otherwise?", guess)
    assert [tile.wrong for tile in shown.layout.tiles] == [False, True, False, False, False, False, False, False]
    assert "∅≠ name not found" in repr(shown) and "≠ you had said otherwise" in repr(shown)
    assert shown.alt.endswith("Marked, because you had said otherwise: by name web to db.")
    assert "said otherwise" not in repr(show_matrix(matrix))


def test_nothing_said_of_a_way_that_is_not_there_counts() -> None:
    matrix = networks_matrix({"web": "bridge"}, WAYS[:1])
    (cell,) = matrix
    assert not misjudged(cell, {key_of(cell): True})
    assert not misjudged(cell, {key_of(cell): False})


def test_the_table_says_the_same() -> None:
    shown = show_matrix(networks_matrix(THREE, WAYS[:2]), "Who reaches whom?")
    assert repr(shown).splitlines() == [
        "Who reaches whom?",
        "by name     web               api  db",
        "web         ·                 ✓    ∅ name not found",
        "api         ✓                 ·    ✓",
        "db          ∅ name not found  ✓    ·",
        "by address  web               api  db",
        "web         ·                 ✓    ⋯ timeout",
        "api         ✓                 ·    ✓",
        "db          ⋯ timeout         ✓    ·",
        "✓ reached   ∅ name not found   ⋯ timeout: silence   · nothing to ask",
    ]
    assert max(map(len, repr(drawn("matrix-10")).splitlines()[:-1])) < 100


def test_the_words_are_enough_to_draw_it() -> None:
    assert drawn("matrix-3").alt == (
        "Two networks, and `api` in both: who reaches whom? "
        "3 sources, 3 targets, asked by name, by address and at port 80. "
        "By name: web reaches api; api reaches web and db; db reaches api; the other 2 pairs: name not found. "
        "By address: web reaches api; api reaches web and db; db reaches api; the other 2 pairs: timeout. "
        "At port 80: web reaches api; api reaches web, does not reach db (refused); db reaches api; "
        "the other 2 pairs: timeout."
    )


def test_what_is_the_same_in_every_cell_is_said_once() -> None:
    all_of_them = show_matrix(networks_matrix(dict.fromkeys(("web", "db", "api"), "front"), WAYS), "Who?")
    assert "By name: all 6 pairs reached. By address: the same as by name." in all_of_them.alt
    assert "By its published port: there is no such way." in all_of_them.alt
    nobody = show_matrix(networks_matrix(dict.fromkeys(("web", "db", "api"), "none"), WAYS[:2]), "Who?")
    assert nobody.alt.endswith("By name: all 6 pairs: name not found. By address: all 6 pairs: no route.")


def test_a_single_failure_is_named() -> None:
    verdicts = {"db": Verdict.REFUSED}
    matrix = matrix_of(["web"], ["db", "api"], ["port"], lambda _source, t, _way: verdicts.get(t, Verdict.OK))
    assert "web reaches api, does not reach db (refused)." in show_matrix(matrix).alt


def test_the_port_is_named_where_it_is_one_for_all() -> None:
    assert way_words("port", networks_matrix(THREE, WAYS)) == "at port 80"
    assert way_words("port") == "at the service's port"


def test_hostile_names_are_only_text() -> None:
    shown = drawn("matrix-hostile")
    texts = {text.get_text() for text in shown.figure.axes[0].texts}
    assert {"<script>", "$x^2$", r"a\u202eb\x0ac"} <= texts
    for words in (shown.alt, repr(shown), shown.svg()):
        assert "\u202e" not in words
    assert "<script" not in shown.svg()
    assert "the-quite-important-frontend-of-the-customer-portal-v2" in shown.alt


def test_notebooks_get_a_picture_its_words_and_the_table() -> None:
    shown = drawn("matrix-3")
    data, metadata = shown._repr_mimebundle_()
    assert base64.b64decode(data["image/png"]).startswith(b"\x89PNG")
    assert data["text/plain"] == repr(shown)
    assert metadata["image/png"] == {"width": shown.width, "alt": shown.alt}


def test_the_same_matrix_gives_the_same_bytes_and_dark_differs_in_colours_only() -> None:
    again = case_matrix(case("matrix-guess"))
    assert again.png() == drawn("matrix-guess").png()
    dark = case_matrix(case("matrix-guess"), "dark")
    assert dark.layout == again.layout
    assert dark.png() != again.png()
