"""Maps: what a picture must never do, over every case of the gallery."""

from __future__ import annotations

import base64
import html
import json
import random
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import cache
from itertools import combinations
from pathlib import Path
from typing import TypeVar

import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.transforms import Bbox

from dockernet_course.figures import Layout, MapPicture, Sheet, film_sheet, layout, show_map
from dockernet_course.figures.drawing.metrics import literal, shorten, text_width, wrap
from dockernet_course.figures.drawing.mpl import draw
from dockernet_course.figures.drawing.palette import SHAPES, THEMES
from dockernet_course.figures.drawing.primitives import Box
from dockernet_course.figures.map.layout import MAX_WIDTH
from dockernet_course.observe.model import Topology
from tests.gallery.cases import CASES, Case
from tests.gallery.example_film import film_frames
from tests.gallery.gallery import case_map, gallery, write_gallery
from tests.gallery.matrix_cases import MATRICES

T = TypeVar("T")
CASE_NAMES = [make().name for make in CASES]
SLACK = 0.6  # points: hinting moves the edge of a glyph by less than a pixel


@cache
def case(name: str) -> Case:
    return next(found for found in (make() for make in CASES) if found.name == name)


@cache
def drawn(name: str) -> MapPicture:
    return case_map(case(name))


def plain(name: str) -> Layout:
    return drawn(name).layout


def boxes(found: Layout, *kinds: str) -> list[Box]:
    return [box for box in found.boxes if box.kind in kinds]


def overlap(a: Box, b: Box) -> bool:
    return a.x < b.x + b.w and b.x < a.x + a.w and a.y < b.y + b.h and b.y < a.y + a.h


def extents(figure: Figure) -> list[tuple[str, Bbox]]:
    """The rectangle of every text on the drawn figure, in points."""
    canvas = FigureCanvasAgg(figure)
    canvas.draw()  # type: ignore[no-untyped-call]
    renderer = canvas.get_renderer()  # type: ignore[no-untyped-call]
    scale = 72 / figure.dpi
    found = []
    for text in figure.axes[0].texts:
        if text.get_text().strip():
            x0, y0, x1, y1 = (scale * edge for edge in text.get_window_extent(renderer).extents)
            found.append((text.get_text(), Bbox([[x0 + SLACK, y0 + SLACK], [x1 - SLACK, y1 - SLACK]])))
    return found


def collisions(figure: Figure) -> list[tuple[str, str]]:
    return [(a, b) for (a, first), (b, other) in combinations(extents(figure), 2) if first.overlaps(other)]


@pytest.mark.parametrize("name", CASE_NAMES)
def test_no_two_labels_overlap_on_the_drawn_figure(name: str) -> None:
    assert collisions(drawn(name).figure) == []


@pytest.mark.parametrize("name", CASE_NAMES)
def test_every_label_is_inside_the_figure(name: str) -> None:
    figure = drawn(name).figure
    wide, tall = figure.get_size_inches() * 72
    for text, box in extents(figure):
        assert box.x0 >= 0 and box.y0 >= 0 and box.x1 <= wide and box.y1 <= tall, text


@pytest.mark.parametrize("name", CASE_NAMES)
def test_texts_are_as_wide_as_they_were_measured(name: str) -> None:
    found = {text: box.width for text, box in extents(drawn(name).figure)}
    for text in plain(name).texts:
        assert found[text.text] <= text.width * 1.03 + 1


@pytest.mark.parametrize("name", CASE_NAMES)
def test_boxes_bars_and_tags_keep_apart(name: str) -> None:
    found = plain(name)
    for kinds in (("namespace", "stopped"), ("bar", "idle-bar", "end"), ("container",), ("port", "uplink")):
        for a, b in combinations(boxes(found, *kinds), 2):
            assert not overlap(a, b), (a.key, b.key)


@pytest.mark.parametrize("name", CASE_NAMES)
def test_no_label_runs_out_of_its_box(name: str) -> None:
    """Each text's start and end lie in the same boxes."""
    found = plain(name)
    rectangles = boxes(found, "namespace", "stopped", "container", "bar", "idle-bar", "end", "port", "uplink")
    for text in found.texts:
        for box in rectangles:
            inside = [box.x <= x <= box.x + box.w for x in (text.left, text.left + text.width)]
            if box.y < text.y < box.y + box.h:
                assert inside[0] == inside[1], (text.text, box.key)


