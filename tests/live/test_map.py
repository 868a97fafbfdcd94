"""Maps of a live engine: what is drawn is what ``ip`` says there."""

from __future__ import annotations

import re

import pytest

from dockernet_course.engines import Engine
from dockernet_course.figures import Layout, alt_text, show_film, show_map
from dockernet_course.figures.drawing.primitives import Wire
from dockernet_course.lab import Lab, open_lab
from dockernet_course.observe import Masquerade, observe, record

pytestmark = pytest.mark.live


def texts(found: Layout) -> set[str]:
    return {text.text for text in found.texts}


def named(output: str) -> set[str]:
    """The veth interfaces in the output of ``ip -o link``, as ``name@ifN``."""
    return set(re.findall(r"^\d+: ((?:veth|eth)\w+@if\d+):", output, re.MULTILINE))


def pairs(found: Layout) -> list[Wire]:
    """The wires between containers and bridges: not the host's own to the outside."""
    uplinks = {box.key for box in found.boxes if box.kind == "uplink"}
    return [wire for wire in found.wires if wire.key not in uplinks]


def test_what_docker_run_attached_where(lab: Lab) -> None:
    before = observe(lab)
    web = lab.run("web")
    after = observe(lab)
    shown = show_map(after, since=before, title="What did `docker run` attach where?")
    inside, outside = named(web.sh("ip -o link").text), named(lab.host("ip -o link show master docker0").text)
    assert len(inside) == len(outside) == 1
    assert inside | outside <= texts(shown.layout)
    ends = {box.about for box in shown.layout.boxes if box.kind == "end" and box.mark == "new"}
    assert ends == inside | outside
    bar = next(box for box in shown.layout.boxes if box.key == "docker0")
    (wire,) = pairs(shown.layout)
    assert bar.x < wire.x < bar.x + bar.w
    assert 'New since before: container "web"' in shown.alt
    assert shown.png().startswith(b"\x89PNG")


def test_networks_of_every_kind(lab: Lab) -> None:
    front, vault = lab.create_network("front"), lab.create_network("vault", internal=True)
    web = lab.run("web", network=front, publish=["80"])
    lab.connect(vault, web)
    lab.run("debug", "sleep 1000", network="container:web")
    lab.run("metrics", "sleep 1000", network="host")
    lab.run("island", "sleep 1000", network="none")
    lab.run("done", "sleep 1000").stop(timeout=0)
    shown = show_map(observe(lab), title="What is there?")
    kinds = [box.kind for box in shown.layout.boxes]
    assert kinds.count("container") == 3
    assert kinds.count("stopped") == 1
    assert kinds.count("port") == 1
    assert [box.closed for box in shown.layout.boxes if box.kind == "bar"].count(True) == 1
    assert "lo" in texts(shown.layout)
    assert named(web.sh("ip -o link").text) <= texts(shown.layout)
    assert 'Container "island" has its own network namespace' in shown.alt


def test_a_macvlan_interface_is_wired_to_its_parent(private_engine: Engine) -> None:
    with open_lab(private_engine, "yard") as lab:
        yard = lab.create_network("yard", driver="macvlan", options={"parent": "eth0"})
        film = record(lab, lambda: lab.run("cow", network=yard))
        assert film.frames[1].title.endswith(": a macvlan interface, whose parent is eth0 on the host")
        seen = observe(lab)
        eth0, parent = seen.interface("cow", "eth0"), seen.parent("cow", "eth0")
        assert eth0 and parent
        printed = lab.container("cow").sh("ip -d link show eth0").text
        assert f"eth0@if{parent.index}:" in printed and f"macvlan {eth0.detail} " in printed
        assert lab.host("ip -o link show eth0").text.startswith(f"{parent.index}: eth0")
        shown = show_map(seen, title="Which interface is the container on?")
        bar = next(box for box in shown.layout.boxes if box.key == "eth0" and box.kind == "bar")
        assert [(bar.x < wire.x < bar.x + bar.w, wire.y2) for wire in pairs(shown.layout)] == [(True, bar.y)]
        assert "its parent is eth0 on the host (macvlan, mode bridge)." in shown.alt


def test_the_sheet_of_a_film(lab: Lab) -> None:
    film = record(lab, lambda: lab.run("web"))
    sheet = show_film(film, title="What happens during `docker run`?")
    assert 6 <= len(sheet.layouts) <= 10
    assert len({wire.x for frame in sheet.layouts for wire in pairs(frame)}) == 1
    assert sheet.png().startswith(b"\x89PNG")


MASQUERADED = "gets the host's address (NAT)"


def test_nat_is_said_where_the_kernel_has_a_rule_for_it(private_engine: Engine) -> None:
    """Docker's option says it all the while; the rule in the kernel is what counts, for each network by itself."""
    with open_lab(private_engine, "nat") as lab:
        seen = observe(lab)
        subnet, device = seen.network("bridge").subnets[0], seen.network("bridge").bridge
        assert MASQUERADED in alt_text(seen) and "(NAT)" in " ".join(texts(show_map(seen, title="?").layout))
        lab.create_network("inside", internal=True)
        assert f"through it {MASQUERADED}" in alt_text(observe(lab)), "a closed network has no way out at all"
        lab.create_network("routed", options={"com.docker.network.bridge.enable_ip_masquerade": "false"})
        assert f"through it from {device} {MASQUERADED}" in alt_text(observe(lab))
        rule = f"POSTROUTING -s {subnet} ! -o {device} -j MASQUERADE"
        assert lab.host(f"iptables -t nat -D {rule}").ok
        bare = observe(lab)
        assert "NAT" not in alt_text(bare) and "NAT" not in " ".join(texts(show_map(bare, title="?").layout))
        for tool in ("iptables", "iptables-legacy"):
            if lab.host(f"{tool} -t nat -A {rule}").ok:
                assert MASQUERADED in alt_text(observe(lab)), tool
                assert lab.host(f"{tool} -t nat -D {rule}").ok
            assert "NAT" not in alt_text(observe(lab)), tool
        assert lab.host(f"iptables -t nat -A {rule}").ok


def test_one_subnet_of_two_families(private_engine: Engine) -> None:
    """The rule of ip6tables is read, too."""
    with open_lab(private_engine, "nat6") as lab:
        assert lab.host("ip6tables -t nat -A POSTROUTING -s fd00:7::/64 ! -o br-seven -j MASQUERADE").ok
        assert Masquerade(6, "fd00:7::/64", unless="br-seven") in observe(lab).masquerades
        assert lab.host("ip6tables -t nat -D POSTROUTING -s fd00:7::/64 ! -o br-seven -j MASQUERADE").ok
