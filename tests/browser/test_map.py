"""A learner's eyes and hands on the map that lives: the keyboard, the mouse, two widths, two themes, the terminal."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect

from dockernet_course.engines import find_engine, hold
from tests.browser.conftest import live, run_notebook, shot, theme
from tests.live import labs

CAPSULE, IMAGE = "browser-map", "dockernet-lab:1"
BEGIN = f"""from dockernet_course import find_engine, live_map, open_lab
lab = open_lab(find_engine("capsule", capsule={CAPSULE!r}), "map")
lab.create_network("front")
lab.run("web", network="front", publish=["80"])
lab.run("db")
live_map(lab, title="Who is attached where?")"""
HOSTILE = """\
from dockernet_course.figures import colours, map_view
from tests.gallery.examples import World
from dataclasses import replace
from dockernet_course.lessons.talking import TalkAnswer
from dockernet_course.widgets import MapWidget, Talk
bad = "<img src=x onerror=\\"document.title='broken'\\">"
world = World()
for name in (bad, "\\u202egnp.exe", "\\u05e9\\u05dc\\u05d5\\u05dd", "a" * 200):
    world.run(name, "bridge")
both = {theme: colours(theme) for theme in ("light", "dark")}
talk = Talk(["address"], lambda *_: [TalkAnswer("by name", False, bad, "")],
            lambda source, target, answer: replace(answer, why=bad, shown=bad, cure=bad), print, both)
