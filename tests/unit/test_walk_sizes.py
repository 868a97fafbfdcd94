"""Which interface is too small: the next one after the place where a packet was seen last, and no other."""

from __future__ import annotations

from dataclasses import replace

import pytest

from dockernet_course.experiments.walk import sizes
from dockernet_course.experiments.walk.model import Hop, Packet, Point
from dockernet_course.observe.model import Topology
from tests.unit.walking import SUITES, world

WEB, DB = "172.18.0.2", "172.18.0.3"


def resized(seen: Topology, inode: int, name: str, mtu: int) -> Topology:
    def change(space: object) -> object:
        if getattr(space, "inode", 0) != inode:
            return space
        held = (replace(i, mtu=mtu) if i.name == name else i for i in space.interfaces)  # type: ignore[attr-defined]
        return replace(space, interfaces=tuple(held))  # type: ignore[type-var]

    spaces = tuple(map(change, seen.namespaces))
    return replace(seen, host=change(seen.host), namespaces=spaces)  # type: ignore[arg-type]


def at(space: str, interface: str, role: str, going: str) -> Packet:
    point = Point(space, interface, role)  # type: ignore[arg-type]
    hop = Hop(point, going, 0.0, WEB, DB, "", "")  # type: ignore[arg-type]
    return Packet(1, "icmp", "question", "ICMP echo request", (hop,), size=1500)


@pytest.mark.parametrize("suite", SUITES)
def test_the_other_end_of_the_pair(suite: str) -> None:
    seen = world(suite)
    peer, space = seen.peer("web", "eth0"), seen.namespace("web")
    assert peer and space
    small = resized(seen, seen.host.inode, peer.name, 1400)
    packet = at("web", "eth0", "own", "out")
    told = f"{peer.name} of the host has an MTU of 1400, and the packet has 1500 bytes"
    assert sizes.narrow(small, space, packet, DB) == told
    assert sizes.narrow(seen, space, packet, DB) == ""
    assert sizes.narrow(small, space, replace(packet, size=1400), DB) == ""


@pytest.mark.parametrize("suite", SUITES)
def test_the_port_of_the_target_and_of_nobody_else(suite: str) -> None:
    seen = world(suite)
    mine, its, other = (seen.peer(name, "eth0") for name in ("web", "db", "idle"))
    assert mine and its and other
    packet = at("host", mine.name, "veth", "in")
    for small, told in ((its, f"{its.name} of the host has an MTU of 1400"), (other, "")):
        narrow = sizes.narrow(resized(seen, seen.host.inode, small.name, 1400), seen.host, packet, DB)
        assert narrow.startswith(told) and bool(narrow) is bool(told)


@pytest.mark.parametrize("suite", SUITES)
def test_the_interface_of_the_route(suite: str) -> None:
    seen = resized(world(suite), world(suite).host.inode, "eth0", 900)
    bridge = seen.network("front").bridge
    assert bridge
    packet = at("host", bridge, "bridge", "in")
    told = sizes.narrow(seen, seen.host, packet, "192.0.2.80")
    assert told == "eth0 of the host has an MTU of 900, and the packet has 1500 bytes"
    assert sizes.narrow(world(suite), world(suite).host, packet, "192.0.2.80") == ""
    assert sizes.narrow_here(seen.host, "the host", "192.0.2.80", 901).startswith("eth0 of the host")
    assert sizes.narrow_here(seen.host, "the host", "192.0.2.80", 900) == ""
