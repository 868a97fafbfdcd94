"""What a page gets of a map: the painter's numbers, the facts of each thing, the table; and the widget."""

from __future__ import annotations

import json
import re
from copy import deepcopy
from functools import cache
from typing import Any

import pytest
from matplotlib.patches import FancyBboxPatch

from dockernet_course.figures import MapView, colours, layout, map_view
from dockernet_course.figures.drawing.metrics import literal
from dockernet_course.figures.drawing.svg import Stroke
from dockernet_course.widgets import FilmWidget, Grid, MapWidget, Prediction, Talk, WalkWidget
from dockernet_course.widgets.widget import Widget, bundle
from tests.gallery.cases import CASES, Case
from tests.gallery.examples import World
from tests.pages import tell

NAMES = [make().name for make in CASES]
THEMES = {theme: colours(theme) for theme in ("light", "dark")}
BAD = "<img src=x onerror=alert(1)>"
TURNED = "\u202egnp.exe"


@cache
def case(name: str) -> Case:
    return next(found for found in (make() for make in CASES) if found.name == name)


@cache
def view(name: str) -> MapView:
    found = case(name)
    return map_view(found.topology, since=found.since, title=found.title)


def tags(seen: MapView, tag: str) -> list[Stroke]:
    return [stroke for stroke in seen.strokes if stroke.tag == tag]


def page(seen: MapView) -> dict[str, Any]:
    """What arrives in the page."""
    found: dict[str, Any] = json.loads(seen.json)
    return found


def about(seen: MapView, title: str) -> str:
    """The facts of the thing with that title."""
    (found,) = (thing for thing in seen.things if thing.title == title)
    return "\n".join(found.lines)


def small(*names: str) -> MapView:
    world = World()
    for name in names or ("web",):
        world.run(name, "bridge")
    return map_view(world.topology(), title="What is there?")


@pytest.mark.parametrize("name", NAMES)
def test_it_is_the_layout_of_the_static_map(name: str) -> None:
    found = case(name)
    assert view(name).layout == layout(found.topology, since=found.since)
    assert view(name).alt == view(name).picture().alt


@pytest.mark.parametrize("name", NAMES)
def test_every_rectangle_and_text_is_where_the_painter_puts_it(name: str) -> None:
    seen = view(name)
    axes = seen.picture().figure.axes[0]
    head = float(axes.get_ylim()[0]) - seen.layout.height  # the painter writes the title above
    painted = sorted(
        (round(p.get_x(), 3), round(p.get_y() - head, 3), round(p.get_width(), 3), round(p.get_height(), 3))
        for p in axes.patches
        if isinstance(p, FancyBboxPatch)
    )
    drawn = sorted(
        tuple(round(float(stroke.attributes[edge]), 3) for edge in ("x", "y", "width", "height"))
        for stroke in tags(seen, "rect")
        if "rx" in stroke.attributes
    )
    assert drawn == painted
    written = sorted((t.get_text(), round(t.get_position()[0], 3)) for t in axes.texts if t.get_position()[1] > head)
    assert sorted((s.text, round(float(s.attributes["x"]), 3)) for s in tags(seen, "text")) == written


@pytest.mark.parametrize("name", NAMES)
def test_everything_that_is_drawn_can_be_asked(name: str) -> None:
    seen = view(name)
    ids = [thing.id for thing in seen.things]
    assert len(ids) == len(set(ids))
    drawn = {(box.x, box.y, box.w, box.h) for box in seen.layout.boxes}
    assert {(thing.x, thing.y, thing.w, thing.h) for thing in seen.things} <= drawn
    assert all(thing.title and thing.lines for thing in seen.things if not thing.id.startswith("host/"))


@pytest.mark.parametrize("name", NAMES)
def test_every_colour_that_is_named_is_there_in_both_themes(name: str) -> None:
    used = {
        match
        for stroke in view(name).strokes
        for value in stroke.attributes.values()
        for match in re.findall(r"var\(--dn-([a-z0-9-]+)\)", str(value))
    }
    for theme in THEMES.values():
        assert used <= {key.replace("_", "-") for key in theme}


@pytest.mark.parametrize("name", NAMES)
def test_the_table_names_what_the_map_names(name: str) -> None:
    seen = view(name)
    words = " ".join(cell for row in seen.rows for cell in row)
    for container in case(name).topology.containers:
        assert literal(container.name) in words
    for box in seen.layout.boxes:
        if box.kind in {"end", "bar", "idle-bar", "uplink"}:
            assert (box.about if box.kind == "end" else box.key) in words


def test_forty_containers_are_asked_one_by_one() -> None:
    seen = view("forty-containers")
    assert sum(thing.id.startswith("box/") for thing in seen.things) == 40
    assert len(seen.json) < 400_000


def test_the_facts_are_those_of_ip_addr_the_route_and_the_endpoint() -> None:
    world = World()
    world.run("web", "bridge")
    topology = world.topology()
    seen = map_view(topology, title="What is there?")
    inside, outside = topology.interface("web", "eth0"), topology.peer("web", "eth0")
    assert inside and outside
    near, far = (f"{end.name}@if{end.peer_index}" for end in (inside, outside))
    told = about(seen, f"{near} in web")
    assert told.startswith(f"{inside.index}: {near}: <{','.join(inside.flags)}> mtu {inside.mtu}")
    assert f"    inet {inside.ipv4} scope global" in told
    assert "route default via 172.17.0.1 dev eth0" in told
    assert "endpoint on the network bridge: 172.17.0.2/16, gateway 172.17.0.1" in about(seen, "container web")
    assert " master docker0 " in about(seen, f"{far} in the host")
    assert f"ports: {outside.name}" in about(seen, "bridge docker0 of the network bridge")


