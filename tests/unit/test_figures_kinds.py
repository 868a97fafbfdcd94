"""How a map shows and tells each kind of network."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from dockernet_course.figures import alt_text, layout
from dockernet_course.figures.drawing.primitives import Layout
from dockernet_course.figures.map.kinds import KINDS
from dockernet_course.figures.map.layout import layouts, reel
from dockernet_course.figures.map.page_view import map_view
from dockernet_course.observe import kinds as observed
from dockernet_course.observe.film import make_film
from dockernet_course.observe.model import Topology
from dockernet_course.observe.storage import load_recording
from tests.gallery.examples import World

FIXTURES = Path(__file__).parent / "fixtures" / "observe"


def texts(found: Layout) -> set[str]:
    return {text.text for text in found.texts}


def on_parent(driver: str = "macvlan", *containers: str) -> World:
    """web on docker0, and the containers on a network whose parent is the host's eth0."""
    made = World()
    made.uplink("eth0", "192.0.2.15/24", "192.0.2.1")
    made.of_driver("yard", driver, "192.0.2.129/25", parent="eth0", detail="mode bridge")
    made.run("web", "bridge")
    for name in containers:
        made.run(name, "yard")
    return made


def test_every_kind_that_is_observed_is_drawn() -> None:
    assert set(KINDS) == {kind.name for kind in observed.KINDS}


@pytest.mark.parametrize("driver", [kind.name for kind in observed.KINDS if kind.leads_to == "parent"])
def test_a_wire_ends_at_the_parent_itself(driver: str) -> None:
    seen = on_parent(driver, "cow", "calf").topology()
    found = layout(seen)
    bar = next(box for box in found.boxes if box.key == "eth0" and box.kind == "bar")
    wires = [wire for wire in found.wires if wire.net == bar.net]
    assert len(wires) == 2
    assert all(bar.x < wire.x < bar.x + bar.w and wire.y2 == bar.y for wire in wires)
    assert {"eth0@if2", f"{driver} network", "eth0  parent interface"} <= texts(found)
    said = alt_text(seen)
    assert f'Parent interface eth0 of the Docker network "yard" carries 2 {driver} interfaces.' in said
    assert f"its parent is eth0 on the host ({driver}, mode bridge)." in said
    assert "with 1 bridge." in said
    assert "What leaves through it from docker0 gets the host's address (NAT)." in said


def test_the_table_and_the_facts_tell_the_parent() -> None:
    shown = map_view(on_parent("macvlan", "cow").topology(), title="?")
    assert ("parent interface", "eth0", "macvlan network yard, 192.0.2.15/24", "") in shown.rows
    (cow,) = (row for row in shown.rows if row[1] == "eth0@if2 of cow")
    assert cow[2].endswith(", macvlan mode bridge, parent eth0")
    facts = {thing.title: thing.lines for thing in shown.things}
    assert "parent of eth0 of cow" in facts["parent interface eth0 of the network yard"]
    assert "    macvlan mode bridge" in facts["eth0@if2 in cow"]


def test_a_parent_comes_after_the_bridges_which_keep_their_colours() -> None:
    made = on_parent()
    before = {box.key: box.net for box in layout(made.topology()).boxes if "bar" in box.kind}
    assert before == {"docker0": 0, "eth0": 1}
    assert 'network "yard" carries no interface.' in alt_text(made.topology())
    made.run("cow", "yard")
    assert {box.key: box.net for box in layout(made.topology()).boxes if "bar" in box.kind} == before


def test_a_parent_without_carrier_is_no_bridge_without_carrier() -> None:
    seen = on_parent("macvlan", "cow").topology()
    off = (replace(i, flags=()) if i.name == "eth0" else i for i in seen.host.interfaces)
    seen = replace(seen, host=replace(seen.host, interfaces=tuple(off)))
    assert "eth0  parent interface  DOWN" in texts(layout(seen))
    assert "bridge without carrier" not in texts(layout(seen))
    assert "(macvlan, mode bridge), which is down." in alt_text(seen)


def test_a_bridge_can_be_a_parent_too() -> None:
    made = on_parent()
    made.of_driver("stall", "macvlan", "172.17.1.1/16", parent="docker0", detail="mode bridge")
    made.run("cow", "stall")
    found, said = layout(made.topology()), alt_text(made.topology())
    assert [box.key for box in found.boxes if "bar" in box.kind].count("docker0") == 1
    assert "has the address 172.17.0.1/16 and 1 port: veth" in said
    assert "its parent is docker0 on the host (macvlan, mode bridge)" in said


def test_what_was_not_seen_is_said_to_be_not_seen() -> None:
    seen = on_parent("macvlan", "cow").topology()
    seen = replace(seen, parents=(), networks=tuple(replace(n, parent=None) for n in seen.networks))
    assert "macvlan: parent not seen" in texts(layout(seen))
    assert "it is wired to nothing that was seen (macvlan: parent not seen)." in alt_text(seen)


def test_a_parent_in_another_containers_namespace_is_named() -> None:
    made = on_parent("macvlan", "cow")
    inode = made.containers["web"].namespace or 0
    made.parents = [replace(link, parent=(inode, "eth0")) for link in made.parents]
    assert "macvlan of eth0 of web" in texts(layout(made.topology()))


def test_of_an_overlay_network_this_host_shows_one_end() -> None:
    made = World()
    made.of_driver("swarm", "overlay", "10.0.1.1/24")
    made.run("task", "swarm")
    assert "overlay: other end not seen" in texts(layout(made.topology()))
    assert "it is wired to nothing that was seen (overlay: other end not seen)" in alt_text(made.topology())


def test_an_interface_that_the_course_does_not_know_is_drawn_with_its_kind() -> None:
    made = World()
    made.run("odd", "bridge")
    seen = made.topology()
    assert "wireguard" in texts(layout(_as_kind(seen, "wireguard")))


def _as_kind(seen: Topology, kind: str) -> Topology:
    (space,) = seen.namespaces
    links = tuple(replace(i, kind=kind) if i.name == "eth0" else i for i in space.interfaces)
    return replace(seen, namespaces=(replace(space, interfaces=links),), wires=())


@pytest.mark.parametrize("suite", ["bookworm", "trixie"])
def test_a_film_shows_the_wire_from_its_arrival_on_under_whichever_name(suite: str) -> None:
    film = make_film(load_recording((FIXTURES / f"run-macvlan-{suite}.json").read_text()))
    frames = layouts(reel([frame.topology for frame in film.frames]))
    key = f"{film.frames[-1].topology.container('on-macvlan').id}/eth0"
    wires = [[wire.x for wire in frame.wires if wire.key == key] for frame in frames]
    assert [len(found) for found in wires] == [0, 0, 1, 1, 1, 1, 1, 1]
    assert len({x for found in wires for x in found}) == 1