@pytest.mark.parametrize("name", CASE_NAMES)
def test_badges_cover_no_label(name: str) -> None:
    found = plain(name)
    for badge in found.badges:
        for text in found.texts:
            beside = text.left > badge.x + 5.2 or text.left + text.width < badge.x - 5.2
            assert beside or not badge.y - 4 < text.y - 0.3 * text.size < badge.y + 4, (badge, text.text)


@pytest.mark.parametrize("name", CASE_NAMES)
def test_a_wire_runs_through_nothing_but_bars(name: str) -> None:
    found = plain(name)
    obstacles = boxes(found, "namespace", "stopped", "end", "container", "port", "uplink")
    for wire in found.wires:
        for box in obstacles:
            across = box.x < wire.x < box.x + box.w and wire.y1 < box.y + box.h and box.y < wire.y2
            assert not across or box.y + box.h - wire.y1 <= 7 or wire.y2 - box.y <= 7, (wire.key, box.key)


@pytest.mark.parametrize("name", CASE_NAMES)
def test_up_to_ten_containers_no_text_is_below_eight_points(name: str) -> None:
    found = plain(name)
    assert found.width <= MAX_WIDTH
    if len(case(name).topology.containers) <= 10:
        assert min(text.size for text in found.texts) >= 8


def shuffled(seen: Topology, seed: int) -> Topology:
    """The same facts in another order, interfaces aside: these are the kernel's."""
    mix = random.Random(seed)  # noqa: S311 — nothing secret

    def order(items: tuple[T, ...]) -> tuple[T, ...]:
        return tuple(mix.sample(items, len(items)))

    return replace(
        seen,
        namespaces=order(seen.namespaces),
        containers=order(seen.containers),
        networks=order(seen.networks),
        bridges=order(seen.bridges),
        wires=order(seen.wires),
    )


@pytest.mark.parametrize("name", CASE_NAMES)
def test_the_same_facts_give_the_same_map(name: str) -> None:
    one = case(name)
    mixed = show_map(shuffled(one.topology, 7), since=one.since and shuffled(one.since, 8), title=one.title)
    assert mixed.layout == plain(name)
    assert mixed.alt == drawn(name).alt


@pytest.mark.parametrize("name", ["after-changes", "hostile-names"])
def test_the_same_map_gives_the_same_bytes(name: str) -> None:
    again = case_map(case(name))
    assert again.png() == drawn(name).png()
    assert again.svg() == drawn(name).svg()


def test_threads_draw_the_same() -> None:
    with ThreadPoolExecutor(4) as pool:
        pictures = list(pool.map(lambda _: case_map(case("two-bridges")).png(), range(4)))
    assert set(pictures) == {drawn("two-bridges").png()}


def test_no_pyplot_and_no_notebook() -> None:
    code = """import sys, json
from tests.gallery.gallery import case_map
from tests.gallery.cases import CASES
case_map(CASES[1]()).png()
print(json.dumps([m for m in ('matplotlib.pyplot', 'IPython', 'ipywidgets') if m in sys.modules]))"""
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    assert json.loads(done.stdout) == []


def test_hostile_names_are_only_text() -> None:
    texts = [text for text, _ in extents(drawn("hostile-names").figure)]
    assert {"<script>", "$x^2$", "<b>&amp;</b>", r"$\frac{1}{2}$", r"a\u202eb\x0ac"} <= set(texts)
    assert "<script" not in drawn("hostile-names").svg()
    assert "\u202e" not in drawn("hostile-names").alt


def test_long_names_are_shortened_in_the_middle_and_whole_in_words() -> None:
    shown = [text for text in plain("long-names").texts if "…" in text.text]
    assert {text.full for text in shown} >= {
        "the-quite-important-frontend-of-the-customer-portal-v2",
        "a-network-whose-name-somebody-made-far-too-long-for-any-picture",
    }
    for text in shown:
        assert text.text.startswith(text.full[:3]) and text.text.endswith(text.full[-3:])
        assert text.full in drawn("long-names").alt


