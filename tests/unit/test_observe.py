"""Discover → relate → decorate, on raw observations of three generations (fixtures/observe/record.py)."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from dockernet_course.errors import ObserveError
from dockernet_course.observe import (
    PortBinding,
    Topology,
    decorate,
    discover,
    held_by,
    listeners_in,
    relate,
    who_gets,
)
from dockernet_course.observe.discover import Seen
from dockernet_course.observe.model import Address, Bridge, Namespace
from dockernet_course.observe.netlink import link_flags, split
from dockernet_course.observe.storage import load_seen, save_seen

FIXTURES = Path(__file__).parent / "fixtures" / "observe"
HEADER = b"namespace 4026531840 1 0 0 0\ncontainer aaaa 12\nnsid 3 4026532000\nvanished bbbb\nunknown cccc\n\n"
MESSAGE = (20).to_bytes(4, "little") + bytes(16)


@pytest.fixture(params=["bookworm", "trixie", "sid"])
def seen(request: pytest.FixtureRequest) -> Seen:
    return load_seen((FIXTURES / f"seen-{request.param}.json").read_text())


@pytest.fixture
def topology(seen: Seen) -> Topology:
    return decorate.decorate(relate.relate(seen.spaces), seen)


def test_the_snapshot_is_taken_apart() -> None:
    (space,), vanished, unknown = discover.parse(HEADER + MESSAGE)
    assert space.containers == {"aaaa": 12}
    assert space.nsids == {3: 4026532000}
    assert space.links == (MESSAGE,)
    assert (vanished, unknown) == (("bbbb",), ("cccc",))


def test_something_else_than_a_snapshot_is_an_error_that_shows_it() -> None:
    with pytest.raises(ObserveError, match="setns: Operation not permitted"):
        discover.parse(b"Traceback\nOSError: setns: Operation not permitted\n")


def test_messages_are_cut_at_their_padded_length() -> None:
    odd = (18).to_bytes(4, "little") + bytes(12) + b"xy"
    assert list(split(odd + bytes(2) + MESSAGE)) == [odd, MESSAGE]


def test_equal_messages_are_equal_whoever_asked() -> None:
    one, other = (MESSAGE[:8] + who + MESSAGE[16:] for who in (b"12345678", b"87654321"))
    assert list(split(one)) == list(split(other))


@pytest.mark.parametrize(
    ("flags", "words"),
    [
        (0x11043, "BROADCAST,MULTICAST,UP,LOWER_UP"),
        (0x1003, "NO-CARRIER,BROADCAST,MULTICAST,UP"),
        (0x1002, "BROADCAST,MULTICAST"),
        (0x10049, "LOOPBACK,UP,LOWER_UP"),
    ],
)
def test_flags_read_as_ip_prints_them(flags: int, words: str) -> None:
    assert ",".join(link_flags(flags)) == words


def test_a_raw_observation_survives_being_saved(seen: Seen) -> None:
    assert load_seen(save_seen(seen)) == seen


def test_everybody_is_where_the_kernel_has_them(topology: Topology) -> None:
    web, side, onhost = (topology.container(name) for name in ("web", "side", "onhost"))
    assert web.namespace == side.namespace
    assert web.pid != side.pid
    assert onhost.namespace == topology.host.inode
    assert topology.container("old").namespace is None
    alone = topology.namespace("alone")
    assert alone
    assert [i.name for i in alone.interfaces] == ["lo"]
    assert {c.name for c in topology.sharing(web.namespace or 0)} == {"web", "side"}
    assert len(topology.namespaces) == len({n.inode for n in topology.namespaces}) == 6


def test_both_ends_of_a_pair_name_each_other(topology: Topology) -> None:
    for name, port in (("web", "eth0"), ("app", "eth0"), ("app", "eth1"), ("db", "eth0"), ("v6", "eth0")):
        near, far = topology.interface(name, port), topology.peer(name, port)
        assert near
        assert far
        assert (near.peer_index, far.peer_index) == (far.index, near.index)
        assert far.name.startswith("veth")
    assert len(topology.wires) == 6
    assert all(wire.a[0] == topology.host.inode for wire in topology.wires)


def test_bridges_have_the_ports_of_their_containers(topology: Topology) -> None:
    docker0 = topology.bridge("docker0")
    peer = topology.peer("web", "eth0")
    assert peer
    assert docker0.ports == (peer.name,)
    assert docker0.network == "bridge"
    assert docker0.stp is False
    mac = topology.host.interface("docker0")
    assert mac
    assert docker0.id == f"8000.{mac.mac.replace(':', '')}"
    back = next(b for b in topology.bridges if b.network == "back")
    assert set(back.ports) == {p.name for c, i in (("db", "eth0"), ("app", "eth1")) if (p := topology.peer(c, i))}


def test_networks_are_told_alike_by_both_generations(topology: Topology) -> None:
    assert [n.name for n in topology.networks] == ["bridge", "host", "none", "back", "front", "six"]
    assert [n.mine for n in topology.networks] == [False] * 3 + [True] * 3
    assert [n.driver for n in topology.networks] == ["bridge", "host", "null", "bridge", "bridge", "bridge"]
    bridge = topology.network("bridge")
    assert bridge.bridge == "docker0"
    assert bridge.gateways == ("172.17.0.1",)  # a fresh 20.10 does not say it
    assert topology.network("back").internal
    assert topology.network("six").ipv6
    assert "fd00:5::/64" in topology.network("six").subnets
    assert topology.network("none").bridge is None


def test_an_endpoint_knows_the_interface_that_carries_it(topology: Topology) -> None:
    app = topology.container("app")
    for network in ("front", "back"):
        endpoint = app.endpoint(network)
        assert endpoint
        assert endpoint.interface
        interface = topology.interface("app", endpoint.interface)
        assert interface
        assert interface.ipv4 == Address(endpoint.ip, endpoint.prefix)
    six = topology.container("v6").endpoint("six")
    assert six
    assert six.interface == "eth0"
    assert six.ipv6.startswith("fd00:5::")
    assert topology.container("side").endpoints == ()
    old = topology.container("old").endpoint("bridge")
    assert old
    assert (old.ip, old.interface) == ("", None)


def test_published_ports_are_read_back(topology: Topology) -> None:
    assert {(p.port, p.protocol, p.host_port) for p in topology.container("app").ports} == {(80, "tcp", 8080)}
    assert [(p.port, p.host_port) for p in topology.container("web").ports] == [(80, None)]  # only exposed


def test_what_was_asked_stands_beside_what_is(topology: Topology) -> None:
    named = topology.container("named")
    front = named.endpoint("front")
    assert named.asked
    assert front
    assert named.asked.publish == (PortBinding(80, "tcp", "127.0.0.1", 0),)
    assert named.asked.hostname == "till"
    assert "shop" in front.aliases
    assert [port.host_ip for port in named.ports if port.host_port] == ["127.0.0.1"]
    assert all(c.asked for c in topology.containers)


def test_who_listens_is_known_by_container(topology: Topology) -> None:
    web, host = topology.container("web"), topology.host.inode
    (page,) = held_by(topology, web)
    assert (str(page), page.process, page.namespace) == ("*:80", "python3", web.namespace)
    (proxy,) = who_gets(topology.listeners, host, "127.0.0.1", 8080)
    assert (proxy.process, proxy.owners) == ("docker-proxy", frozenset())
    assert len(listeners_in(topology, topology.container("app"))) == 3  # with Docker's DNS, by TCP and UDP


def test_the_kernel_says_what_is_set_for_forwarding(topology: Topology) -> None:
    web = topology.namespace("web")
    assert web
    assert (topology.host.forwards(), topology.host.forwards(6), web.forwards(6)) == (True, True, None)
    assert {row.device for row in web.netconf} == {"all", "default", "lo", "eth0"}
    assert web.rules == topology.host.rules == ()
    assert all(i.port_state == "forwarding" for i in topology.host.interfaces if i.master)


def test_an_internal_network_gives_no_way_out(topology: Topology) -> None:
    web, app = topology.namespace("web"), topology.namespace("app")
    assert web
    assert app
    assert web.default_route
    assert web.default_route.gateway == "172.17.0.1"
    front = topology.container("app").endpoint("front")
    assert app.default_route
    assert front
    assert app.default_route.gateway == front.gateway


def test_whom_the_dump_did_not_find_any_more_is_named(seen: Seen) -> None:
    db = next(c for c in seen.containers if "/db" in c["Names"])
    spaces = tuple(s for s in seen.spaces if db["Id"] not in s.containers)
    topology = decorate.decorate(relate.relate(spaces), replace(seen, spaces=spaces, vanished=(db["Id"],)))
    assert topology.vanished == ("db",)
    assert topology.container("db").namespace is None
    assert topology.peer("db", "eth0") is None
    back = next(b for b in topology.bridges if b.network == "back")
    assert len(back.ports) == 2  # its end of the pair is still seen, without the other


def test_newer_engines_leave_fields_out_or_null(seen: Seen) -> None:
    web = next(c for c in seen.containers if "/web" in c["Names"])
    bare = {"Id": web["Id"], "Names": ["/other/alias", "/web"], "State": "running", "Labels": None, "Ports": None}
    attached = {**bare, "NetworkSettings": {"Networks": {"bridge": None}}}
    for api in (bare, attached, {**bare, "NetworkSettings": {"Networks": None}, "HostConfig": {}}):
        topology = decorate.decorate(relate.relate(seen.spaces), replace(seen, containers=(api,)))
        assert topology.container("web").namespace is not None
        assert topology.container("web").ports == ()
    network = {"Name": "odd", "Id": "f" * 64, "Driver": "bridge", "IPAM": None, "Options": None, "Labels": None}
    topology = decorate.decorate(relate.relate(seen.spaces), replace(seen, networks=(network,)))
    assert topology.network("odd").subnets == ()
    assert topology.network("odd").bridge is None  # said to be a bridge network, but its bridge was not seen


def test_a_pair_between_two_containers_is_a_wire() -> None:
    from dockernet_course.observe.model import Interface

    def end(name: str, index: int, peer: int, nsid: int | None) -> Interface:
        return Interface(name, index, "veth", "", 1500, "UP", peer_index=peer, peer_netnsid=nsid)

    host = Namespace(1, True, (end("stray", 7, 2, 9),))
    one, other = Namespace(2, False, (end("left", 2, 2, 0),)), Namespace(3, False, (end("right", 2, 2, 4),))
    (wire,) = relate.wires((host, one, other), {1: {}, 2: {0: 3}, 3: {4: 2}})
    assert (wire.a, wire.b) == ((2, "left"), (3, "right"))


def test_a_bridge_without_ports_has_none() -> None:
    from dockernet_course.observe.netlink import Link

    bridge = Link(2, "docker0", "bridge", "", 1500, "DOWN", (), bridge_id="8000.0242", stp=True)
    port = Link(3, "veth1", "veth", "", 1500, "UP", (), master_index=9)
    assert relate.bridges((bridge, port)) == (Bridge("docker0", "8000.0242", True, ()),)


@pytest.mark.parametrize(("asked", "seen"), [("", 0), ("8080", 8080), ("9000-9010", 0)])
def test_a_port_that_is_left_to_docker_is_zero_also_of_a_range(asked: str, seen: int) -> None:
    host = {"PortBindings": {"80/tcp": [{"HostIp": "", "HostPort": asked}]}}
    assert decorate._asked({"HostConfig": host}).publish == (PortBinding(80, "tcp", "", seen),)
