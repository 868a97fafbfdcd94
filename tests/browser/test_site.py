"""The pages of the course in a browser: wide and narrow, light and dark, with no way out to any network."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient
from nbformat.v4 import new_code_cell, new_notebook
from playwright.sync_api import Browser, Page, expect

from dockernet_course.course import Result, notebooks, write_glossary, write_index, write_page
from dockernet_course.lessons.catalogue import chapter
from tests.browser.conftest import shot

ROOT = Path(__file__).parents[2]
# What was seen on real engines and recorded: no engine is needed.
FILM = """from dockernet_course.lessons.cinema import watch
from dockernet_course.observe.film import make_film
from tests.unit.test_observe_film import recording
watch(make_film(recording("trixie")))"""
WALK = """from dockernet_course.lessons.walks import COLOURS, show_walk
from tests.unit.walking import walked
show_walk(walked("trixie", "ping"), title="Where does it go?")"""
MAP = """from dockernet_course.figures import map_view
from tests.gallery.examples import World
from dockernet_course.widgets import MapWidget, Talk
world = World()
world.run("web", "bridge")
talk = Talk(["address"], print, print, print, COLOURS)
MapWidget(map_view(world.topology(), title="What is there?"), COLOURS, print, talk=talk)"""
PAGES = ["index", "glossary", *(path.stem for path in notebooks())]
# What is wider than the page, and cannot be scrolled by itself.
TOO_WIDE = """() => [...document.querySelectorAll("main *")].filter(e => {
  const box = e.getBoundingClientRect();
  return box.right > innerWidth + 1 && !e.closest(".output_subarea, table, svg");
}).map(e => e.outerHTML.slice(0, 100))"""
# The contrast of text with what is behind it, as WCAG 2 counts it; the lowest on the page, with the text.
LOWEST_CONTRAST = """() => {
  const rgb = c => c.match(/[\\d.]+/g).map(Number);
  const light = c => { const [r, g, b] = rgb(c).slice(0, 3).map(v => v / 255).map(
    v => v <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4); return 0.2126 * r + 0.7152 * g + 0.0722 * b; };
  const behind = e => { for (; e; e = e.parentElement) { const c = getComputedStyle(e).backgroundColor;
    if ((rgb(c)[3] ?? 1) > 0) return c; } return "rgb(255, 255, 255)"; };
  let lowest = [21, ""];
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const e = walker.currentNode.parentElement, text = walker.currentNode.data.trim();
    if (!text || !e.checkVisibility({visibilityProperty: true})) continue;
    const [a, b] = [light(getComputedStyle(e).color), light(behind(e))].sort((x, y) => y - x);
    if ((a + 0.05) / (b + 0.05) < lowest[0]) lowest = [(a + 0.05) / (b + 0.05), text.slice(0, 60)];
  }
  return lowest;
}"""


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The pages of the chapters as they are stored."""
    out = tmp_path_factory.mktemp("site")
    results = []
    for source in notebooks():
        shutil.copy(source, out)
        write_page(out / source.name)
        count = len(chapter(source.stem).checks)
        results.append(Result(source.stem, 4.0, count, count, 0, "", out / source.name, 1.0))
    write_index(results, "Docker Engine", out)
    write_glossary(out)
    return out


@pytest.fixture(scope="module")
def drawn(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The page of a notebook with a film, a walk and a map, run without a page that could draw them."""
    book = new_notebook(cells=[new_code_cell(cell) for cell in (FILM, WALK, MAP)])
    NotebookClient(book, resources={"metadata": {"path": str(ROOT)}}).execute()
    path = tmp_path_factory.mktemp("drawn") / "00-start-here.ipynb"
    nbformat.write(book, path)
    return write_page(path)


@pytest.fixture(params=[("light", 1280), ("light", 768), ("dark", 1280), ("dark", 768)], ids=lambda p: f"{p[0]}-{p[1]}")
def view(request: pytest.FixtureRequest, page: Page) -> Iterator[Page]:
    """A window of that width, on a system with that preference."""
    browser = page.context.browser
    assert isinstance(browser, Browser)
    scheme, width = request.param
    with browser.new_context(color_scheme=scheme, viewport={"width": width, "height": 900}, offline=True) as context:
        yield context.new_page()


@pytest.mark.parametrize("name", PAGES)
def test_a_page_can_be_read(site: Path, view: Page, name: str) -> None:
    asked: list[str] = []
    view.on("request", lambda request: asked.append(request.url))
    view.goto((site / f"{name}.html").as_uri())
    assert [url for url in asked if not url.startswith(("file:", "data:"))] == []
    assert view.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert view.evaluate(TOO_WIDE) == []
    lowest, text = view.evaluate(LOWEST_CONTRAST)
    assert lowest >= 4.5, f"{lowest:.1f}: {text}"
    assert view.evaluate("[...document.images].every(image => image.naturalWidth > 0 && image.alt.length > 100)")


def test_one_can_go_through_all_chapters(site: Path, view: Page) -> None:
    view.goto((site / "index.html").as_uri())
    for link in view.get_by_role("list").first.get_by_role("link").all():
        assert (site / str(link.get_attribute("href"))).is_file()
    view.get_by_role("list").first.get_by_role("link").first.click()
    seen = [view.url]
    while view.locator("nav a[rel=next]").count():
        view.locator("nav a[rel=next]").click()
        seen.append(view.url)
    assert [Path(url).stem for url in seen] == [path.stem for path in notebooks()]


def test_a_film_a_walk_and_a_map_live_on_without_a_kernel(
    drawn: Path, view: Page, request: pytest.FixtureRequest
) -> None:
    asked: list[str] = []
    errors: list[str] = []
    view.on("request", lambda seen: asked.append(seen.url))
    view.on("pageerror", lambda error: errors.append(str(error)))
    view.goto(drawn.as_uri())
    film, walk, here = (view.locator(f".dockernet-{name}") for name in ("film", "walk", "map:not(.dockernet-walk)"))
    film.get_by_role("button", name="Next").click()
    expect(film.get_by_role("status")).to_contain_text("1 of")
    film.get_by_role("slider").focus()
    view.keyboard.press("End")
    expect(film.get_by_role("button", name="Next")).to_be_disabled()
    expect(film.get_by_role("img")).to_have_accessible_name(re.compile("web"))
    walk.locator(".dockernet-walk-step").first.focus()
    view.keyboard.press("ArrowDown")
    expect(walk.get_by_role("status")).to_contain_text("Step 2 of")
    here.get_by_role("img", name="container web.").focus()
    view.keyboard.press("ArrowDown")
    expect(here.locator(".dockernet-map-facts")).to_contain_text("in web")
    expect(here.get_by_role("button", name="Mark from now on")).to_be_hidden()
    assert view.locator("img:visible").count() == 0 and errors == []
    assert [url for url in asked if not url.startswith(("file:", "data:", "blob:"))] == []
    assert view.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert view.evaluate(TOO_WIDE) == []
    lowest, text = view.evaluate(LOWEST_CONTRAST)
    assert lowest >= 4.5, f"{lowest:.1f}: {text}"
    shot(view.locator("main"), f"page-{request.node.callspec.id}")


def test_where_no_script_runs_the_pictures_stay(drawn: Path, page: Page) -> None:
    browser = page.context.browser
    assert isinstance(browser, Browser)
    with browser.new_context(java_script_enabled=False, offline=True) as context:
        plain = context.new_page()
        plain.goto(drawn.as_uri())
        expect(plain.locator("img")).to_have_count(3)
        for picture in plain.locator("img").all():
            expect(picture).to_be_visible()
