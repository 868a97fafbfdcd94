"""The parts of a walk that can be tried without an engine: filter, table, file, plan."""

from __future__ import annotations

import struct
from dataclasses import replace
from socket import AF_INET6, inet_aton, inet_pton

import pytest

from dockernet_course.errors import ObserveError
from dockernet_course.experiments.targets import Party
from dockernet_course.experiments.walk import How, bpf_filter, rules, trace_table
from dockernet_course.experiments.walk.frames import read
from dockernet_course.experiments.walk.pcapng import pcapng
from dockernet_course.experiments.walk.plan import plan
from dockernet_course.experiments.walk.recording import parse
from dockernet_course.experiments.walk.run import arguments
from dockernet_course.experiments.walk.text import hop_words
from dockernet_course.experiments.walk.written import bare, port_of, with_port
from tests.gallery.examples import HOST as HOST_INODE
from tests.unit.walking import SUITES, plan_of, walked, world

OURS, FOREIGN = "172.18.0.2", "172.18.0.9"


def frame(source: str, target: str, protocol: int = 1, ports: tuple[int, int] = (0, 0)) -> bytes:
    head = struct.pack("!BBHHHBBH4s4s", 0x45, 0, 40, 1, 0, 64, protocol, 0, inet_aton(source), inet_aton(target))
    return bytes(12) + b"\x08\x00" + head + struct.pack("!HH", *ports) + bytes(16)


def arp(source: str, target: str) -> bytes:
    return bytes(12) + b"\x08\x06" + struct.pack("!HHBBH6s4s6s4s", 1, 0x800, 6, 4, 1, bytes(6), inet_aton(source), bytes(6), inet_aton(target))  # fmt: skip  # noqa: E501


OURS6, FOREIGN6 = "fd00:6::2", "fd00:6::9"


def frame6(source: str, target: str, protocol: int = 58, content: bytes = b"\x80") -> bytes:
    head = struct.pack("!IHBB", 6 << 28, 40, protocol, 64) + inet_pton(AF_INET6, source) + inet_pton(AF_INET6, target)
    return bytes(12) + b"\x86\xdd" + head + content + bytes(30)


def ndp(kind: int, source: str, target: str, about: str) -> bytes:
    return frame6(source, target, content=bytes([kind]) + bytes(7) + inet_pton(AF_INET6, about))


def passes(program: bytes, packet: bytes) -> bool:
    """Run the filter as the kernel would (filter.rst): those instructions that it uses."""
    accumulator = index = at = 0
    while True:
        code, yes, no, operand = struct.unpack_from("HBBI", program, 8 * at)
        at += 1
        if code == 0x06:
            return bool(operand)
        if code == 0x05:
            at += operand
            continue
        if code == 0x15:
            at += yes if accumulator == operand else no
        elif code == 0xB1:
            index = 4 * (packet[operand] & 15)
        else:
            size = {0x20: 4, 0x28: 2, 0x30: 1, 0x48: 2}[code]
            start = operand + (index if code == 0x48 else 0)
            accumulator = int.from_bytes(packet[start : start + size])


@pytest.mark.parametrize(
    ("packet", "expected"),
    [
        (frame(OURS, FOREIGN), True),
        (frame(FOREIGN, OURS), True),
        (frame(FOREIGN, "172.18.0.8"), False),
        (frame(OURS, FOREIGN, 6, (40000, 80)), True),
        (frame(FOREIGN, OURS, 6, (8080, 40000)), True),
        (frame(OURS, FOREIGN, 6, (40000, 443)), False),
        (frame(OURS, FOREIGN, 17, (40000, 53)), False),
        (frame(OURS, FOREIGN, 132), False),
        (arp(OURS, FOREIGN), True),
        (arp(FOREIGN, OURS), True),
        (arp(FOREIGN, "172.18.0.8"), False),
        (bytes(12) + b"\x86\xdd" + bytes(40), False),
    ],
)
def test_nothing_of_others_passes_the_filter(packet: bytes, expected: bool) -> None:
    program = bpf_filter.program([OURS, "127.0.0.11"], [80, 8080], names=False)
    assert passes(program, packet) is expected


