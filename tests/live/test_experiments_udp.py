"""Both families, TCP and UDP, any port: what a datagram meets, and what silence of UDP does not tell."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

import pytest

from dockernet_course.engines import Engine
from dockernet_course.experiments import connect, explain, reachability
from dockernet_course.experiments.why import offer, why_cell
from dockernet_course.lab import Lab, open_lab
from dockernet_course.observe import observe
from tests.live.test_walk_udp import ECHO, MUTE
from tests.waiting import eventually

pytestmark = pytest.mark.live
TELLS_NOTHING = "no answer by UDP, which tells nothing"


@pytest.fixture(scope="module")
def world(private_engine: Engine) -> Iterator[Lab]:
    """One that answers by UDP, one that only hears, one without a server of UDP; both families."""
    with open_lab(private_engine, "test") as lab:
        lab.create_network("front", ipv6=True, subnet="fd00:16::/64")
        lab.run("cli", network="front", cap_add="NET_ADMIN")
        lab.run("web", network="front")
        lab.run("dns", ["python3", "-c", ECHO], network="front", publish="5353:53/udp")
        lab.run("mute", ["python3", "-c", MUTE], network="front")
        wanted = {lab.container(name).id for name in ("dns", "mute")}
        assert eventually(
            lambda: wanted <= {owner for x in observe(lab).listeners if x.protocol == "udp" for owner in x.owners}
        )
        assert eventually(lambda: not lab.host("ip -6 address show tentative").text.strip())
        yield lab


@pytest.fixture(autouse=True)
def _nothing_of_ours_is_left() -> None:
    """The lab outlives each test here."""


def address(lab: Lab, name: str, family: int) -> str:
    eth0 = observe(lab).interface(name, "eth0")
    assert eth0
    return next(a.ip for a in eth0.addresses if a.family == family and a.scope == "global")


@pytest.mark.parametrize("within", [False, True])
@pytest.mark.parametrize("family", [4, 6])
def test_a_datagram_is_answered_refused_or_met_by_silence(world: Lab, family: int, within: bool) -> None:
    cli = world.container("cli")
    asking = cli.within if within else cli
    seen = {name: connect(asking, address(world, name, family), 53, "udp") for name in ("dns", "mute", "web")}
    assert {name: str(probe.verdict) for name, probe in seen.items()} == {
        "dns": "ok",
        "mute": TELLS_NOTHING,
        "web": "refused",
    }


def test_names_routes_and_nobody(world: Lab) -> None:
    cli, there = world.container("cli"), address(world, "dns", 4)
    assert connect(cli, "dns", 53, "udp").ok
    assert connect(cli, "nobody-has-this.example", 53, "udp").verdict == "name not found"
    assert connect(cli, there.rsplit(".", 1)[0] + ".250", 53, "udp").verdict == "no route"
    cli.sh(f"ip route add prohibit {there}")
    try:
        assert connect(cli, there, 53, "udp").verdict == "administratively prohibited"
    finally:
        cli.sh(f"ip route del prohibit {there}")
    assert connect(cli, there, 53, "udp").ok


@pytest.mark.parametrize("family", [4, 6])
def test_a_matrix_asks_by_udp_and_by_either_family(world: Lab, family: Literal[4, 6]) -> None:
    before = observe(world)
    matrix = reachability(world, ["cli"], ["dns", "mute", "web"], ["port"], port=53, protocol="udp", family=family)
    told = {cell.target: (str(cell.probe.verdict), explain(before, cell)) for cell in matrix if cell.probe}
    assert {name: (verdict, why.mechanism) for name, (verdict, why) in told.items()} == {
        "dns": ("ok", "service port"),
        "mute": (TELLS_NOTHING, "UDP is silent"),
        "web": ("refused", "nothing listens"),
    }
    cell = matrix.cell("cli", "mute", "port")
    assert cell.probe and cell.probe.target == address(world, "mute", family)
    assert offer(cell, told["mute"][1]) == f'why(lab, "cli", "mute", "port", port=53, family={family}, protocol="udp")'
    assert why_cell(world, cell).can, "the datagram came there, and the walk saw it"


def test_a_matrix_asks_any_port_and_ipv6_addresses(world: Lab) -> None:
    matrix = reachability(world, ["cli"], ["web"], ["name", "address", "port"], family=6)
    assert {cell.way: cell.probe and str(cell.probe.verdict) for cell in matrix} == dict.fromkeys(
        ("name", "address", "port"), "ok"
    )
    asked = {cell.probe.target for cell in matrix if cell.probe}
    assert asked == {world.container("web").real_name, address(world, "web", 6)}
    (other,) = reachability(world, ["cli"], ["web"], ["port"], port=8081, family=6)
    assert other.probe and (other.probe.verdict, other.probe.port) == ("refused", 8081)
    published = reachability(world, [world.host], ["dns"], ["published"], protocol="udp")
    assert published.ok("host", "dns", "published")