def test_notebooks_get_a_crisp_picture_with_words() -> None:
    one = drawn("one-container")
    data, metadata = one._repr_mimebundle_()
    picture = base64.b64decode(data["image/png"])
    wide = int.from_bytes(picture[16:20], "big")
    assert picture.startswith(b"\x89PNG")
    assert metadata["image/png"] == {"width": one.width, "alt": one.alt}
    assert abs(wide - 2 * one.width) <= 2
    assert data["text/plain"] == one.alt == repr(one)
    assert f'src="data:image/png;base64,{data["image/png"]}"' in data["text/html"]
    assert f'alt="{html.escape(one.alt)}"' in data["text/html"] and "&quot;" in data["text/html"]


@pytest.mark.parametrize("theme", sorted(THEMES))
def test_text_has_contrast(theme: str) -> None:
    """WCAG 2: 4.5 to 1 for text, on whatever it stands."""
    colours = THEMES[theme]
    grounds = (colours.paper, colours.host, colours.box, colours.chip)
    pairs = [(tone, ground) for tone in (colours.ink, colours.muted) for ground in grounds]
    pairs += [(colours.on_bar, net) for net in colours.nets]
    pairs += [(colours.on_mark, mark) for mark in (colours.new, colours.gone, colours.changed)]
    assert [(a, b) for a, b in pairs if contrast(a, b) < 4.5] == []


def contrast(one: str, other: str) -> float:
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def luminance(colour: str) -> float:
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
    return sum(weight * part for weight, part in zip((0.2126, 0.7152, 0.0722), linear, strict=True))


def test_every_network_has_a_shape_besides_its_colour() -> None:
    assert len(set(SHAPES)) == len(SHAPES) == len(THEMES["light"].nets) == len(THEMES["dark"].nets)


def test_dark_and_light_differ_in_colours_only() -> None:
    one = case("after-run")
    light, dark = (show_map(one.topology, since=one.since, title=one.title, theme=theme) for theme in THEMES)
    assert light.layout == dark.layout
    assert light.png() != dark.png()


def words() -> Iterator[tuple[str, float]]:
    yield from (("eth0@if22", 80.0), ("a-very-long-name-indeed", 60.0), ("x", 3.0), ("wide", 0.0))


@pytest.mark.parametrize(("text", "room"), list(words()))
def test_shortened_text_fits(text: str, room: float) -> None:
    short = shorten(text, room, 8, "mono")
    assert short == "…" or text_width(short, 8, "mono") <= room


def test_wrapped_lines_are_about_equally_long() -> None:
    lines = wrap("What is gone after removing one container and stopping the other one of the two", 300, 13, "bold")
    widths = [text_width(line, 13, "bold") for line in lines]
    assert len(lines) > 1 and max(widths) <= 300 and min(widths) > 0.6 * max(widths)


def test_nothing_invisible_stays() -> None:
    assert literal("a\u202eb\x00\u2028") == r"a\u202eb\x00\u2028"
    assert literal("grün 緑 שלום") == "grün 緑 שלום"


def test_the_gallery_has_every_case(tmp_path: Path) -> None:
    """Their names are enough; three of them are drawn, of each kind one."""
    assert len(gallery()) == len(CASES) + 1 + len(MATRICES)
    some = ("hostile-names", "film", MATRICES[0]().name)
    pictures = write_gallery(tmp_path / "gallery", only=some)
    page = (tmp_path / "gallery/index.html").read_text()
    written = {path.name for path in (tmp_path / "gallery").glob("*.png")}
    assert {path.name for path in pictures} == written == {f"{name}-{theme}.png" for name in some for theme in THEMES}
    assert all(name in page for name in written)
    assert "<script>" not in page


def test_a_sheet_of_frames_has_no_overlaps() -> None:
    sheet = film_sheet(film_frames(), title="What happens, step by step, during `docker run`?")
    assert isinstance(sheet, Sheet)
    assert collisions(sheet.figure) == []
    assert len({(one.width, one.height) for one in sheet.layouts}) == 1


def test_layout_alone_can_be_drawn() -> None:
    found = layout(case("one-container").topology)
    figure = draw(found, title="")
    assert figure.get_figwidth() * 72 == pytest.approx(found.width)