@pytest.mark.parametrize(
    ("packet", "expected"),
    [
        (frame6(OURS6, FOREIGN6), True),
        (frame6(FOREIGN6, OURS6), True),
        (frame6(FOREIGN6, "fd00:6::8"), False),
        (frame6(FOREIGN6, "fd00:7::2"), False),
        (frame6(OURS6, FOREIGN6, 6, struct.pack("!HH", 40000, 80)), True),
        (frame6(FOREIGN6, OURS6, 6, struct.pack("!HH", 8080, 40000)), True),
        (frame6(OURS6, FOREIGN6, 6, struct.pack("!HH", 40000, 443)), False),
        (frame6(OURS6, FOREIGN6, 17, struct.pack("!HH", 40000, 53)), False),
        (ndp(135, "fe80::1", "ff02::1:ff00:2", OURS6), True),
        (ndp(136, FOREIGN6, "fd00:6::8", OURS6), True),
        (ndp(135, OURS6, "ff02::1:ff00:9", FOREIGN6), True),
        (ndp(135, FOREIGN6, "ff02::1:ff00:8", "fd00:6::8"), False),
        (ndp(134, FOREIGN6, "ff02::1", OURS6), False),
        (frame(OURS, FOREIGN), True),
        (arp(OURS, FOREIGN), True),
    ],
)
def test_nothing_of_others_passes_the_filter_by_ipv6(packet: bytes, expected: bool) -> None:
    many = [f"fd00:7::{at:x}:2" for at in range(1, 41)]
    program = bpf_filter.program([OURS, "127.0.0.11", *many, "fd00:6::3", OURS6], [80, 8080], names=False)
    assert passes(program, packet) is expected
    assert passes(bpf_filter.program([OURS6, OURS], [80, 8080], names=False), packet) is expected


def test_datagrams_are_captured_by_their_ports() -> None:
    program = bpf_filter.program([OURS, OURS6], [53, 5353], names=False, udp=True)
    for port, expected in ((53, True), (5353, True), (80, False)):
        assert passes(program, frame(OURS, FOREIGN, 17, (40000, port))) is expected
        assert passes(program, frame(FOREIGN, OURS, 17, (port, 40000))) is expected
        assert passes(program, frame6(OURS6, FOREIGN6, 17, struct.pack("!HH", 40000, port))) is expected
    assert not passes(program, frame(FOREIGN, "172.18.0.8", 17, (40000, 53)))


def test_names_are_captured_only_when_one_is_looked_up() -> None:
    asked = frame("127.0.0.1", "127.0.0.11", 17, (40000, 53))
    assert passes(bpf_filter.program(["127.0.0.11"], [80], names=True), asked)
    assert not passes(bpf_filter.program(["127.0.0.11"], [80], names=False), asked)


@pytest.mark.parametrize("how", ["address", "port"])
def test_what_stays_in_one_namespace_speaks_of_no_other_address(how: How) -> None:
    """Else a neighbour that somebody asks for at that moment is told as a part of the walk."""
    seen = world("trixie")
    side, web = (Party(name, seen.container(name).id) for name in ("side", "web"))
    assert plan(seen, side, web, how, private=True).addresses == ("127.0.0.1",)
    assert set(plan(seen, side, web, "published", private=True).addresses) > {"172.18.0.2"}


@pytest.mark.parametrize("suite", SUITES)
def test_the_guard_lets_out_by_this_engines_interfaces_only(suite: str) -> None:
    plan = plan_of(suite, "ping")
    text = trace_table.text(plan, "dockernet_walk_1", guard=True)
    assert text.startswith("add table ip dockernet_walk_1\ndelete table ip dockernet_walk_1\n")
    bridges = {point.interface for point in plan.points if point.role == "bridge"}
    assert set(plan.allowed) == {"lo", *bridges}
    drops = [line for line in text.splitlines() if line.endswith("drop")]
    assert drops and all(f'"{name}"' in line for line in drops for name in plan.allowed)
    assert "eth0" not in text
    assert "eth0" in plan_of(suite, "outside").allowed
    assert "guard" not in trace_table.text(plan, "dockernet_walk_1", guard=False)


def test_the_guard_is_not_for_what_the_host_itself_sends() -> None:
    both = ("203.0.113.10", "172.18.0.2")
    chosen = replace(plan_of("trixie", "ping"), addresses=both, spared=both[:1])
    tracing, guard = trace_table.text(chosen, "t", guard=True).split(f"chain {trace_table.GUARD}")
    assert both[0] in tracing and both[0] not in guard and both[1] in guard


def test_a_walk_by_both_families_has_a_table_in_each() -> None:
    chosen = replace(plan_of("trixie", "ping"), addresses=("172.18.0.2", OURS6), names=True)
    both = trace_table.text(chosen, "t", guard=True)
    assert [line for line in both.splitlines() if line.endswith(" {") and "table" in line] == [
        "table ip t {",
        "table ip6 t {",
    ]
    second = both[both.index("table ip6 t {") :]
    assert OURS6 in second and "icmpv6" in second and "172.18" not in second and "drop" in second
    assert trace_table.delete(chosen, "t") == "delete table ip t; delete table ip6 t"
    assert "ip6" not in trace_table.text(plan_of("trixie", "ping"), "t", guard=True)


