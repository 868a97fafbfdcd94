"""Maps: what they show is what was observed, and before and after are told apart."""

from __future__ import annotations

from collections.abc import Mapping
from copy import deepcopy
from dataclasses import replace
from functools import partial
from itertools import permutations, product
from pathlib import Path

import pytest

from dockernet_course.figures import alt_text, frame_maps, layout, show_film, show_map
from dockernet_course.figures.drawing.primitives import Layout
from dockernet_course.figures.map.facts import facts
from dockernet_course.figures.map.from_topology import read
from dockernet_course.figures.map.identity import Identities
from dockernet_course.figures.map.layout import MAX_WIDTH, MIN_WIDTH
from dockernet_course.figures.map.ordering import Arrangement
from dockernet_course.figures.map.plan import _cost, _Row, make_plan
from dockernet_course.figures.map.rows import rows
from dockernet_course.figures.map.sizes import common_prefix, measure
from dockernet_course.observe.film import make_film
from dockernet_course.observe.model import Asked, Listener, PortBinding
from dockernet_course.observe.storage import load_recording
from tests.gallery.cases import CASES
from tests.gallery.example_film import film_frames
from tests.gallery.examples import World

FIXTURES = Path(__file__).parent / "fixtures" / "observe"


def world(**containers: tuple[str, ...]) -> World:
    """Containers and the networks they are in; networks are made in the order in which they are named."""
    made = World()
    for nets in containers.values():
        for net in nets:
            if net not in made.networks:
                made.network(net, f"172.{17 + len(made.networks)}.0.1/16")
    for name, nets in containers.items():
        made.run(name, *nets)
    return made


def texts(found: Layout) -> set[str]:
    return {text.text for text in found.texts}


def marks(found: Layout) -> dict[str, str]:
    return {box.key: box.mark for box in found.boxes if box.mark}


def test_both_ends_of_a_wire_are_named_as_ip_names_them() -> None:
    made = world(web=("bridge",))
    seen = made.topology()
    peer, eth0 = seen.peer("web", "eth0"), seen.interface("web", "eth0")
    assert peer and eth0
    shown = texts(layout(seen))
    assert {f"eth0@if{peer.index}", f"{peer.name}@if{eth0.index}"} <= shown
    assert {"172.17.0.2/16", "gateway 172.17.0.1", "docker0  172.17.0.1/16", "bridge"} <= shown
    assert f"net:[{seen.host.inode}]" in shown


def test_the_wire_ends_on_its_own_bridge() -> None:
    found = layout(world(web=("front",), db=("back",), api=("front", "back")).topology())
    bars = {box.net: box for box in found.boxes if box.kind == "bar"}
    for wire in found.wires:
        bar = bars[wire.net]
        assert bar.x < wire.x < bar.x + bar.w
        assert abs(wire.y2 - (bar.y - 14)) < 0.01


def test_details_go_in_order() -> None:
    levels = []
    for count in (1, 3, 5, 8, 10, 11, 20, 40):
        made = world(**{f"c{i}": ("bridge",) for i in range(1, count + 1)})
        found = layout(made.topology())
        levels.append(found.detail)
        assert found.width <= MAX_WIDTH
        assert {f"c{i}" for i in range(1, count + 1)} <= texts(found)
    assert levels == sorted(levels)
    assert levels[0] == 0 and levels[-1] == 4


@pytest.mark.parametrize("count", [20, 40, 60])
def test_many_containers_are_in_rows(count: int) -> None:
    found = layout(world(**{f"c{i}": ("bridge",) for i in range(count)}).topology())
    rows = {box.y for box in found.boxes if box.kind == "namespace"}
    assert len(rows) > 1
    assert found.height < 2 * found.width


SMALL: list[Mapping[str, tuple[str, ...]]] = [
    {"a": ("n1",), "b": ("n2",), "c": ("n1", "n2")},
    {"a": ("n1", "n2"), "b": ("n2", "n3"), "c": ("n3", "n1")},
    {"a": ("n1", "n2"), "b": ("n1", "n2"), "c": ("n2",)},
    {"a": ("n1",), "b": ("n2",), "c": ("n1",), "d": ("n2",)},
    {"a": ("n1", "n2"), "b": ("n1", "n2"), "c": ("n1", "n2")},
    {"a": ("n1", "n3"), "b": ("n2",), "c": ("n3", "n2"), "d": ("n1",)},
]