talk.offer(["a", "b"], ["a", "b"])
MapWidget(map_view(world.topology(), title=bad), both, print, talk=talk)"""
FORTY = """from tests.gallery.cases import CASES
case = next(case for case in (make() for make in CASES) if case.name == "forty-containers")
MapWidget(map_view(case.topology, title=case.title), {theme: colours(theme) for theme in ("light", "dark")}, print)"""
# Texts whose rectangle on the screen is not where the layout has it: (text, how many pixels off).
ASTRAY = """svg => { const scale = svg.getBoundingClientRect().width / svg.viewBox.baseVal.width;
  const zero = svg.getBoundingClientRect();
  return [...svg.querySelectorAll('text[textLength]')].map(text => {
    const wide = Number(text.getAttribute('textLength')) * scale;
    const shift = { start: 0, middle: 0.5, end: 1 }[text.getAttribute('text-anchor')] * wide;
    const left = zero.x + Number(text.getAttribute('x')) * scale - shift;
    const box = text.getBoundingClientRect();
    return [text.textContent, Math.max(Math.abs(box.x - left), Math.abs(box.width - wide))];
  }).filter(([, off]) => off > 3); }"""


@pytest.fixture(scope="module")
def notebook(page: Page, server: str, folder: Path) -> Iterator[Page]:
    """A notebook with three maps: of a live engine, of hostile names, of forty containers."""
    found = find_engine("capsule", capsule=CAPSULE)
    with hold(found, "tests"):
        run_notebook(page, server, folder, "maps.ipynb", [BEGIN, HOSTILE, FORTY])
        page.keyboard.press("Escape")
        page.add_style_tag(content=".Toastify { display: none }")
        yield page
        page.goto("about:blank")


def living(notebook: Page, number: int = 0) -> Locator:
    return notebook.locator(".dockernet-map:not(.dockernet-walk)").nth(number)


def thing(where: Locator, words: str) -> Locator:
    return where.get_by_role("img", name=words)


def facts(where: Locator) -> Locator:
    return where.locator(".dockernet-map-facts")


def test_it_is_drawn_where_the_layout_has_it(notebook: Page) -> None:
    drawing = living(notebook).locator("svg")
    expect(drawing).to_be_visible()
    expect(drawing).to_have_accessible_name("Map: Who is attached where?")
    assert drawing.locator("text").count() > 10
    assert drawing.evaluate(ASTRAY) == []


def test_the_keyboard_goes_to_every_neighbour_and_shows_the_facts(notebook: Page) -> None:
    where = living(notebook)
    thing(where, "container web.").focus()
    expect(facts(where)).to_contain_text("network mode front")
    notebook.keyboard.press("ArrowDown")
    expect(facts(where)).to_contain_text("in web")
    expect(facts(where)).to_contain_text("inet 172.")
    expect(facts(where)).to_contain_text("route default via 172.")
    notebook.keyboard.press("ArrowDown")
    expect(facts(where)).to_contain_text("in the host")
    expect(facts(where)).to_contain_text("master br-")
    notebook.keyboard.press("ArrowDown")
    expect(facts(where)).to_contain_text("of the network front")
    expect(facts(where)).to_contain_text("driver bridge")
    notebook.keyboard.press("Home")
    expect(facts(where)).to_contain_text("the host, net:[")
    expect(where.locator(".dockernet-ring.is-focused")).to_have_css("stroke-width", "3px")
    assert where.locator('.dockernet-thing[tabindex="0"]').count() == 1
    notebook.keyboard.press("Tab")
    assert not notebook.evaluate("document.activeElement.matches('.dockernet-thing')")


def test_the_mouse_shows_them_too_and_goes_away_again(notebook: Page) -> None:
    where = living(notebook)
    thing(where, "container web.").focus()
    thing(where, "bridge docker0").hover()
    expect(facts(where)).to_contain_text("bridge docker0 of the network bridge")
    notebook.mouse.move(2, 2)
    expect(facts(where)).to_contain_text("container web")


def test_what_somebody_types_in_the_terminal_appears_marked(notebook: Page) -> None:
    where = live(living(notebook))
    thing(where, "container web.").focus()
    labs.docker(CAPSULE, "network", "create", "late")
    labs.docker(CAPSULE, "run", "-d", "--name", "typed", "--network", "late", "dockernet-lab:1", "sleep", "1000")
    expect(thing(where, "container typed, new")).to_have_count(1)
    expect(where.locator(".dockernet-map-news")).to_contain_text('container "typed"')
    expect(thing(where, "container web.")).to_be_focused()  # nothing is taken away from who is reading
    labs.docker(CAPSULE, "rm", "-f", "db")
    expect(thing(where, "container db, gone")).to_have_count(1)
    shot(where, "live-marked")
    where.get_by_role("button", name="Mark from now on").click()
    expect(thing(where, "container typed.")).to_have_count(1)
    expect(where.locator('.dockernet-thing[aria-label^="container db"]')).to_have_count(0)
    expect(where.locator(".dockernet-map-news")).to_be_empty()


def test_two_boxes_are_chosen_with_the_mouse_or_the_keyboard_and_asked(notebook: Page) -> None:
    where = living(notebook)
    labs.docker(CAPSULE, "run", "-d", "--name", "near", "--network", "front", "dockernet-lab:1")
    expect(where.get_by_label("From").locator("option", has_text="near")).to_have_count(1)  # it runs
    thing(where, "container near, new").click(position={"x": 8, "y": 8})
    thing(where, "container web.").focus()
    notebook.keyboard.press("Enter")
    expect(where.get_by_label("From")).to_have_value("near")
    expect(where.get_by_label("To", exact=True)).to_have_value("web")
    assert where.locator(".dockernet-ring.is-from, .dockernet-ring.is-to").count() == 2
    where.get_by_role("button", name="Can they talk?").click()
    expect(where.locator(".dockernet-talk tr")).to_have_count(3)
    expect(where.locator(".dockernet-talk")).to_contain_text("✔ ok")
    shot(where, "live-asked")


def test_two_that_cannot_talk_are_told_why_with_evidence_and_cure(notebook: Page) -> None:
    where = living(notebook)
    labs.docker(CAPSULE, "run", "-d", "--name", "deaf", "--network", "front", "-e", "SERVE_ADDRESS=127.0.0.1", IMAGE)
    expect(where.get_by_label("From").locator("option", has_text="deaf")).to_have_count(1)
    where.get_by_label("From").select_option("web")
    where.get_by_label("To", exact=True).select_option("deaf")
    where.get_by_role("button", name="Can they talk?").focus()
    notebook.keyboard.press("Enter")
    expect(where.get_by_role("button", name="Can they talk?")).to_be_focused()
    proof = where.locator(".dockernet-proof")
    expect(proof).to_have_count(1)
    expect(where.locator(".dockernet-talk tr").last).to_contain_text("its own loopback address only")
    expect(proof.locator("pre")).to_contain_text("127.0.0.1:80")
    expect(proof).to_contain_text("What to do: Let the server listen at 0.0.0.0")
    assert proof.locator("xpath=..").get_attribute("aria-live") == "polite"
    expect(where.locator(".dockernet-asking").get_by_role("status")).to_have_text("web → deaf:")
    shot(where, "live-why")
    labs.docker(CAPSULE, "rm", "-f", "deaf")
    where.get_by_label("From").select_option("near")
    where.get_by_label("To", exact=True).select_option("web")


def test_a_packet_between_the_two_is_drawn_below(notebook: Page) -> None:
    where = living(notebook)
    where.get_by_role("button", name="Walk", exact=True).click()
    below = where.locator(".dockernet-walk")
    expect(below.locator(".dockernet-map-title")).to_have_text("Which way does a packet take from near to web?")
    below.locator(".dockernet-walk-step").last.click()
    expect(below.get_by_role("status")).to_contain_text("It was answered.")
    shot(where, "live-walked")
    labs.docker(CAPSULE, "rm", "-f", "near")


def test_the_table_says_the_same(notebook: Page) -> None:
    where = living(notebook)
    where.get_by_text("The same as a table").click()
    rows = where.get_by_role("row")
    expect(rows.filter(has_text="published port")).to_have_count(1)
    expect(rows.filter(has_text="container").filter(has_text="web")).not_to_have_count(0)
    expect(rows.filter(has_text="bridge").filter(has_text="network front")).to_have_count(1)
    shot(where, "live-table")
    where.get_by_text("The same as a table").click()


def test_hostile_names_are_words(notebook: Page) -> None:
    where = living(notebook, 1)
    where.get_by_text("The same as a table").click()
    expect(where.get_by_role("cell").filter(has_text="<img src=x")).not_to_have_count(0)
    expect(where.locator(".dockernet-map-title")).to_contain_text("<img src=x")
    where.get_by_role("button", name="Can they talk?").focus()
    notebook.keyboard.press("Enter")  # the mouse would lie on something of the map
    expect(where.locator(".dockernet-proof pre")).to_contain_text("<img src=x")
    expect(where.locator(".dockernet-proof")).to_contain_text("What to do: <img src=x")
    thing(where, "container aaaa").focus()
    expect(facts(where)).to_contain_text("a" * 200)
    expect(where).to_contain_text("\\u202egnp.exe")
    assert where.locator("img").count() == 0
    assert notebook.title() != "broken"
    shot(where, "hostile")
    where.get_by_text("The same as a table").click()


@pytest.mark.parametrize("width", [1280, 900])
@pytest.mark.parametrize("chosen", ["JupyterLab Light", "JupyterLab Dark"])
def test_it_can_be_read_at_every_width_and_in_both_themes(notebook: Page, width: int, chosen: str) -> None:
    notebook.set_viewport_size({"width": width, "height": 1600})
    theme(notebook, chosen)
    for number in range(3):
        where = living(notebook, number)
        where.scroll_into_view_if_needed()
        assert where.evaluate("map => map.scrollWidth <= map.clientWidth + 1")
        paper = "rgb(18, 22, 28)" if "Dark" in chosen else "rgb(255, 255, 255)"
        expect(where.locator(".dockernet-stage").first).to_have_css("background-color", paper)
        shot(where, f"{('live', 'hostile', 'forty')[number]}-{width}-{chosen.split()[1].lower()}")


def test_what_is_shown_smaller_can_be_shown_in_full_and_scrolled(notebook: Page) -> None:
    notebook.set_viewport_size({"width": 900, "height": 1600})
    where = living(notebook, 2)
    zoom, frame = where.get_by_role("button", name="Full size"), where.locator(".dockernet-map-frame")
    expect(zoom).to_be_visible()
    zoom.focus()
    notebook.keyboard.press("Enter")
    expect(zoom).to_have_attribute("aria-pressed", "true")
    assert frame.evaluate("frame => frame.scrollWidth > frame.clientWidth")
    frame.focus()
    notebook.keyboard.press("End")
    notebook.keyboard.press("ArrowRight")
    expect(frame).to_be_focused()
    zoom.click()
    assert frame.evaluate("frame => frame.scrollWidth <= frame.clientWidth + 1")
    notebook.set_viewport_size({"width": 1900, "height": 1600})
    expect(zoom).to_be_hidden()