@pytest.mark.parametrize("suite", SUITES)
def test_the_guard_is_the_hosts_and_the_outside_is_only_listened_to(suite: str) -> None:
    told = arguments(plan_of(suite, "outside"), "dockernet_walk_1")[7:]
    texts = told[2::3]
    assert ["guard" in text for text in texts] == [True, False, False]
    assert texts[2] == ""


@pytest.mark.parametrize("suite", SUITES)
def test_the_file_has_every_frame_with_its_interface_direction_and_stamp(suite: str) -> None:
    walk = walked(suite, "outside")
    names, frames = [], []
    data, at = pcapng(walk.frames), 0
    while at < len(data):
        kind, size = struct.unpack_from("<II", data, at)
        assert size % 4 == 0 and struct.unpack_from("<I", data, at + size - 4) == (size,)
        if kind == 1:
            code, length = struct.unpack_from("<HH", data, at + 16)
            assert code == 2
            names.append(data[at + 20 : at + 20 + length].decode())
        elif kind == 6:
            number, high, low, captured, _ = struct.unpack_from("<IIIII", data, at + 8)
            flags = struct.unpack_from("<I", data, at + size - 12)[0]
            frames.append((names[number], high << 32 | low, flags == 2, data[at + 28 : at + 28 + captured]))
        at += size
    assert frames == [(f"{f.space}/{f.interface}", f.at_ns, f.outgoing, f.content) for f in walk.frames]
    assert len(set(names)) == len(names) and "outside/downlink" in names


def test_what_is_no_packet_of_a_walk_is_not_read() -> None:
    assert read(bytes(12) + b"\x86\xdd" + bytes(40)) is None
    assert read(bytes(12) + b"\x08\x00" + bytes(3)) is None
    assert read(frame(OURS, FOREIGN, 132)) is None


def test_without_a_guard_nothing_is_sent() -> None:
    refused = struct.pack("=BBBQI", 6, 0, 0, 1, 10) + b"no netlink"
    with pytest.raises(ObserveError, match="No packet was sent") as raised:
        parse(refused, ("host", "web"))
    assert raised.value.state == "no netlink"


def test_an_interface_that_was_not_observed_is_none_of_this_engines() -> None:
    plan = plan_of("trixie", "ping")
    assert plan.point("host", "wlan0").role == "uplink"
    assert replace(plan, points=()).point("web", "eth0").role == "own"


@pytest.mark.parametrize("suite", SUITES)
def test_the_veth_pair_of_somebody_elses_container_is_no_uplink(suite: str) -> None:
    """On a bridge that others use, too, their ports get broadcasts; their containers are not looked into."""
    whole = world(suite)
    veth = next(wire for wire in whole.wires if wire.b[0] == whole.container("idle").namespace)
    others = replace(
        whole,
        wires=tuple(wire for wire in whole.wires if wire != veth),
        containers=tuple(c for c in whole.containers if c.name != "idle"),
    )
    web, db = (Party(name, whole.container(name).id) for name in ("web", "db"))
    point = plan(others, web, db, "address", private=False).point("host", veth.a[1])
    assert (veth.a[0], point.role, point.of) == (HOST_INODE, "veth", "")
    hop = replace(walked(suite, "loopback").packets[0].hops[0], at=point, going="out")
    assert hop_words(hop) == f"the bridge hands it to another container's veth pair, {veth.a[1]}"


@pytest.mark.parametrize(
    ("end", "address", "port"),
    [
        ("172.18.0.2:80", "172.18.0.2", 80),
        ("172.18.0.2", "172.18.0.2", 0),
        ("[fd00::2]:80", "fd00::2", 80),
        ("fd00::2", "fd00::2", 0),
        ("[::1]:8080", "::1", 8080),
        ("::1", "::1", 0),
    ],
)
def test_an_end_with_and_without_its_port(end: str, address: str, port: int) -> None:
    assert (bare(end), port_of(end)) == (address, port)
    assert end == (with_port(address, port) if port else address)


def test_a_rule_whose_target_nft_does_not_know_has_iptables_words() -> None:
    """As bookworm's nft prints what its ip6tables has written: the line is broken."""
    nft = (
        'table ip6 nat { # handle 3\n\tchain POSTROUTING { # handle 1\n\t\toifname "eth0" counter packets 1 bytes 104 '
    )
    nft += "XT target MASQUERADE not found\n # handle 2\n\t}\n}\n"
    saved = "*ip6 nat\n-A POSTROUTING -o eth0 -j MASQUERADE\n"
    assert rules.texts(nft, saved) == {("ip6 nat", "POSTROUTING", 2): "-A POSTROUTING -o eth0 -j MASQUERADE"}