@pytest.mark.parametrize("nets", SMALL)
def test_no_avoidable_crossing(nets: Mapping[str, tuple[str, ...]]) -> None:
    """No order of boxes, interfaces and bars at all has fewer crossings."""
    scene = read(world(**nets).topology())
    plan = make_plan([scene], MAX_WIDTH, MIN_WIDTH)
    needs = measure([scene], plan.style)
    price = partial(_cost, needs, _Row(needs, plan.style.box_gap, 0.0), MIN_WIDTH)
    slots = {key: list(permutations(box.slots)) for key, box in needs.boxes.items()}
    least = min(
        price(Arrangement(order, dict(zip(slots, chosen, strict=True)), bars))[0]
        for order in permutations(needs.boxes)
        for chosen in product(*slots.values())
        for bars in permutations(needs.bars)
    )
    assert plan.crossings <= least


def test_names_decide_when_nothing_else_does() -> None:
    found = layout(world(**dict.fromkeys(("c10", "c2", "c1"), ("bridge",))).topology())
    names = [t.text for t in sorted(found.texts, key=lambda t: t.x) if t.face == "bold" and t.text.startswith("c")]
    assert names == ["c1", "c2", "c10"]


def test_a_network_keeps_its_colour_when_another_one_comes() -> None:
    made = world(web=("zebra",))
    before = {box.key: box.net for box in layout(made.topology()).boxes if "bar" in box.kind}
    made.network("ant", "172.30.0.1/16")
    after = {box.key: box.net for box in layout(made.topology()).boxes if "bar" in box.kind}
    assert before.items() <= after.items()


def test_new_gone_and_changed() -> None:
    made = world(web=("front",), db=("front",), cache=("bridge",))
    before = made.topology()
    ids = {name: container.id for name, container in made.containers.items()}
    made.remove("cache")
    made.stop("db")
    made.run("api", "front")
    after = made.topology()
    found = marks(layout(after, since=before))
    assert found[ids["cache"]] == "gone"
    assert found[ids["db"]] == "changed"
    assert found[after.container("api").id] == "new"
    assert ids["web"] not in found
    assert {badge.mark for badge in layout(after, since=before).badges} == {"new", "gone", "changed"}
    said = alt_text(after, before)
    new, gone, changed = (_sentence(said, word) for word in ("New", "Gone", "Changed"))
    assert 'container "api"' in new
    assert 'container "cache"' in gone and gone.count("wire eth0@") == 2
    assert 'container "db"' in changed and "bridge docker0" in changed
    assert "web" not in new + gone + changed


def _sentence(said: str, word: str) -> str:
    return next(part for part in said.split(". ") if part.startswith(f"{word} since before"))


def test_nothing_new_is_said_too() -> None:
    seen = world(web=("bridge",)).topology()
    assert not layout(seen, since=seen).badges
    assert alt_text(seen, seen).endswith("Nothing changed since before.")


def test_a_live_connect_marks_only_the_new_interface() -> None:
    made = world(web=("front",), db=("back",))
    before = deepcopy(made).topology()
    made.attach("db", "front")
    found = marks(layout(made.topology(), since=before))
    assert set(found.values()) == {"new"}
    assert {key.rpartition("/")[0].rpartition("/")[2] for key in found} == {"eth1"}


def test_a_loopback_that_is_hidden_by_the_first_veth_pair_has_not_gone() -> None:
    made = world(web=("bridge",))
    made.run("quiet")
    alone = deepcopy(made).topology()
    made.attach("quiet", "bridge")
    connected = made.topology()
    assert "127.0.0.1/8" in texts(layout(alone))
    for seen, since, mark in ((connected, alone, "new"), (alone, connected, "gone")):
        found = layout(seen, since=since)
        assert {badge.mark for badge in found.badges} == {mark}
        assert not any(key.endswith("/lo") for key in marks(found))
    assert "127.0.0.1/8" not in texts(layout(connected, since=alone))


