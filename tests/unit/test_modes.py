"""What a container of each mode is told to have, from recorded observations of both generations."""

from __future__ import annotations

from pathlib import Path

import pytest

from dockernet_course.experiments.modes import Mode, seen_as
from dockernet_course.lessons.modes import Modes
from dockernet_course.observe import Topology, decorate, relate
from dockernet_course.observe.storage import load_seen

FIXTURES = Path(__file__).parent / "fixtures" / "observe"
NAMES = ("web", "app", "db", "onhost", "alone", "side", "old")


@pytest.fixture(params=["bookworm", "trixie"])
def topology(request: pytest.FixtureRequest) -> Topology:
    seen = load_seen((FIXTURES / f"seen-{request.param}.json").read_text())
    return decorate.decorate(relate.relate(seen.spaces), seen)


def answers(topology: Topology, **found: dict[str, tuple[str, ...]]) -> Modes:
    """What each is told to have, where it ``found`` these addresses behind these names."""
    called = {topology.container(name).id: name for name in NAMES}
    return Modes(tuple(seen_as(topology, found.get(name, {}), ident, called) for ident, name in called.items()))


def held(topology: Topology, name: str) -> tuple[str, ...]:
    space = topology.namespace(name)
    assert space
    return tuple(a.ip for i in space.interfaces for a in i.addresses if a.scope == "global")


def test_each_mode_has_what_is_its_own(topology: Topology) -> None:
    seen = answers(topology)
    web = topology.interface("web", "eth0")
    assert web and web.ipv4
    assert seen["web"] == Mode("web", "bridge", (web.ipv4.ip,), (), False, ("side",), False)
    assert seen["side"] == Mode("side", "container:web", (), (), False, ("web",), False)
    assert seen["alone"] == Mode("alone", "none", (), (), False, (), False)
    assert seen["onhost"] == Mode("onhost", "host", (), (), False, (), True)
    assert seen["old"].addresses == (), "one that does not run has none"


def test_names_networks_and_published_ports(topology: Topology) -> None:
    app = answers(topology, app={"db": held(topology, "db")})["app"]
    assert (app.mode, app.names, app.published) == ("front", ("db",), True)
    assert len(app.addresses) == 2, "one in each of its networks"


def test_a_name_is_known_where_it_leads_to_the_container_whether_that_answers_or_not(topology: Topology) -> None:
    led = {"db": held(topology, "db"), "app": ("192.0.2.9",), "alone": ("127.0.1.1",)}
    assert answers(topology, web=led)["web"].names == ("db",), "somebody else's address is not its name"


def test_the_table_says_it_in_words(topology: Topology) -> None:
    seen = answers(topology, app={"db": held(topology, "db")})
    rows = {row[0]: row[1:] for row in seen.table.rows}
    assert rows["onhost"] == ("host", "none", "nobody", "nothing published", "the host's", "no")
    assert rows["side"] == ("container:web", "none", "nobody", "nothing published", "shared with web", "yes")
    assert rows["app"][2:] == ("db", "works", "its own", "yes")
    assert repr(seen).splitlines()[0] == "Every mode, the same questions"
    assert "<table>" in seen._repr_html_()
    with pytest.raises(KeyError):
        seen["nobody"]
