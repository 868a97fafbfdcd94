"""The film of a real ``docker run``."""

from __future__ import annotations

import time

import pytest

from dockernet_course.lab import Lab
from dockernet_course.observe import Film, Topology, observe, record

pytestmark = pytest.mark.live
STEPS = {"created", "attached", "up", "moved", "renamed", "addressed", "routed"}


def facts(seen: Topology) -> set[object]:
    """What is folded, without what settles later by itself: link-local addresses and operational states."""
    found: set[object] = {*seen.bridges, *seen.wires}
    for space in (seen.host, *seen.namespaces):
        for i in space.interfaces:
            addresses = frozenset(a for a in i.addresses if a.scope != "link")
            found.add(
                (space.inode, i.name, i.index, i.mac, i.mtu, i.up, i.master, i.peer_index, i.peer_netnsid, addresses)
            )
        found |= {(space.inode, r) for r in space.routes if not r.destination.startswith("fe80:")}
    return found


def settled(lab: Lab, film: Film) -> bool:
    """Whether the last frame is what can be seen now, or within a second."""
    end = time.monotonic() + 1
    while facts(observe(lab)) != facts(film.frames[-1].topology):
        if time.monotonic() > end:
            return False
        time.sleep(0.05)
    return True


def test_docker_run_step_by_step(lab: Lab) -> None:
    film = record(lab, lambda: lab.run("web"))
    assert {frame.what for frame in film.frames} >= STEPS
    assert 9 <= len(film) <= 11
    assert settled(lab, film)
    first, last = film.frames[0].topology, film.frames[-1].topology
    assert not first.bridge("docker0").ports
    peer = last.peer("web", "eth0")
    assert peer
    assert last.bridge("docker0").ports == (peer.name,)
    assert "the host → web" in repr(film)
    created = next(frame for frame in film.frames if frame.what == "created")
    assert peer.name in created.title
    lab.remove("web")


def test_the_same_steps_each_time(lab: Lab) -> None:
    films = []
    for _ in range(3):
        films.append([frame.what for frame in record(lab, lambda: lab.run("again")).frames])
        lab.remove("again")
    assert films[0] == films[1] == films[2]


def test_other_actions_are_films_too(lab: Lab) -> None:
    network = record(lab, lambda: lab.create_network("net"))
    assert [frame.what for frame in network.frames][:3] == ["before", "created", "addressed"]
    assert settled(lab, network)
    lab.run("one", network="net")
    out = record(lab, lambda: lab.remove("one"))
    assert "gone" in [frame.what for frame in out.frames]
    assert settled(lab, out)
    nothing = record(lab, lambda: lab.run("alone", "sleep 1000", network="none"))
    assert [frame.what for frame in nothing.frames] == ["before", "after"]
    assert nothing.frames[-1].topology.namespace("alone")


def test_an_action_may_take_longer_than_an_engine_may_be_silent(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lab.api, "patience", 5)
    film = record(lab, lambda: time.sleep(7))
    assert [frame.what for frame in film.frames] == ["before", "after"]


def test_what_the_action_raises_comes_through_and_the_recorder_ends(lab: Lab) -> None:
    def fail() -> None:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        record(lab, fail)
    assert "recorder" not in lab.host("ps").text
    assert "dockernet-film" not in lab.host("cat /proc/net/unix").text
