"""A learner's eyes and hands on a packet's walk: buttons, list, keyboard, two widths, two themes, no motion."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect

from dockernet_course.engines import find_engine, hold
from tests.browser.conftest import STEP_MS, run_notebook, shot, theme
from tests.browser.test_map import ASTRAY

CAPSULE = "browser-walk"
BEGIN = f"""from dockernet_course import find_engine, open_lab, show_walk, walk
lab = open_lab(find_engine("capsule", capsule={CAPSULE!r}), "walk")
front, back = lab.create_network("front"), lab.create_network("back")
web = lab.run("web", network="front", publish="8080:80")
db, far = lab.run("db", network="front"), lab.run("far", network="back")
show_walk(walk(lab, web, lab.outside), title="How does a packet leave, and come back?")"""
DROPPED = 'show_walk(walk(lab, web, far), title="Where does it end?")'
PROXY = 'show_walk(walk(lab, far, web, "published"), title="Who stands between them?")'
HOSTILE = """\
from dataclasses import replace
from dockernet_course.experiments.walk import Walk
bad = "<img src=x onerror=\\"document.title='broken'\\">"
seen = walk(lab, web, db)
show_walk(replace(seen, source=bad, packets=tuple(replace(p, info=bad) for p in seen)), title=bad)"""
WALKS = ("outside", "dropped", "proxy", "hostile")


@pytest.fixture(scope="module")
def notebook(page: Page, server: str, folder: Path) -> Iterator[Page]:
    """A notebook with four walks of a live engine; in the last, what was seen has hostile words."""
    found = find_engine("capsule", capsule=CAPSULE)
    with hold(found, "tests"):
        run_notebook(page, server, folder, "walks.ipynb", [BEGIN, DROPPED, PROXY, HOSTILE])
        page.keyboard.press("Escape")
        page.add_style_tag(content=".Toastify { display: none }")
        yield page
        page.goto("about:blank")


def walked(notebook: Page, name: str) -> Locator:
    return notebook.locator(".dockernet-walk").nth(WALKS.index(name))


def button(where: Locator, name: str) -> Locator:
    return where.get_by_role("button", name=name, exact=True)


def current(where: Locator) -> Locator:
    return where.locator('[aria-current="step"]')


def number(where: Locator) -> int:
    return int(current(where).locator(".dockernet-walk-number").inner_text())


def drawn(where: Locator) -> int:
    """How many steps have their number on the map."""
    return where.locator(".dockernet-walk-stop:visible").count()


def steps(where: Locator) -> int:
    return where.locator(".dockernet-walk-step").count()


def to_first(where: Locator) -> None:
    where.locator(".dockernet-walk-step").first.click()
    expect(where.locator(".dockernet-walk-said")).to_contain_text("Step 1 of")


def test_it_begins_with_the_first_step_of_the_map_of_then(notebook: Page) -> None:
    where = walked(notebook, "outside")
    drawing = where.locator(".dockernet-map-frame svg")
    expect(drawing).to_have_accessible_name("Map: How does a packet leave, and come back?")
    assert drawing.evaluate(ASTRAY) == []
    assert (number(where), drawn(where)) == (1, 1)
    expect(button(where, "◀ Back")).to_be_disabled()
    assert steps(where) > 9


def test_next_and_back_go_step_by_step(notebook: Page) -> None:
    where = walked(notebook, "outside")
    to_first(where)
    for wanted in (2, 3):
        button(where, "Next ▶").click()
        expect(where.get_by_role("status")).to_contain_text(f"Step {wanted} of {steps(where)}: ")
        assert (number(where), drawn(where)) == (wanted, wanted)
    button(where, "◀ Back").click()
    assert (number(where), drawn(where)) == (2, 2)


def test_a_step_that_is_clicked_is_gone_to_and_shows_the_way_so_far(notebook: Page) -> None:
    where = walked(notebook, "outside")
    rewritten = where.locator(".dockernet-walk-step").filter(has_text="MASQUERADE")
    rewritten.click()
    expect(rewritten).to_have_attribute("aria-current", "step")
    assert drawn(where) == number(where)
    expect(rewritten.locator(".is-changed")).to_have_text(re.compile(r"^✎203\.0\.113\."))
    expect(rewritten.locator(".is-changed")).to_have_css("font-weight", "700")
    expect(rewritten.locator("code")).to_contain_text("-j MASQUERADE (table nat, in the host)")
    expect(where.get_by_role("status")).to_contain_text("becomes 203.0.113.")
    shot(where, "walk-rewritten")


def test_the_keyboard_is_enough(notebook: Page) -> None:
    where = walked(notebook, "outside")
    to_first(where)
    last = steps(where)
    current(where).focus()
    for key, wanted in (("ArrowDown", 2), ("ArrowRight", 3), ("ArrowUp", 2), ("End", last), ("Home", 1)):
        notebook.keyboard.press(key)
        expect(current(where)).to_be_focused()
        assert number(where) == wanted
    assert where.locator('.dockernet-walk-step[tabindex="0"]').count() == 1
    notebook.keyboard.press("End")
    expect(where.get_by_role("status")).to_contain_text("It was answered.")
    expect(button(where, "Next ▶")).to_be_disabled()


def test_a_button_that_is_switched_off_hands_the_focus_on(notebook: Page) -> None:
    where = walked(notebook, "dropped")
    to_first(where)
    button(where, "Next ▶").focus()
    for _ in range(steps(where) - 1):
        notebook.keyboard.press("Enter")
    expect(button(where, "Next ▶")).to_be_disabled()
    expect(button(where, "◀ Back")).to_be_focused()
    for _ in range(steps(where) - 1):
        notebook.keyboard.press("Enter")
    expect(button(where, "Next ▶")).to_be_focused()


def test_the_number_of_the_step_is_beside_its_interface(notebook: Page) -> None:
    where = walked(notebook, "outside")
    where.locator(".dockernet-walk-step").filter(has_text="web sends it out by eth0").click()
    here = where.locator(".dockernet-walk-stop.is-here text").bounding_box()
    label = where.locator("svg text").filter(has_text=re.compile("^eth0@if")).nth(1).bounding_box()
    assert here and label and abs(here["y"] - label["y"]) < 8
    dot = where.locator(".dockernet-walk-dot").bounding_box()
    assert dot and abs(dot["y"] + dot["height"] / 2 - here["y"] - here["height"] / 2) < 4


def test_it_plays_by_itself_and_can_be_stopped(notebook: Page) -> None:
    where = walked(notebook, "outside")
    to_first(where)
    button(where, "Play").click()
    expect(where.get_by_role("status")).to_contain_text("Step 4 of", timeout=STEP_MS)
    button(where, "Pause").click()
    at = number(where)
    notebook.wait_for_timeout(1500)
    assert number(where) == at
    expect(button(where, "Play")).to_be_visible()


def test_it_ends_playing_at_the_last_step(notebook: Page) -> None:
    where = walked(notebook, "dropped")
    to_first(where)
    button(where, "Play").click()
    expect(where.get_by_role("status")).to_contain_text("It was dropped", timeout=STEP_MS)
    expect(button(where, "Play")).to_be_visible()
    assert drawn(where) == steps(where)


def test_who_wants_no_motion_gets_none(notebook: Page) -> None:
    where = walked(notebook, "outside")
    middle = "dot => ['cx', 'cy'].map(name => Number(dot.getAttribute(name)).toFixed(1))"
    dot = where.locator(".dockernet-walk-dot")
    where.locator(".dockernet-walk-step").nth(1).click()
    button(where, "Next ▶").click()
    moving = dot.evaluate(middle)
    notebook.wait_for_timeout(900)
    ended = dot.evaluate(middle)
    assert moving != ended
    notebook.emulate_media(reduced_motion="reduce")
    where.locator(".dockernet-walk-step").nth(1).click()
    button(where, "Next ▶").click()
    assert dot.evaluate(middle) == ended
    notebook.emulate_media(reduced_motion="no-preference")


def test_what_is_thrown_away_has_its_cross_and_its_rule(notebook: Page) -> None:
    where = walked(notebook, "dropped")
    where.locator(".dockernet-walk-step").last.click()
    expect(where.locator(".dockernet-walk-stop text").filter(has_text="✗")).to_be_visible()
    expect(current(where).locator("code")).to_contain_text("-j DROP")
    shot(where, "walk-dropped")


def test_hostile_words_are_words(notebook: Page) -> None:
    where = walked(notebook, "hostile")
    expect(where.locator(".dockernet-map-title")).to_contain_text("<img src=x")
    expect(where.locator(".dockernet-walk-leg").first).to_contain_text("<img src=x")
    assert where.locator("img").count() == 0
    assert notebook.title() != "broken"


@pytest.mark.parametrize("width", [1280, 900])
@pytest.mark.parametrize("chosen", ["JupyterLab Light", "JupyterLab Dark"])
def test_it_can_be_read_at_every_width_and_in_both_themes(notebook: Page, width: int, chosen: str) -> None:
    notebook.set_viewport_size({"width": width, "height": 1600})
    theme(notebook, chosen)
    for name in WALKS[:3]:
        where = walked(notebook, name)
        where.scroll_into_view_if_needed()
        where.locator(".dockernet-walk-step").last.click()
        assert where.evaluate("walk => walk.scrollWidth <= walk.clientWidth + 1")
        paper = "rgb(18, 22, 28)" if "Dark" in chosen else "rgb(255, 255, 255)"
        expect(where.locator(".dockernet-stage")).to_have_css("background-color", paper)
        drawing, listed = (where.locator(f".dockernet-walk-{part}").bounding_box() for part in ("map", "list"))
        assert drawing and listed and (listed["y"] >= drawing["y"] + drawing["height"] or listed["x"] > drawing["x"])
        shot(where, f"walk-{name}-{width}-{chosen.split()[1].lower()}")
