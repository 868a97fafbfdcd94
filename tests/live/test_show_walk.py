"""What ``show_walk`` shows of real packets: a number for every point, at the right place, and the same in words."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from dockernet_course import show_walk, walk
from dockernet_course.engines import Engine
from dockernet_course.figures import walk_picture
from dockernet_course.figures.walk.steps import legs
from dockernet_course.lab import Lab, open_lab
from dockernet_course.observe import observe

pytestmark = [pytest.mark.live, pytest.mark.once]


@pytest.fixture
def own_lab(private_engine: Engine) -> Iterator[Lab]:
    """A lab in a capsule."""
    with open_lab(private_engine, "show-walk") as opened:
        yield opened


def test_it_tells_every_point_of_a_real_packet(own_lab: Lab, capsys: pytest.CaptureFixture[str]) -> None:
    own_lab.create_network("front")
    web, db = (own_lab.run(name, network="front") for name in ("web", "db"))
    seen = walk(own_lab, web, db)
    assert seen.world.wires == observe(own_lab).wires, "the network as it was when the packet walked"
    show_walk(seen, title="How does it get there?")
    told = capsys.readouterr().out
    (asked,) = (packet for packet in seen if packet.role == "question")
    veths = [hop.at.interface for hop in asked.hops if hop.at.role == "veth"]
    assert f"it comes out of web's veth pair on the host, {veths[0]}, from {web.address()} to {db.address()}" in told
    assert f"the bridge hands it to db's veth pair, {veths[1]}" in told
    assert told.rstrip().endswith("It was answered.")


def test_the_rule_that_is_drawn_is_one_that_is_there(own_lab: Lab) -> None:
    for name in ("front", "back"):
        own_lab.create_network(name)
    web, far = own_lab.run("web", network="front"), own_lab.run("far", network="back")
    seen = walk(own_lab, web, far)
    (note,) = (note for leg in legs(seen) for step in leg.steps for note in step.notes)
    rule = note.rule.partition(" (table")[0].removeprefix("-A ")
    assert own_lab.host(f"iptables -C {rule}").ok, "as the tool wants it"
    found = walk_picture(seen, title="Where does it end?")
    assert [stop.label for stop in found.map.stops][-1] == "✗"
    assert found.png()


def test_the_way_to_a_container_in_host_mode_ends_at_its_box(own_lab: Lab) -> None:
    client, web = own_lab.run("client"), own_lab.run("web", network="host")
    found = walk_picture(walk(own_lab, client, web, "port"), title="Who is it that answers?")
    chip = next(box for box in found.map.boxes if box.kind == "container" and box.about == "web")
    last = [line for line in found.map.lines if line.style == "there"][-1]
    x, y = last.points[-1]
    assert chip.x <= x <= chip.x + chip.w and abs(y - chip.y) < 1
    assert last.behind