def test_a_namespaces_number_that_is_used_again_makes_nobody_share_it() -> None:
    """The kernel gives the number to the next one."""
    before, now = World(), World()
    before.run("db", "bridge")
    now.run("stranger", "bridge")
    old, new = before.topology(), now.topology()
    assert [n.inode for n in old.namespaces] == [n.inode for n in new.namespaces]
    rows = {row[1]: row[3] for row in map_view(new, since=old, title="").rows if row[0] == "container"}
    assert rows == {"db": "− gone", "stranger": "+ new"}
    assert "shared" not in map_view(new, since=old, title="").json


def test_what_is_new_and_gone_is_marked_and_what_is_gone_can_still_be_asked() -> None:
    world = World()
    world.run("old", "bridge")
    before = deepcopy(world).topology()
    world.run("fresh", "bridge")
    world.remove("old")
    seen = map_view(world.topology(), since=before, title="What is there?")
    marks = {thing.title: thing.mark for thing in seen.things if thing.id.startswith("box/")}
    assert marks == {"container fresh": "new", "container old": "gone"}
    assert about(seen, "container old").startswith("Gone since then.")
    assert "Gone" not in about(seen, "container fresh")
    assert {row[1]: row[3] for row in seen.rows if row[0] == "container"} == {"fresh": "+ new", "old": "− gone"}
    assert 'New since before: container "fresh"' in seen.news and seen.alt.endswith(seen.news)


def test_what_is_not_the_labs_is_counted() -> None:
    world = World(foreign=3)
    seen = map_view(world.topology(), title="What is there?")
    assert ("not shown", "3 other containers", "only counted", "") in seen.rows
    assert any("3 other containers" in stroke.text for stroke in tags(seen, "text"))


def test_hostile_names_are_texts_and_never_attributes() -> None:
    world = World()
    for name in (BAD, TURNED, "שלום", "a" * 300):
        world.run(name, "bridge")
    seen = map_view(world.topology(), title=BAD + TURNED)
    values = [str(value) for stroke in seen.strokes for value in stroke.attributes.values()]
    assert not any(bad in value for value in values for bad in ("<", "\u202e", "alert"))
    assert "\u202e" not in json.dumps(page(seen), ensure_ascii=False)
    assert f"container {BAD}" in {thing.title for thing in seen.things}
    assert {"שלום", "a" * 300, BAD} <= {row[1] for row in seen.rows}


def test_the_page_gets_numbers_and_texts_only() -> None:
    found = page(view("after-changes"))
    allowed = {"circle", "line", "path", "rect", "text"}
    assert {tag for tag, _, _ in found["strokes"]} <= allowed
    assert 0 < found["behind"] < len(found["strokes"])


def test_showing_another_view_tells_the_page_once_and_in_order() -> None:
    widget, told = MapWidget(small(), THEMES, lambda: None), list[str]()
    widget.observe(lambda change: told.append(change["name"]), ["data", "status"])
    widget.show(small("web", "db"), "Live.")
    assert told == ["data", "status"]
    assert '"container db"' in widget.data and widget.status == "Live."
    widget.show(small("web"))
    assert told == ["data", "status", "data"] and widget.status == "Live."


def test_marking_calls_back_until_the_end() -> None:
    asked: list[str] = []
    widget = MapWidget(small(), THEMES, lambda: asked.append("mark"), lambda: asked.append("look"), "Live.")
    tell(widget, "look")
    tell(widget, "mark")
    widget.end("over")
    tell(widget, "mark")
    assert asked == ["look", "mark"] and widget.ended and widget.status == "over"


@pytest.mark.parametrize("widget", [MapWidget, FilmWidget, WalkWidget, Talk, Grid, Prediction])
def test_a_module_needs_nothing_from_elsewhere(widget: type[Widget]) -> None:
    module, sheet = str(widget._esm), str(widget._css)
    assert set(re.findall(r"\w+://[^'\s&]+", module + sheet)) == {"http://www.w3.org/2000/svg"}
    assert "import" not in module and "url(" not in sheet and module.count("export default { render };") == 1


@pytest.mark.parametrize("name", ["draw", "film", "map", "talk", "walk"])
def test_names_of_the_network_become_attributes_and_texts(name: str) -> None:
    """Only what a prediction says is HTML: made of our own words."""
    assert not re.search(
        "innerHTML|outerHTML|insertAdjacentHTML", bundle(f"{name}.js").split("// The question of a")[0]
    )


def test_without_a_kernel_it_is_the_picture_of_its_last_state() -> None:
    widget = MapWidget(small(), THEMES, lambda: None)
    widget.show(small("web", "db"))
    data, metadata = widget._repr_mimebundle_()
    assert data["text/plain"] == repr(widget) == small("web", "db").alt
    assert 'Container "db"' in metadata["image/png"]["alt"]
    assert data["image/png"].startswith("iVBOR")
    assert "application/vnd.jupyter.widget-view+json" in data
