"""The difference of two observations, in words."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from dockernet_course.observe import Route, RoutingRule, Topology, decorate, difference, relate
from dockernet_course.observe.discover import Seen
from dockernet_course.observe.storage import load_recording

FIXTURES = Path(__file__).parent / "fixtures" / "observe"


def topology(seen: Seen) -> Topology:
    return decorate.decorate(relate.relate(seen.spaces), seen)


@pytest.fixture(params=["bookworm", "trixie"])
def suite(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def around(suite: str, name: str) -> tuple[Topology, Topology]:
    recording = load_recording((FIXTURES / f"{name}-{suite}.json").read_text())
    return topology(recording.before), topology(recording.after)


def test_what_docker_run_attached_where(suite: str) -> None:
    before, after = around(suite, "run")
    port = after.bridge("docker0").ports[0]
    assert [str(change) for change in difference(before, after).appeared] == [
        "container web appeared, running",
        "web joined the network bridge as 172.17.0.2",
        f"{port} appeared on the host, port of docker0",
        f"eth0 appeared in web, address 172.17.0.2/16, other end {port} on the host",
        "route default via 172.17.0.1 dev eth0 in web appeared",
        "route 172.17.0.0/16 dev eth0 in web appeared",
    ]
    assert [c.name for c in difference(before, after).changed if c.kind == "interface"] == ["docker0"]
    assert "state DOWN → UP" in repr(difference(before, after))


def test_backwards_everything_is_gone(suite: str) -> None:
    before, after = around(suite, "run")
    there, back = difference(before, after), difference(after, before)
    assert not back.appeared
    assert [c.name for c in back.gone] == [c.name for c in there.appeared]
    assert "－ eth0 in web is gone" in repr(back).splitlines()


def test_a_restart_is_a_new_pair_for_the_same_container(suite: str) -> None:
    before, after = around(suite, "restart")
    changes = difference(before, after)
    assert not [c for c in changes.appeared + changes.gone if c.kind in ("container", "endpoint")]
    assert {c.kind for c in changes.appeared} == {c.kind for c in changes.gone} == {"interface", "route"}


def test_routes_that_lead_nowhere_and_routing_rules_are_told(suite: str) -> None:
    _, after = around(suite, "run")
    route, rule = Route("192.0.2.0/24", "", kind="prohibit"), RoutingRule(90, "from 10.1.0.0/16 lookup 100")
    spaces = (replace(n, routes=(*n.routes, route), rules=(rule,)) for n in after.namespaces)
    changed = replace(after, namespaces=tuple(spaces))
    assert [str(change) for change in difference(after, changed).appeared] == [
        "route prohibit 192.0.2.0/24 in web appeared",
        "routing rule 90: from 10.1.0.0/16 lookup 100 in web appeared",
    ]


def test_nothing_is_no_difference(suite: str) -> None:
    before, _ = around(suite, "run")
    assert not difference(before, before)
    assert repr(difference(before, before)) == "no difference"
