"""Which packets leave under the host's address, read from rules that three generations left (fixtures/observe)."""

from __future__ import annotations

import base64
import json
import re
from pathlib import Path

import pytest

from dockernet_course.figures import alt_text, layout
from dockernet_course.observe.masquerade import Masquerade, masquerades, of_legacy
from tests.gallery.examples import World

FIXTURES = Path(__file__).parent / "fixtures" / "observe"
# What was put beside Docker's own rules: these are understood …
WHOLE = {
    Masquerade(4, "10.3.0.0/16", unless="br-y"),
    Masquerade(6, "fd00:3::/64", unless="br-y"),
    Masquerade(None, None, out="eth0"),
    Masquerade(4, "10.16.0.0/13", unless="br-x"),
    Masquerade(6, "fd00:8::/61"),
    Masquerade(4),
    Masquerade(),
}
# … and of these nothing is claimed: they take only some of the packets from there.
NARROWER = ("10.8.0.0", "10.7.0.0", "10.6.0.0", "10.5.0.0", "10.4.0.0", "br-*")


@pytest.mark.parametrize("suite", ["bookworm", "trixie", "sid"])
def test_the_kernels_rules_are_those_that_nft_prints(suite: str) -> None:
    saved = json.loads((FIXTURES / f"rules-{suite}.json").read_text())
    found = set(masquerades(map(base64.b64decode, saved["sent"]), ()))
    assert found >= WHOLE
    printed = {_printed(line) for line in saved["printed"] if "oifname != " in line and "dport" not in line}
    understood = {(rule.source, rule.unless) for rule in found if rule.unless}
    assert understood - {("fd00:3::/64", "br-y")} == printed - {("fd00:3::/64", "br-y")}  # not each nft can print it
    assert not any(rule.source and rule.source.startswith(NARROWER) for rule in found)
    assert {rule.out for rule in found} == {None, "eth0"}


def _printed(line: str) -> tuple[str, str]:
    source, device = re.search(r"saddr (\S+)", line), re.search(r'oifname != "([^"]+)"', line)
    assert source and device, line
    return source[1], device[1]


@pytest.mark.parametrize(
    ("line", "rule"),
    [
        ("-A POSTROUTING -s 172.17.0.0/16 ! -o docker0 -j MASQUERADE", Masquerade(4, "172.17.0.0/16", None, "docker0")),
        ("-A POSTROUTING -o eth0 -j MASQUERADE", Masquerade(None, None, "eth0")),
        ("-A POSTROUTING -s fd00:5::/64 -j MASQUERADE", Masquerade(6, "fd00:5::/64")),
        ("-A POSTROUTING -s 172.17.0.2/32 -d 172.17.0.2/32 -p tcp -m tcp --dport 80 -j MASQUERADE", None),
        ("-A POSTROUTING ! -s 10.0.0.0/8 -j MASQUERADE", None),
        ("-A POSTROUTING -o br-+ -j MASQUERADE", None),
        ("-A DOCKER -p tcp -j DNAT --to-destination 172.17.0.2:80", None),
        ("", None),
    ],
)
def test_lines_of_iptables_legacy(line: str, rule: Masquerade | None) -> None:
    assert of_legacy(line) == rule


@pytest.mark.parametrize(
    ("rule", "takes"),
    [
        (Masquerade(4, "172.17.0.0/16", unless="docker0"), True),
        (Masquerade(4, "172.16.0.0/12"), True),
        (Masquerade(out="eth0"), True),
        (Masquerade(out="wlan0"), False),
        (Masquerade(unless="eth0"), False),
        (Masquerade(4, "172.17.0.0/24"), False),
        (Masquerade(4, "172.18.0.0/16"), False),
        (Masquerade(6), False),
        (Masquerade(6, "fd00::/8"), False),
    ],
)
def test_whose_packets_it_takes(rule: Masquerade, takes: bool) -> None:
    assert rule.takes("172.17.0.0/16", "eth0") is takes


def test_a_map_claims_it_where_a_rule_was_seen_and_only_there() -> None:
    world = World()
    world.uplink("eth0", "192.0.2.15/24", "192.0.2.1")
    world.network("plain", "172.18.0.1/24")
    assert "What leaves through it gets the host's address (NAT)." in alt_text(world.topology())
    world.routed = {"plain"}
    assert "through it from docker0 gets the host's address (NAT)." in alt_text(world.topology())
    assert "to the outside, under this address (NAT): docker0" in {t.text for t in layout(world.topology()).texts}
    world.routed = {"plain", "bridge"}
    assert "NAT" not in alt_text(world.topology())
    assert not any("NAT" in t.text for t in layout(world.topology()).texts)


def test_without_a_way_out_nothing_leaves() -> None:
    assert "NAT" not in alt_text(World().topology())
