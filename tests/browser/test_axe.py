"""What axe-core finds in the widgets by the rules of WCAG 2.1, levels A and AA: in both themes, at several moments."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Locator, Page, expect

from dockernet_course.engines import LAB_IMAGE, find_engine, hold
from dockernet_course.lessons.questions import load_questions
from tests.browser.conftest import live, run_notebook, theme
from tests.live import labs
from tests.unit.test_figures import contrast

CAPSULE = "browser-axe"
BEGIN = f"""from dockernet_course import begin, find_engine, live_map, record, show_walk, walk, watch
lesson = begin("08-container-to-container", find_engine("capsule", capsule={CAPSULE!r}))
lab = lesson.lab
lab.create_network("front")
lab.run("web", network="front", publish=80)
live_map(lab, title="Who is attached where?")"""
PREDICT = f"lesson.predict({load_questions('08')[0].id!r})"
GRID = 'lesson.predict_matrix("08.who", ["web", "db"], ["web", "db"], ["name", "address"])'
FILM = 'watch(record(lab, lambda: lab.run("db")))'
WALK = 'show_walk(walk(lab, lab.container("web"), lab.outside), title="Which way does it take?")'
WIDGETS = ("map", "prediction", "grid", "film", "walk")
THEMES = ("JupyterLab Light", "JupyterLab Dark")
RULES = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa"], "resultTypes": ["violations", "incomplete"]}

# JupyterLab's body is of no height: what shows is beyond its edge, and axe takes that for hidden.
SEEN = "body { min-height: 100vh } .Toastify { display: none }"
# The sign of each kind of cell, its colour and what is behind it.
SIGNS = """grid => Object.fromEntries([...grid.querySelectorAll('.dockernet-cell')].map(cell => {
  const sign = getComputedStyle(cell, '::before');
  return [sign.content.replaceAll('"', ''), [sign.color, getComputedStyle(cell).backgroundColor]];
}))"""


@pytest.fixture(scope="module")
def notebook(page: Page, server: str, folder: Path) -> Iterator[Page]:
    """A notebook with each widget once, on a live engine."""
    with hold(find_engine("capsule", capsule=CAPSULE), "tests"):
        run_notebook(page, server, folder, "axe.ipynb", [BEGIN, PREDICT, GRID, FILM, WALK])
        page.keyboard.press("Escape")
        page.add_style_tag(content=SEEN)
        yield page
        page.goto("about:blank")


def where_is(widget: str) -> str:
    """Its selector: a walk is drawn as a map is, and the living map has one inside."""
    only = {"map": ":not(.dockernet-walk)", "walk": ":not(.dockernet-map .dockernet-walk)"}
    return f".dockernet-{widget}{only.get(widget, '')}"


def of(notebook: Page, widget: str) -> Locator:
    return notebook.locator(where_is(widget))


def judged(notebook: Page, widget: str) -> str:
    """What axe says against a widget, in lines to read; nothing where all is well.

    What it is not sure about counts too, but for contrast in a drawing: tests/unit/test_figures.py sees to that.
    """
    of(notebook, widget).first.scroll_into_view_if_needed()
    found = Axe().run(notebook, where_is(widget), RULES).response
    doubts = [rule for rule in found["incomplete"] if rule["id"] != "color-contrast"]
    rules = [(rule, node) for rule in (*found["violations"], *doubts) for node in rule["nodes"]]
    return "\n".join(f"{rule['id']}: {rule['help']}\n    {node['html'][:200]}" for rule, node in rules)


def stands_out(sign: str, ground: str) -> bool:
    """Whether a colour, maybe a translucent one, can be read on the opaque colour behind it."""
    *above, opaque = [*(float(number) for number in re.findall(r"[\d.]+", sign)), 1][:4]
    below = [float(number) for number in re.findall(r"[\d.]+", ground)]
    shown = [opaque * a + (1 - opaque) * b for a, b in zip(above, below, strict=True)]
    one, other = ("#" + "".join(f"{round(part):02x}" for part in colour) for colour in (shown, below))
    return contrast(one, other) >= 4.5


def assert_well(notebook: Page, widget: str) -> None:
    for chosen in THEMES:
        theme(notebook, chosen)
        assert not (said := judged(notebook, widget)), f"{widget}, {chosen}\n{said}"


@pytest.mark.parametrize("widget", WIDGETS)
def test_as_it_comes(notebook: Page, widget: str) -> None:
    assert_well(notebook, widget)


def test_a_map_that_is_asked_and_has_news(notebook: Page) -> None:
    where = live(of(notebook, "map"))
    labs.docker(CAPSULE, "run", "-d", "--name", "typed", LAB_IMAGE)
    expect(where.locator(".dockernet-map-news")).to_contain_text('container "typed"')
    where.get_by_text("The same as a table").click()
    where.get_by_role("img", name="container web").focus()
    notebook.set_viewport_size({"width": 700, "height": 1600})
    where.get_by_role("button", name="Full size").click()
    assert_well(notebook, "map")
    notebook.set_viewport_size({"width": 1200, "height": 1600})


@pytest.mark.parametrize("widget", ["prediction", "grid"])
def test_an_answer_that_is_given(notebook: Page, widget: str) -> None:
    where = of(notebook, widget)
    choice = where.get_by_role("radio") if widget == "prediction" else where.locator(".dockernet-cell")
    choice.first.click()
    if widget == "grid":
        choice.nth(1).click()
        choice.nth(1).click()
    assert_well(notebook, widget)
    where.get_by_role("button", name="Commit").click()
    expect(where.get_by_role("button", name="Skip")).to_be_disabled()
    assert_well(notebook, widget)


def test_a_film_in_the_middle(notebook: Page) -> None:
    where = of(notebook, "film")
    where.get_by_role("slider", name="Step").focus()
    notebook.keyboard.press("ArrowRight")
    expect(where.get_by_role("status")).to_contain_text("1 of")
    expect(where.get_by_role("button", name="Next")).to_be_enabled()
    assert_well(notebook, "film")


def test_a_walk_at_a_step_where_an_address_is_rewritten(notebook: Page) -> None:
    where = of(notebook, "walk")
    where.locator(".dockernet-walk-step").filter(has_text="MASQUERADE").click()
    notebook.set_viewport_size({"width": 700, "height": 1600})
    where.get_by_role("button", name="Full size").click()
    assert_well(notebook, "walk")
    notebook.set_viewport_size({"width": 1200, "height": 1600})


def test_a_map_on_which_two_were_asked(notebook: Page) -> None:
    where = of(notebook, "map")
    where.get_by_label("From").select_option("web")
    where.get_by_label("To", exact=True).select_option("db")
    where.get_by_role("button", name="Can they talk?").click()
    expect(where.locator(".dockernet-talk tr")).to_have_count(3)
    expect(where.locator(".dockernet-asking").get_by_role("status")).to_have_text("web → db:")  # one thing at a time
    where.get_by_role("button", name="Walk", exact=True).click()
    expect(where.locator(".dockernet-walk-end")).to_have_count(1)
    assert_well(notebook, "map")


def test_the_signs_of_a_grid_stand_out_too(notebook: Page) -> None:
    """Axe does not see them: they are drawn by the style sheet."""
    where = of(notebook, "grid")
    for chosen in THEMES:
        theme(notebook, chosen)
        signs = where.evaluate(SIGNS)
        assert set(signs) == {"?", "✓", "✗"}
        assert all(stands_out(*colours) for colours in signs.values()), (chosen, signs)


@pytest.mark.parametrize(
    ("rule", "spoil"),
    [
        ("svg-img-alt", "film => film.querySelector('svg').removeAttribute('aria-label')"),
        ("color-contrast", "film => { film.querySelector('strong').style = 'color: #777; background: #888'; }"),
    ],
)
def test_what_is_wrong_would_be_found(notebook: Page, rule: str, spoil: str) -> None:
    of(notebook, "film").evaluate(spoil)
    assert rule in judged(notebook, "film")
