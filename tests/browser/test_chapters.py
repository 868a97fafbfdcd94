"""The chapters as a learner meets them: the copy that ``dockernet lab`` hands out, run from the top in a browser."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect

from dockernet_course.engines import Engine, find_engine, hold
from dockernet_course.lab.lease import LABEL
from dockernet_course.lessons.catalogue import chapter
from dockernet_course.lessons.questions import load_questions
from tests.browser.conftest import STEP_MS, choose, live, open_notebook, run_notebook, shot, theme
from tests.browser.test_axe import SEEN, assert_well, where_is
from tests.live import labs
from tests.waiting import eventually

CAPSULE = "browser-chapters"
RUN_MS = 120_000
AGAIN = "Restart Kernel and Run All Cells…"
LIVE = """from dockernet_course import live_map, open_lab
lab = open_lab(find_engine(), "mine")
web = lab.run("web", network=lab.create_network("front"), publish=80)
live_map(lab, title="Who is attached where?")"""


@pytest.fixture(scope="module")
def engine() -> Iterator[Engine]:
    """The engine of the chapters."""
    found = find_engine("capsule", capsule=CAPSULE)
    with hold(found, "tests"):
        yield found


@pytest.fixture(scope="module")
def command(engine: Engine, folder: Path) -> list[str]:
    """What a learner types."""
    argv = [sys.executable, "-m", "dockernet_course.cli", "lab", "--no-browser", f"--folder={folder}"]
    return [*argv, "--engine=capsule", f"--name={engine.name}"]


@pytest.fixture(scope="module")
def ran(request: pytest.FixtureRequest, page: Page, server: str) -> Iterator[Page]:
    """A chapter that has run, once for all tests that look at it."""
    open_notebook(page, server, f"{request.param}.ipynb")
    choose(page, "Run", "Run All Cells")
    assert_all_is_well(page, request.param)
    yield page
    page.goto("about:blank")


def of(name: str) -> pytest.MarkDecorator:
    """For tests of that chapter."""
    return pytest.mark.parametrize("ran", [name], indirect=True, scope="module")


def assert_all_is_well(page: Page, name: str) -> None:
    """Wait for the last word of the chapter, or for the first thing wrong: all has run, and is as it should be."""
    last = page.locator('[data-mime-type$="jupyter.stdout"]').filter(has_text=f"{name} is closed.")
    wrong = page.locator('[data-mime-type$="jupyter.error"], [data-mime-type$="jupyter.stderr"]')
    expect(last.or_(wrong).first).to_be_visible(timeout=RUN_MS)
    assert wrong.all_text_contents() == []
    expect(last).to_contain_text(f"checks: {len(chapter(name).checks)} passed, 0 not shown on this engine")
    prompts = page.locator(".jp-CodeCell .jp-InputArea-prompt").all_text_contents()
    assert prompts == [f"[{n + 1}]:" for n in range(len(prompts))]
    expect(page.get_by_text(re.compile("Error displaying widget|Loading widget"))).to_have_count(0)
    words = page.locator(".jp-OutputArea-output img").evaluate_all("all => all.map(image => image.alt.length)")
    assert all(count > 100 for count in words), words
    page.keyboard.press("Escape")


def button(where: Locator, name: str) -> Locator:
    return where.get_by_role("button", name=name)


def said(where: Locator) -> Locator:
    return where.get_by_role("status")


def tab_to(page: Page, start: Locator, wanted: Locator) -> None:
    """From a cell that is selected to a control in it, with the Tab key alone."""
    start.click()
    for _ in range(30):
        page.keyboard.press("Tab")
        if wanted.evaluate("control => control === document.activeElement"):
            return
    raise AssertionError("the Tab key does not lead there")


def cell_of(page: Page, widget: Locator) -> Locator:
    """The prompt of the cell that shows the widget."""
    return page.locator(".jp-CodeCell").filter(has=widget).locator(".jp-InputArea-prompt")


def assert_can_be_read(page: Page, things: dict[str, Locator]) -> None:
    """At two widths and in both themes nothing is wider than its place."""
    for width in (1280, 900):
        page.set_viewport_size({"width": width, "height": 1600})
        for chosen in ("JupyterLab Light", "JupyterLab Dark"):
            theme(page, chosen)
            for name, thing in things.items():
                thing.scroll_into_view_if_needed()
                assert thing.evaluate("thing => thing.scrollWidth <= thing.clientWidth + 1"), (name, width)
                shot(thing, f"chapter-{name}-{width}-{chosen.split()[1].lower()}")


# 02: the film, a prediction, the walk.


@of("02-bridge")
def test_the_film_of_the_chapter_goes_on_and_back(ran: Page) -> None:
    film = ran.locator(".dockernet-film")
    onward, picture = button(film, "Next"), film.get_by_role("img").first
    film.scroll_into_view_if_needed()
    expect(said(film)).to_contain_text("0 of")
    steps = int(re.findall(r"of (\d+)", said(film).text_content() or "")[0])
    assert steps > 5
    seen = set()
    for step in range(steps + 1):
        expect(said(film)).to_contain_text(f"{step} of {steps}")
        expect(button(film, "Back")).to_be_enabled(enabled=step > 0)
        expect(onward).to_be_enabled(enabled=step < steps)
        seen.add(picture.evaluate("picture => picture.innerHTML"))
        if step < steps:
            onward.click()
    assert len(seen) > 5  # not every step changes the map
    button(film, "Back").click()
    expect(said(film)).to_contain_text(f"{steps - 1} of {steps}")
    film.get_by_role("slider").focus()
    for key, step in (("Home", 0), ("ArrowRight", 1), ("ArrowRight", 2), ("ArrowLeft", 1)):
        ran.keyboard.press(key)
        expect(said(film)).to_contain_text(f"{step} of {steps}")


@of("02-bridge")
def test_a_prediction_of_the_chapter_is_made_by_keyboard_alone(ran: Page, data: Path) -> None:
    question = load_questions("02")[0]
    widget = ran.locator(".dockernet-prediction").first
    choices = widget.get_by_role("radio")
    widget.scroll_into_view_if_needed()
    expect(widget).to_have_attribute("data-lm-suppress-shortcuts", "true")
    tab_to(ran, cell_of(ran, widget).first, choices.first)
    ran.keyboard.press("Space")
    for number in range(1, question.options.index(question.right) + 1):
        ran.keyboard.press("ArrowDown")
        expect(choices.nth(number)).to_be_checked()
    expect(button(widget, "Commit")).to_be_enabled()
    ran.keyboard.press("Tab")
    ran.keyboard.press("Enter")
    expect(said(widget)).to_contain_text("✓ Right.")
    expect(button(widget, "Commit")).to_be_disabled()
    kept = json.loads((data / "progress.json").read_text())["chapters"]["02-bridge"]["predictions"]
    assert kept == {question.id: "right"}


@of("02-bridge")
def test_what_02_shows_can_be_read(ran: Page) -> None:
    prediction, film, walk = (ran.locator(f".dockernet-{name}").first for name in ("prediction", "film", "walk"))
    button(walk, "Next").click()
    assert_can_be_read(ran, {"prediction": prediction, "film": film, "walk-02": walk})


# 08: the grid and the matrix.


@of("08-container-to-container")
def test_the_grid_of_the_chapter_is_filled_in_by_keyboard_alone(ran: Page) -> None:
    grid = ran.locator(".dockernet-grid")
    first = grid.get_by_role("button", name="guest to web by name")
    grid.scroll_into_view_if_needed()
    expect(grid).to_have_attribute("data-lm-suppress-shortcuts", "true")
    tab_to(ran, cell_of(ran, grid), first)
    ran.keyboard.press("Space")
    expect(first).to_have_attribute("title", "guest to web by name: you say it can")
    ran.keyboard.press("ArrowRight")
    ran.keyboard.press("Enter")
    ran.keyboard.press("Enter")
    expect(grid.get_by_role("button", name="guest to db by name: you say it cannot")).to_be_focused()
    expect(said(grid)).to_contain_text("2 of 12 said")


@of("08-container-to-container")
def test_the_matrix_of_the_chapter_has_its_words(ran: Page) -> None:
    picture = ran.get_by_role("img", name="Who really reaches whom?")
    expect(picture).to_have_accessible_name(re.compile("guest.*name not found.*timeout", re.DOTALL))


@of("08-container-to-container")
def test_what_08_shows_can_be_read(ran: Page) -> None:
    matrix = ran.locator(".jp-OutputArea-output").filter(has=ran.get_by_role("img", name="Who really reaches whom?"))
    assert_can_be_read(ran, {"grid": ran.locator(".dockernet-grid"), "matrix": matrix})


# 09: walks to the outside and back.


@of("09-out-and-in")
def test_a_walk_of_the_chapter_goes_to_its_end(ran: Page) -> None:
    walk = ran.locator(".dockernet-walk").first
    walk.scroll_into_view_if_needed()
    expect(said(walk)).to_contain_text("Step 1 of")
    steps = walk.locator(".dockernet-walk-step").count()
    assert steps > 5
    for step in range(2, steps + 1):
        button(walk, "Next").click()
        expect(said(walk)).to_contain_text(f"Step {step} of {steps}: ")
    expect(said(walk)).to_contain_text("It was answered.")
    expect(button(walk, "Next")).to_be_disabled()
    button(walk, "Back").click()
    expect(said(walk)).to_contain_text(f"Step {steps - 1} of {steps}: ")


@of("09-out-and-in")
def test_what_09_shows_can_be_read(ran: Page) -> None:
    walks = ran.locator(where_is("walk"))
    assert_can_be_read(ran, {f"walk-09-{n}": walks.nth(n) for n in range(walks.count())})


@of("09-out-and-in")
@pytest.mark.parametrize("widget", ["prediction", "walk"])
def test_axe_finds_nothing_in_what_09_shows(ran: Page, widget: str) -> None:
    ran.set_viewport_size({"width": 1200, "height": 1600})
    ran.add_style_tag(content=SEEN)
    assert_well(ran, widget)


def in_terminal(page: Page, *lines: str) -> None:
    """Type lines in a new terminal, and leave it open."""
    choose(page, "File", "New", "Terminal")
    page.locator(".jp-Terminal textarea").focus()
    for line in lines:
        page.keyboard.type(f"{line}\n")


def test_an_exercise_is_done_in_the_terminal_and_seen_on_its_living_map(page: Page, server: str) -> None:
    open_notebook(page, server, "09-out-and-in.ipynb")
    check = page.locator(".jp-CodeCell").filter(has_text='lesson.check("09.open")')
    check.locator(".jp-InputArea-editor").click()
    choose(page, "Run", "Run All Above Selected Cell")
    where = page.locator(where_is("map"))
    expect(where).to_be_visible(timeout=RUN_MS)
    live(where)
    in_terminal(
        page,
        "docker run -d --name shop -p 8080:80 dockernet-lab:1",
        "docker run -d --name admin -p 127.0.0.1:8090:80 dockernet-lab:1",
    )
    page.get_by_role("tab", name="09-out-and-in.ipynb").click()
    for name in ("shop", "admin"):
        expect(where.get_by_role("img", name=f"container {name}, new")).to_have_count(1, timeout=STEP_MS)
    for field, chosen in (("From", "outside"), ("To", "shop"), ("By", "published")):
        where.get_by_label(field, exact=True).select_option(chosen)
    button(where, "Walk").click()
    expect(where.locator(".dockernet-walk-end")).to_contain_text("It was answered.", timeout=STEP_MS)
    shot(where, "chapter-exercise-09")
    check.locator(".jp-InputArea-editor").click()
    page.keyboard.press("Shift+Enter")
    expect(check.locator(".jp-OutputArea-output")).to_contain_text("✓ correct", timeout=STEP_MS)


# 07: the kernel is started again in the middle.


def lab_ids() -> set[str]:
    """The labs whose containers are there."""
    shown = labs.docker(CAPSULE, "ps", "-a", "--format", f'{{{{.Label "{LABEL}"}}}}')
    return set(shown.split())


def test_a_kernel_started_again_in_the_middle_runs_the_chapter_and_leaves_nothing(
    page: Page, server: str, engine: Engine
) -> None:
    open_notebook(page, server, "07-user-defined.ipynb")
    choose(page, "Run", "Run All Cells")
    expect(page.locator(".dockernet-walk")).to_be_visible(timeout=RUN_MS)
    first = lab_ids()
    assert len(first) == 1
    choose(page, "Kernel", AGAIN)
    page.get_by_role("button", name="Confirm Kernel Restart").click()
    assert eventually(lambda: [lab in first for lab in lab_ids()] == [False], RUN_MS / 1000)  # the new one alone
    assert_all_is_well(page, "07-user-defined")
    assert labs.left_in(engine) == []


# A notebook of one's own, and the terminal.


def test_what_is_typed_in_the_terminal_appears_on_the_map(page: Page, server: str, folder: Path) -> None:
    run_notebook(page, server, folder, "mine.ipynb", ["from dockernet_course import find_engine", LIVE])
    where = page.locator(".dockernet-map").first  # a walk in it is drawn as a map, too
    where.get_by_role("img", name="container web.").focus()
    page.keyboard.press("ArrowDown")
    expect(where.locator(".dockernet-map-facts")).to_contain_text("route default via")
    live(where)
    in_terminal(page, "docker run -d --name typed dockernet-lab:1 sleep 1000")
    page.get_by_role("tab", name="mine.ipynb").click()
    expect(where.get_by_role("img", name="container typed, new")).to_have_count(1, timeout=STEP_MS)
    expect(where.locator(".dockernet-map-news")).to_contain_text('container "typed"')
    assert_can_be_read(page, {"live-map": where})