def test_shared_host_none_stopped() -> None:
    made = world(web=("bridge",))
    made.join("debug", "web")
    made.host_mode("metrics")
    made.run("island")
    made.run("done", "bridge")
    made.stop("done")
    seen = made.topology()
    found = layout(seen)
    kinds = {box.key: box for box in found.boxes}
    shared = kinds[seen.container("web").id + ""]
    inside = [box for box in found.boxes if box.kind == "container"]
    host = kinds["host"]
    assert {box.about for box in inside} == {"web", "debug", "metrics"}
    metrics = next(box for box in inside if box.about == "metrics")
    assert host.y < metrics.y and metrics.y + metrics.h < host.y + host.h
    assert shared.kind in {"namespace", "container"}
    assert kinds[seen.container("done").id].dashed
    assert {"one shared namespace", "lo", "127.0.0.1/8", "exited", "host mode"} <= texts(found)
    said = alt_text(seen)
    for fact in (
        'Containers "web" and "debug" share one network namespace',
        'In the host\'s namespace is "metrics", without a namespace of its own.',
        "It has only the loopback interface lo, the address 127.0.0.1/8.",
        'Container "done" is exited and has no network namespace.',
    ):
        assert fact in said


def test_ports_uplink_and_nat() -> None:
    made = World()
    made.uplink("eth0", "192.0.2.15/24", "192.0.2.1")
    both = (PortBinding(80, "tcp", "0.0.0.0", 8080), PortBinding(80, "tcp", "::", 8080))  # noqa: S104
    made.run("web", "bridge", ports=(*both, PortBinding(81, "tcp"), PortBinding(53, "udp", "127.0.0.1", 5353)))
    seen = made.topology()
    found = layout(seen)
    ports = {box.about for box in found.boxes if box.kind == "port"}
    assert ports == {":8080 → web:80", "127.0.0.1:5353/udp → web:53"}
    host = next(box for box in found.boxes if box.kind == "host")
    assert all(box.y < host.y + host.h < box.y + box.h for box in found.boxes if box.kind in {"port", "uplink"})
    assert {"eth0 192.0.2.15/24", "to the outside, under this address (NAT)"} <= texts(found)
    assert "Published: port :8080 of the host leads to web:80." in alt_text(seen)
    assert "(NAT)" in alt_text(seen)


DECIDES = {
    "doubles": {
        "! same MAC as eth0 of two": "(same MAC as eth0 of one)",
        "! same address as eth0 of cli": "(same address as eth0 of three)",
    },
    "unattached": {
        "! attached to no bridge": "not attached to any bridge",
        "! bridge port disabled": "bridge port disabled",
        "! bridge port isolated": "bridge port isolated",
    },
    "settings": {
        "mtu 1400": "(mtu 1400)",
        "br-008f0747f4e2  no address  icc off": "with communication between its containers off (enable_icc=false)",
        "br-81db8ebbbbc6  172.19.0.1/16  mtu 1400": ", mtu 1400, has the address 172.19.0.1/16",
    },
    "families": {
        ":8080 → both:80": "port :8080 of the host",
        "0.0.0.0:32768 → four:80": "port 0.0.0.0:32768 of the host leads to four:80",
        "[::]:32768 → apart:80": "port [::]:32768 of the host leads to apart:80",
    },
}


@pytest.mark.parametrize("name", DECIDES)
def test_what_decides_about_packets_is_on_the_map(name: str) -> None:
    """In the picture, in its alternative text, and in the table."""
    case = next(case for make in CASES if (case := make()).name == name)
    shown, told = texts(layout(case.topology)), alt_text(case.topology)
    assert set(DECIDES[name]) <= shown, sorted(shown)
    assert [words for words in DECIDES[name].values() if words not in told] == [], told
    table = " | ".join(" ".join(row) for row in rows(read(case.topology)))
    bare = (words.removeprefix("! ").partition(" → ")[0].rpartition("  ")[2] for words in DECIDES[name])
    assert [words for words in bare if words not in table] == [], table


