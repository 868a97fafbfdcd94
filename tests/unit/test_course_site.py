"""Pages that need neither a kernel nor the internet."""

from __future__ import annotations

import base64
import json
import re
from pathlib import Path

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

from dockernet_course.course import Result, write_glossary, write_index, write_page
from dockernet_course.course.normal import WIDGET
from dockernet_course.lessons.glossary import glossary
from dockernet_course.widgets import FilmWidget

PIXEL = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg=="


class Picture:
    alt, width = "One <container>", 90

    def png(self) -> bytes:
        return base64.b64decode(PIXEL)


class View:
    json = '{"title": "</script><script>alert(1)</script>", "steps": []}'

    def picture(self) -> Picture:
        return Picture()


@pytest.fixture
def page(tmp_path: Path) -> str:
    """The page of a chapter with a picture, a widget, a hostile output and links."""
    outputs = [
        new_output(
            "display_data",
            {"image/png": PIXEL, "text/plain": "in words"},
            metadata={"image/png": {"alt": "One container.", "width": 90}},
        ),
        new_output("display_data", {WIDGET: {"model_id": "8f0c"}, "text/html": "<p>a question</p>", "text/plain": "?"}),
        new_output("stream", text="<script>alert(1)</script>"),
    ]
    links = "[next](01-default-networks.ipynb), [bridge](glossary.md#bridge), $x$ and <script src='evil.js'></script>"
    path = tmp_path / "00-start-here.ipynb"
    nbformat.write(new_notebook(cells=[new_markdown_cell(links), new_code_cell("see()", outputs=outputs)]), path)
    return write_page(path).read_text("utf-8")


def loaded(page: str) -> set[str]:
    """What a browser would fetch to show the page."""
    tags, attributes = "img|script|link|iframe|source|embed|object", "src|href|data"
    found = re.findall(rf"""<(?:{tags})\b[^>]*?(?:{attributes})=["']([^"']+)""", page)
    found += re.findall(r"""(?:url\(|@import )["']?(?!data:|#)([^"')]+)""", page)
    return {str(what) for what in found if not str(what).startswith("data:")}


def test_nothing_is_fetched_and_nothing_is_run(page: str) -> None:
    assert loaded(page) == set()
    assert "<script" not in page and "cdn" not in page.lower()


def test_a_widget_with_its_state_is_drawn_by_its_own_module_in_the_place_of_its_picture(tmp_path: Path) -> None:
    film = FilmWidget(View(), {"light": {}, "dark": {}})
    data, metadata = film._repr_mimebundle_()
    outputs = [new_output("display_data", data, metadata=metadata) for _ in range(2)]
    state = {film.model_id: {"model_name": "AnyModel", "state": film.get_state()}}
    book = new_notebook(cells=[new_code_cell("watch()", outputs=outputs)])
    book.metadata["widgets"] = {"application/vnd.jupyter.widget-state+json": {"state": state}}
    nbformat.write(book, tmp_path / "00-start-here.ipynb")
    page = write_page(tmp_path / "00-start-here.ipynb").read_text("utf-8")
    kept = json.loads(re.findall(r'<script type="application/json" id="widgets">(.*?)</script>', page, re.DOTALL)[0])
    (shown,) = kept["widgets"].values()
    assert kept["texts"] == [FilmWidget._esm, film._css] and (shown["_esm"], shown["_css"]) == (0, 1)
    assert shown["data"] == View.json
    pictures = re.findall(r"<img[^>]+>", page)
    assert len(pictures) == 2
    for picture in pictures:
        assert f'data-widget="{film.model_id}"' in picture and 'alt="One &lt;container&gt;"' in picture
    assert page.count("<script") == 2 and loaded(page) == set()


def test_pictures_are_in_it_with_their_words(page: str) -> None:
    (picture,) = re.findall(r"<img[^>]+>", page)
    assert f"data:image/png;base64,{PIXEL}" in picture and 'alt="One container."' in picture and 'width="90"' in picture


def test_a_widget_leaves_what_is_shown_without_a_kernel(page: str) -> None:
    assert "<p>a question</p>" in page and "model_id" not in page


def test_what_a_container_prints_is_text(page: str) -> None:
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page


def test_links_lead_to_pages(page: str) -> None:
    assert 'href="01-default-networks.html"' in page and 'href="glossary.html#bridge"' in page
    assert 'href="index.html"' in page and ".ipynb" not in page
    assert re.search(r'href="01-default-networks.html" rel="next"', page) and 'rel="prev"' not in page


def test_the_glossary_has_a_place_for_each_term(tmp_path: Path) -> None:
    page = write_glossary(tmp_path).read_text("utf-8")
    assert loaded(page) == set()
    for term in glossary():
        assert f'id="{term.anchor}"' in page


def test_the_index_tells_what_passed_and_whose_time_it_was(tmp_path: Path) -> None:
    book = tmp_path / "x.ipynb"
    results = [
        Result("00-start-here", 3.2, 4, 4, 0, "", book, 1.25),
        Result("01-default-networks", 3.2, 12, 10, 1, "In the cell …", book, 2.5),
    ]
    page = write_index(results, "Docker Engine 1 <b>", tmp_path).read_text("utf-8")
    assert "14 of 16 checks passed</strong>, 1 cannot be shown" in page and "6 seconds, 4 of them the engine's" in page
    assert "4 of 4 passed" in page and "10 of 12 passed, 1 not shown here, <strong>✗ failed</strong>" in page
    assert "3.2 s, engine 1.2 s" in page
    assert 'href="00-start-here.html"' in page and "&lt;b&gt;" in page
    assert "say which Docker Engine you are working on" in page and "<code>docker0</code>" in page
    assert loaded(page) == set() and "<script" not in page
