"""What Docker Engine 29.7.2 answered, with both firewall backends, is read as it is meant.

The answers were recorded on an engine that was built elsewhere (fixtures/engine29): no chapter has run on it.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from dockernet_course.capabilities import Answered, Finding, known
from dockernet_course.capabilities.firewall import backend, dropped_by, tool
from dockernet_course.capabilities.model import Here
from dockernet_course.capabilities.settings import set_so
from dockernet_course.engines.find import own
from dockernet_course.engines.find.doctor import examine
from dockernet_course.experiments.firewall import Counted, parse, risen
from dockernet_course.lab import addressing, unused
from dockernet_course.lab.api import Api
from tests.unit.replaying import replaying
from tests.unit.test_api_versions import topology

Json = dict[str, Any]
FIXTURES = Path(__file__).parent / "fixtures/engine29"
BACKENDS = ("iptables", "nftables")
both = pytest.mark.parametrize("firewall", BACKENDS)
FOUND = {  # what the probes found there; with nftables no network with IPv6, as the host did not forward it
    "default-bridge-names": False,
    "embedded-dns": True,
    "generated-names": True,
    "link-hosts": True,
    "link-variables": False,
    "internal-default-route": False,
    "internal-host-reachable": True,
    "veth-moves": False,
    "mac-from-address": False,
    "top-level-address": False,
    "joiner-networks-empty": True,
    "ipv6-default": False,
    "sibling-by-proxy": False,
}
OF_BACKEND: dict[str, dict[str, Here]] = {
    "iptables": {"isolation": "raw: PREROUTING", "docker-user": True},
    "nftables": {"isolation": "ip docker-bridges: raw-PREROUTING", "docker-user": False},
}


def recorded(firewall: str) -> Json:
    answers: Json = json.loads((FIXTURES / f"answers-{firewall}.json").read_text())
    return answers


def rules(firewall: str) -> str:
    return (FIXTURES / f"rules-{firewall}.txt").read_text()


@both
def test_nothing_differs_from_what_is_known_of_29(firewall: str) -> None:
    for cid, found in (FOUND | OF_BACKEND[firewall]).items():
        answer = Answered(known()[cid], Finding(found), "29.7.2", True, {"firewall": firewall})
        assert answer.expected is not None and not answer.differs, answer


@both
def test_the_observation(firewall: str) -> None:
    seen = topology(recorded(firewall))
    assert seen.engine == "29.7.2" and seen.vanished == ()
    assert {n.name for n in seen.networks} == {"bridge", "closed", "host", "none", "shop"}
    assert seen.network("closed").internal and seen.network("bridge").subnets == ("172.17.0.0/16",)
    web, front = seen.container("web"), seen.container("s1").endpoint("shop")
    assert {(p.port, p.host_port) for p in web.ports} == {(80, 8080)}
    assert front is not None and front.ip.startswith("172.18.")
    assert front.mac and front.gateway
    assert {e.network for e in seen.container("two").endpoints} == {"shop", "closed"}
    assert seen.container("joiner").namespace == web.namespace and not seen.container("joiner").endpoints
    assert seen.container("onhost").namespace == seen.host.inode
    assert seen.container("ended").namespace is None


@both
def test_the_lab_and_the_doctor(firewall: str) -> None:
    with replaying({**recorded(firewall), "answers": {**recorded(firewall)["answers"], "/images/json": []}}) as address:
        found, _ = own.find(address)
        assert found and found.api_version == "1.55"
        api = Api(found)
        (its,) = addressing.addresses(api, "web").values()
        assert addressing.addresses(api, "joiner") == {"bridge": its}
        assert addressing.addresses(api, "onhost") == addressing.addresses(api, "ended") == {}
        assert str(unused.address(api.inspect_network("shop")).ip).startswith("172.18.")
        report = examine(address)
        assert report.usable and report.engine and report.engine.firewall == firewall


@both
def test_what_it_is_set_to(firewall: str) -> None:
    answers = recorded(firewall)["answers"]
    said = list(set_so(answers["/info"], answers["/networks/bridge"], {"firewall": firewall, "userland-proxy": True}))
    assert said == (["firewall-backend=nftables"] if firewall == "nftables" else []) + ["containerd image store"]


@both
def test_who_wrote_the_rules(firewall: str) -> None:
    assert (tool(rules(firewall)), backend(rules(firewall))) == (firewall, "nf_tables")


def met(text: str, *lines: str) -> Counted:
    """What is told when a packet met the rules in which these words stand."""

    def count(line: str) -> str:
        return line.replace("packets 0", "packets 1") if any(part in line for part in lines) else line

    return risen(parse(text), parse("\n".join(map(count, text.splitlines()))))


def test_nftables_own_chains_are_told_in_the_order_in_which_a_packet_meets_them() -> None:
    way = met(
        rules("nftables"),
        'oifname != "docker0" ip saddr 172.17.0.0/16',  # hook postrouting
        'iifname != "docker0" tcp dport 8080',  # hook prerouting, by a jump
        "fib daddr type local",
        "ip daddr 172.17.0.2 tcp dport 80 ",  # hook forward, by a verdict map
        "OUTGOING",
    )
    chains = [rule.chain.partition("__")[0] for rule in way if "br-" not in rule]
    assert list(dict.fromkeys(chains)) == [
        *("nat-PREROUTING", "nat-prerouting-and-output", "filter-forward-in", "filter-forward-out"),
        *("nat-OUTPUT", "nat-postrouting-out"),
    ]


def test_the_rule_that_keeps_two_bridges_apart() -> None:
    way = met(rules("nftables"), 'ip daddr 172.17.0.2 iifname != "docker0"', "OUTGOING")
    assert next(iter(way)).chain == "raw-PREROUTING"
    assert dropped_by(way, "172.17.0.2", "docker0") == "ip docker-bridges: raw-PREROUTING"


def test_a_table_of_ones_own_comes_before_the_engines() -> None:
    mine = (
        "table ip own {\n\tchain zz {\n\t\ttype filter hook forward priority filter - 1; policy accept;\n"
        "\t\ttcp dport 80 counter packets 0 bytes 0 drop\n\t}\n}\n"
    )
    way = met(rules("nftables") + mine, "tcp dport 80 counter", "OUTGOING")
    assert next(iter(way)).table == "ip own"
