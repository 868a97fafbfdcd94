"""What an observation tells of a container on each kind of network, on recordings (fixtures/observe/record.py)."""

from __future__ import annotations

from pathlib import Path

import pytest

from dockernet_course.observe import Topology, decorate, difference, relate
from dockernet_course.observe.film import Film, make_film
from dockernet_course.observe.kinds import KINDS, of_driver, of_link, of_mode
from dockernet_course.observe.model import Interface, Namespace, ParentLink
from dockernet_course.observe.recording import Recording
from dockernet_course.observe.storage import load_recording

FIXTURES = Path(__file__).parent / "fixtures" / "observe"
RUN = ["before", "created", "moved", "renamed", "mac", "addressed", "up", "routed"]

# The kinds whose interfaces have a parent, and what `ip -d link` says of one.
PARENTS = [("macvlan", "mode bridge")]
RECORDED = [(kind, detail, suite) for kind, detail in PARENTS for suite in ("bookworm", "trixie")]
on_each = pytest.mark.parametrize(("kind", "detail", "suite"), RECORDED)


def recording(kind: str, suite: str) -> Recording:
    return load_recording((FIXTURES / f"run-{kind}-{suite}.json").read_text())


def after(kind: str, suite: str) -> Topology:
    seen = recording(kind, suite).after
    return decorate.decorate(relate.relate(seen.spaces), seen)


def film(kind: str, suite: str) -> Film:
    return make_film(recording(kind, suite))


@on_each
def test_an_interface_has_its_parent_on_the_host(kind: str, detail: str, suite: str) -> None:
    seen = after(kind, suite)
    eth0, parent = seen.interface(f"on-{kind}", "eth0"), seen.parent(f"on-{kind}", "eth0")
    assert eth0 and parent
    assert (eth0.kind, eth0.detail, eth0.peer_index) == (kind, detail, parent.index)
    assert parent == seen.host.interface("eth0")
    inode = seen.container(f"on-{kind}").namespace or 0
    assert seen.parents == (ParentLink((inode, "eth0"), (seen.host.inode, "eth0")),)
    assert seen.peer(f"on-{kind}", "eth0") is None


@on_each
def test_a_network_has_a_parent_and_no_bridge(kind: str, detail: str, suite: str) -> None:
    network = after(kind, suite).network(f"of-{kind}")
    assert (network.driver, network.parent, network.bridge) == (kind, "eth0", None)
    bridge = after(kind, suite).network("bridge")
    assert (bridge.parent, bridge.bridge) == (None, "docker0")


@on_each
def test_a_difference_tells_the_parent(kind: str, detail: str, suite: str) -> None:
    seen = film(kind, suite)
    told = repr(difference(seen.frames[0].topology, seen.frames[-1].topology))
    assert f"＋ eth0 appeared in on-{kind}, address 172.18.0.2/24, parent eth0 on the host" in told


@on_each
def test_a_film_tells_of_what_kind_an_interface_is_made(kind: str, detail: str, suite: str) -> None:
    seen = film(kind, suite)
    made = [frame.what for frame in seen.frames]
    assert made == [what for what in RUN if what in made or what != "mac"]  # Docker gives not every kind a MAC address
    created, arrived = seen.frames[1:3]
    assert created.title.endswith(f" is created: a {kind} interface, whose parent is eth0 on the host")
    assert [link.parent for link in arrived.topology.parents] == [(arrived.topology.host.inode, "eth0")]
    assert seen.frames[-1].topology.parents == after(kind, suite).parents


def test_a_parent_that_nobody_saw_is_none() -> None:
    def child(nsid: int | None) -> Namespace:
        return Namespace(2, False, (Interface("eth0", 7, "macvlan", "", 1500, "UP", peer_index=2, peer_netnsid=nsid),))

    host = Namespace(1, True, (Interface("eth0", 2, "device", "", 1500, "UP"),))
    assert relate.parents((host, child(0)), {2: {0: 1}}) == (ParentLink((2, "eth0"), (1, "eth0")),)
    assert relate.parents((host, child(5)), {2: {0: 1}}) == ()  # in a namespace that was not looked into
    assert relate.parents((host, child(None)), {2: {0: 1}}) == ()  # index 2 of its own namespace is not there


def test_each_kind_is_found_by_what_is_said_of_it() -> None:
    assert [of_driver(kind.name) for kind in KINDS] == list(KINDS)
    assert [of_driver(word).name for word in ("null", "some-plugin", "")] == ["null", "", ""]
    assert [of_link(*words).name for words in (("veth",), ("veth", "overlay"), ("veth", "some-plugin"))] == [
        *("bridge", "overlay", "bridge")
    ]
    assert [of_link(*words).name for words in (("macvlan", "bridge"), ("device",))] == ["macvlan", ""]
    modes = ("host", "none", "container:abc", "container", "bridge", "default", "macvlan")
    assert [of_mode(mode).name for mode in modes] == ["host", "null", "container", "", "", "", ""]


def test_who_has_no_parent_option_is_on_the_engines_dummy() -> None:
    assert of_driver("macvlan").parent({"Id": "0123456789abcdef", "Options": None}) == "dm-0123456789ab"
    overlay = of_driver("overlay")
    assert overlay.parent({"Id": "0" * 64}) == overlay.bridge({"Id": "0" * 64}) == ""