def test_a_map_without_room_keeps_what_decides() -> None:
    made = World()
    for number in range(24):
        made.run(f"worker-{number}", "bridge")
    made.change("", made.end_of("worker-7"), master=None)
    found = layout(made.topology())
    assert found.detail >= 3
    assert any("no bridge" in text.full for text in found.texts)


def test_the_facts_tell_what_was_asked_and_who_listens() -> None:
    made = World()
    container = made.run("web", "bridge", ports=(PortBinding(53, "udp", "0.0.0.0", 5353),))  # noqa: S104
    asked = Asked(
        publish=(PortBinding(53, "udp", "", 5353), PortBinding(80, "tcp", "127.0.0.1", 0)),
        extra_hosts=("db:192.0.2.7",),
        dns=("192.0.2.53",),
    )
    made.containers["web"] = replace(made.containers["web"], asked=asked)
    listener = Listener(container.namespace or 0, "tcp", "127.0.0.1", 80, owners=frozenset({container.id}))
    seen = replace(made.topology(), listeners=(listener,))
    lines = facts(seen, read(seen), Identities([seen]))[f"container/{container.id}"].lines
    assert {line.strip() for line in lines} >= {
        *("-p 5353:53/udp", "-p 127.0.0.1::80: not published", "--add-host db:192.0.2.7", "--dns 192.0.2.53"),
        "listens at 127.0.0.1:80/tcp",
    }


def test_too_many_ports_are_counted() -> None:
    made = World()
    made.run("web", "bridge", ports=tuple(PortBinding(p, "tcp", "", 8000 + p) for p in range(20)))
    found = layout(made.topology())
    ports = [box for box in found.boxes if box.kind == "port"]
    assert f"+{20 - len(ports)} more" in texts(found)
    assert found.width <= MAX_WIDTH


def test_an_internal_network_is_closed_not_only_coloured() -> None:
    made = World()
    made.network("vault", "172.18.0.1/16", internal=True)
    made.run("db", "vault")
    found = layout(made.topology())
    assert [box.closed for box in found.boxes if box.kind == "bar"] == [True]
    assert "lock" in {glyph.kind for glyph in found.glyphs}
    assert "internal network" in texts(found)
    assert "internal, so closed to the outside" in alt_text(made.topology())


def test_what_is_not_the_labs_is_counted_or_dimmed() -> None:
    made = World(foreign=3)
    made.network("theirs", "172.21.0.1/16", mine=False)
    seen = made.topology()
    assert "3 other containers and 1 other network, not shown" in texts(layout(seen))
    assert "Not shown, only counted: 3 other containers and 1 other network." in alt_text(seen)
    made.run("web", "theirs")
    assert [box.dim for box in layout(made.topology()).boxes if box.key.startswith("br-")] == [True]


def test_what_vanished_is_said() -> None:
    seen = replace(world(web=("bridge",)).topology(), vanished=("short-lived",))
    assert "vanished while we looked: short-lived" in texts(layout(seen))
    assert "Vanished while we looked: short-lived." in alt_text(seen)


def test_a_bridge_without_ports_says_so() -> None:
    found = layout(World().topology())
    assert [box.kind for box in found.boxes] == ["host", "idle-bar"]
    assert any("NO-CARRIER" in text for text in texts(found))
    assert "without carrier, has the address 172.17.0.1/16 and no port" in alt_text(World().topology())


def test_ipv6_addresses_are_shown() -> None:
    made = World()
    made.network("six", "172.18.0.1/16", "fd00:dead:beef::1/64")
    made.run("web", "six")
    assert {"172.18.0.2/16", "fd00:dead:beef::2/64"} <= texts(layout(made.topology()))
    assert "fd00:dead:beef::2/64" in alt_text(made.topology())


def test_alt_text_has_every_wire() -> None:
    seen = world(web=("front",), api=("front", "back"), db=("back",)).topology()
    said = alt_text(seen)
    for container in seen.containers:
        for end in container.endpoints:
            peer = seen.peer(container.name, end.interface or "")
            assert peer
            assert f"its wire ends at {peer.name}@if{peer.peer_index} on the host, a port of {peer.master}" in said
            assert f"the address {end.ip}/{end.prefix}" in said


