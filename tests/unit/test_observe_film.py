"""The film of a ``docker run``, made from recordings of three generations (fixtures/observe/record.py)."""

from __future__ import annotations

from pathlib import Path

import pytest

from dockernet_course.errors import ObserveError
from dockernet_course.observe import Film, Topology, decorate, relate
from dockernet_course.observe.film import _opening, make_film
from dockernet_course.observe.model import Bridge, Namespace, Network
from dockernet_course.observe.recording import Recording, events
from dockernet_course.observe.storage import load_recording, save_recording

FIXTURES = Path(__file__).parent / "fixtures" / "observe"
RUN = ["before", "created", "attached", "up", "moved", "renamed", "mac", "addressed", "up", "routed"]
STOP = ["before", "down", "renamed", "unaddressed", "moved", "down", "gone"]
RUN_28 = ["before", "created", "attached", "up", "created", "mac", "addressed", "up", "routed"]  # made inside, at once


@pytest.fixture(params=["bookworm", "trixie"])
def suite(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def recording(suite: str, name: str = "run") -> Recording:
    return load_recording((FIXTURES / f"{name}-{suite}.json").read_text())


def facts(seen: Topology) -> set[object]:
    """Everything that is folded; the kernel gives link-local addresses later, by itself."""
    found: set[object] = {*seen.bridges, *seen.wires, *seen.containers, *seen.networks}
    for space in (seen.host, *seen.namespaces):
        for i in space.interfaces:
            addresses = frozenset(a for a in i.addresses if a.scope != "link")
            found.add((space.inode, i.name, i.index, i.mac, i.mtu, i.flags, i.state, i.master, i.peer_index, addresses))
        found |= {(space.inode, r) for r in space.routes if not r.destination.startswith("fe80:")}
    return found


def test_docker_run_has_its_steps(suite: str) -> None:
    assert [frame.what for frame in make_film(recording(suite)).frames] == RUN


def test_a_restart_takes_apart_and_builds_anew(suite: str) -> None:
    assert [frame.what for frame in make_film(recording(suite, "restart")).frames] == STOP + RUN[1:]


def test_on_28_the_inner_end_is_made_inside() -> None:
    film, again = make_film(recording("sid")), make_film(recording("sid", "restart"))
    assert [frame.what for frame in film.frames] == RUN_28
    assert [frame.what for frame in again.frames] == STOP + RUN_28[1:]
    outer, inner = (frame for frame in film.frames if frame.what == "created")
    assert (outer.where, inner.where, inner.title) == ("the host", "web", "eth0 is created")
    assert (outer.topology.wires, len(inner.topology.wires)) == ((), 1)
    assert outer.title.endswith(" is created: one end of a veth pair, whose other end is made in web, not here")


@pytest.mark.parametrize("inner_first", [False, True])
def test_an_end_that_is_made_elsewhere_is_not_told_as_made_here(inner_first: bool) -> None:
    """Where both ends come one after the other (an engine with another mtu), the host's frame tells of its own only."""
    taken = recording("sid")
    steps = [(what, where) for what, where, _ in _pair_at_once(taken, inner_first=inner_first)]
    made = [("created", "web"), ("created", "the host")]
    assert steps[1:3] == (made if inner_first else made[::-1])
    titles = [title for what, _, title in _pair_at_once(taken, inner_first=inner_first) if what == "created"]
    assert not any(" and " in title or "are created" in title for title in titles)


def test_a_pair_that_ends_in_two_places_goes_together() -> None:
    """``ip link delete`` on the host while the other end is in a container: one step, and both places are named."""
    from dockernet_course.observe.story import Meaning, merges, retitle

    outer = Meaning("gone", "veth1 is deleted", "the host", (1, 4), (2, 2))
    inner = Meaning("gone", "eth0 is deleted", "web", (2, 2), (1, 4))
    assert merges(outer, inner)
    assert retitle(outer, inner) == "veth1 (the host) and eth0 (web) are deleted: a veth pair goes together"


def _pair_at_once(taken: Recording, *, inner_first: bool) -> list[tuple[str, str, str]]:
    """The film of the recording in which the container end is made right before, or right after, the host end."""
    film = make_film(taken)
    start = events(taken.output)[0].at_us
    times = [frame.at_us + start for frame in film.frames if frame.what == "created"]
    records = list(_records(taken.output))
    outer, inner = (next(r for t, r in records if t == time) for time in times)
    pair = [inner, outer] if inner_first else [outer, inner]
    rest = [r for _, r in records if r not in (outer, inner)]
    first = next(n for n, r in enumerate(rest) if int.from_bytes(r[:8], "little") > times[0])
    again = make_film(Recording(taken.before, taken.after, b"".join([*rest[:first], *pair, *rest[first:]])))
    return [(frame.what, frame.where, frame.title) for frame in again.frames]


@pytest.mark.parametrize("suite", ["bookworm", "trixie", "sid"])
@pytest.mark.parametrize("name", ["run", "restart"])
def test_the_last_frame_is_what_was_observed_then(suite: str, name: str) -> None:
    taken = recording(suite, name)
    after = decorate.decorate(relate.relate(taken.after.spaces), taken.after)
    assert facts(make_film(taken).frames[-1].topology) == facts(after)


def test_each_frame_shows_its_step(suite: str) -> None:
    film = make_film(recording(suite))
    shown = {}
    for frame in film.frames:
        seen = frame.topology
        veths = tuple(i.name for i in seen.host.interfaces if i.kind == "veth")
        inside = [i for n in seen.namespaces for i in n.interfaces if i.kind == "veth"]
        shown[frame.title.split(" ", 1)[1]] = (
            len(veths),
            seen.bridge("docker0").ports == veths[-1:] != (),
            len(inside),
        )
        assert len(seen.wires) == (0 if frame.what == "before" else 1)
    assert list(shown.values()) == [(0, False, 0), (2, False, 0), *[(2, True, 0)] * 2, *[(1, True, 1)] * 6]


def test_the_container_appears_when_its_namespace_is_heard_of(suite: str) -> None:
    film = make_film(recording(suite))
    present = [frame.what for frame in film.frames if any(c.name == "web" for c in frame.topology.containers)]
    assert present == RUN[4:]
    carried = [frame.what for frame in film.frames if _carried(frame.topology)]
    assert carried == RUN[7:]


def _carried(seen: Topology) -> bool:
    return any(e.interface == "eth0" for c in seen.containers for e in c.endpoints)


def test_the_kernel_is_quoted_as_ip_monitor_prints_it(suite: str) -> None:
    film = make_film(recording(suite))
    by_step = {frame.what: frame.event for frame in film.frames}
    web = film.frames[-1].topology.interface("web", "eth0")
    peer = film.frames[-1].topology.peer("web", "eth0")
    assert web
    assert peer
    moved = by_step["moved"].splitlines()
    assert moved[0].startswith(f"[nsid current]Deleted {web.index}: veth")
    assert f"new-netnsid {peer.peer_netnsid} new-ifindex {web.index}" in moved[1]
    assert moved[2].startswith(f"[nsid {peer.peer_netnsid}]{web.index}: veth")
    assert by_step["renamed"].startswith(f"[nsid {peer.peer_netnsid}]{web.index}: eth0@if{peer.index}: <")
    assert " master docker0 " in by_step["attached"]
    assert by_step["addressed"].endswith(f"{web.index}: eth0    inet 172.17.0.2/16 scope global eth0")
    assert by_step["routed"].endswith("]default via 172.17.0.1 dev eth0")


def test_time_goes_forward_and_starts_at_the_first_event(suite: str) -> None:
    times = [frame.at_us for frame in make_film(recording(suite)).frames]
    assert times == sorted(times)
    assert times[:2] == [0, 0]
    assert 0 < times[-1] < 5_000_000


def test_the_repr_has_no_times_and_the_table_has(suite: str) -> None:
    film = make_film(recording(suite))
    assert " ms" not in repr(film)
    assert len(repr(film).splitlines()) == len(film.table()) == len(film) == len(RUN)
    assert str(film).count(" ms  ") == len(RUN)
    assert "master docker0" in film.text(events=True)
    assert film.table()[-1][1] > 0
    assert film.table()[4][2] == "the host → web"


def test_another_order_gives_another_film(suite: str) -> None:
    """An engine that sets the host end up after the move: the sentences follow what was seen."""
    taken = recording(suite)
    swapped = _later(taken, first="up", until="addressed")
    steps = [frame.what for frame in swapped.frames]
    assert steps.index("moved") < steps.index("up")
    assert "no carrier yet" in swapped.frames[steps.index("up")].title


def _later(taken: Recording, *, first: str, until: str) -> Film:
    """The film of the recording in which the records of step ``first`` come after those of step ``until``."""
    film = make_film(taken)
    start = events(taken.output)[0].at_us
    steps = [(frame.what, frame.at_us + start) for frame in film.frames[1:]]
    at = next(n for n, (what, _) in enumerate(steps) if what == first)
    begin, end = steps[at][1], steps[at + 1][1]
    target = next(time for what, time in steps[at + 1 :] if what == until)
    records = list(_records(taken.output))
    moved = [r for t, r in records if begin <= t < end]
    kept = [(t, r) for t, r in records if not begin <= t < end]
    output = b"".join([*(r for t, r in kept if t <= target), *moved, *(r for t, r in kept if t > target)])
    return make_film(Recording(taken.before, taken.after, output))


def _records(output: bytes) -> list[tuple[int, bytes]]:
    found, at = [], 0
    while at < len(output):
        length = int.from_bytes(output[at + 12 : at + 16], "little")
        found.append((int.from_bytes(output[at : at + 8], "little"), output[at : at + 16 + length]))
        at += 16 + length
    return found


def test_lost_messages_are_an_error_not_a_gap(suite: str) -> None:
    taken = recording(suite)
    with pytest.raises(ObserveError, match="faster than the recorder"):
        make_film(Recording(taken.before, taken.after, taken.output + bytes(16)))


def test_nothing_happening_is_a_film_too(suite: str) -> None:
    taken = recording(suite)
    film = make_film(Recording(taken.before, taken.before, b""))
    assert [frame.what for frame in film.frames] == ["before", "after"]


def test_a_recording_survives_being_saved(suite: str) -> None:
    taken = recording(suite)
    assert load_recording(save_recording(taken)) == taken


def test_the_first_frame_shows_the_default_bridge_and_the_labs_and_counts_the_others() -> None:
    def bridge(name: str, network: str | None) -> Bridge:
        return Bridge(name, "8000", False, (), network)

    others = [(f"br-{number}", f"other{number}") for number in range(25)]
    networks = [Network(name, name, "bridge", "local") for _, name in (*others, ("docker0", "bridge"))]
    before = Topology(
        "26.1",
        Namespace(1, True, ()),
        networks=(*networks, Network("shop", "shop", "bridge", "local", mine=True)),
        bridges=(bridge("docker0", "bridge"), bridge("br-shop", "shop"), *(bridge(*other) for other in others)),
    )
    assert _opening(before) == "Before: docker0 with 0 ports, br-shop with 0 ports, 25 bridges of others"