def test_title_and_words_go_together() -> None:
    seen = World().topology()
    assert show_map(seen, title="Is it empty?").alt == f"Is it empty? {alt_text(seen)}"


def places(found: Layout) -> dict[str, tuple[float, float]]:
    """Where boxes and bars are, and the x of interfaces: an end moves up and down on its wire's line."""
    fixed = {b.key: (b.x, b.y) for b in found.boxes if b.kind in {"namespace", "stopped", "host", "bar", "idle-bar"}}
    return fixed | {b.key: (round(b.x + b.w / 2, 3), 0.0) for b in found.boxes if b.kind == "end"}


@pytest.mark.parametrize("source", ["made-up", "run-bookworm", "run-trixie", "restart-bookworm", "restart-trixie"])
def test_nothing_jumps_between_the_frames_of_a_film(source: str) -> None:
    if source == "made-up":
        frames = film_frames()
    else:
        film = make_film(load_recording((FIXTURES / f"{source}.json").read_text()))
        frames = [(frame.title, frame.topology) for frame in film.frames]
    maps = frame_maps([topology for _, topology in frames], [title for title, _ in frames])
    assert len({(one.layout.width, one.layout.height) for one in maps}) == 1
    common: dict[str, tuple[float, float]] = {}
    for one in maps:
        for key, place in places(one.layout).items():
            assert common.setdefault(key, place) == place, key
    wires = {(wire.key, wire.x) for one in maps for wire in one.layout.wires if wire.key != "eth0"}  # the host's own
    assert len(wires) == 1


def test_the_film_of_a_docker_run_tells_its_steps() -> None:
    film = make_film(load_recording((FIXTURES / "run-trixie.json").read_text()))
    sheet = show_film(film, title="What happens during `docker run`?")
    told = " ".join(sheet.captions)
    for step in ("created", "attached to docker0", "renamed eth0", "gets the address", "default route"):
        assert step in told
    assert not any("MAC" in caption for caption in sheet.captions), "the picture does not change there"
    assert sheet.alt.startswith("What happens during `docker run`? 0. Before")
    attached = next(i for i, caption in enumerate(sheet.captions) if "attached to" in caption)
    (badge,) = sheet.layouts[attached].badges
    (end,) = (box for box in sheet.layouts[attached].boxes if box.key.endswith("/far"))
    assert badge.y == end.y + end.h / 2, "the sign is at the end that the caption names"


def test_names_that_begin_alike_stay_different_when_they_are_shortened() -> None:
    made = World()
    names = [
        f"monitoring-production-{part}-1" for part in ("alertmanager", "exporter", "grafana", "loki", "prometheus")
    ]
    for name in [*names, *(f"monitoring-production-exporter-{n}" for n in range(2, 8))]:
        made.run(name, "bridge")
    found = layout(made.topology())
    heads = [text for text in found.texts if text.full.startswith("monitoring-production-")]
    assert len(heads) == 11
    assert len({head.text for head in heads}) == 11, [head.text for head in heads]
    assert all(head.text.startswith("…") for head in heads), "what all have says nothing"


@pytest.mark.parametrize(
    ("names", "prefix"),
    [
        (("shop-web-1", "shop-db-1"), "shop-"),
        (("a_b_c", "a_b_d"), "a_b_"),
        (("shop-web", "shop-"), ""),
        (("web", "db"), ""),
        (("web",), ""),
        ((), ""),
        (("web-1", "web-12"), "web-"),
    ],
)
def test_what_all_names_begin_with(names: tuple[str, ...], prefix: str) -> None:
    assert common_prefix(names) == prefix


@pytest.mark.parametrize("guest", ["guest", "zebra", "web-guest", "a"])
def test_who_joins_a_container_moves_in_and_the_owner_stays(guest: str) -> None:
    made = World()
    made.run("web", "bridge")
    before = made.topology()
    made.join(guest, "web")
    shown = layout(made.topology(), since=before)
    marks = {box.about: box.mark for box in shown.boxes if box.kind in ("container", "namespace")}
    assert marks.pop(guest) == "new"
    assert "new" not in marks.values(), marks
    assert "gone" not in marks.values(), marks
