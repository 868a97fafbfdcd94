"""The network of a private engine's host is put back, whatever somebody changed there; the learner's own is left."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest

from dockernet_course.engines import Engine
from dockernet_course.errors import LabError
from dockernet_course.lab import Lab, open_lab
from dockernet_course.lab.changes import set_to
from dockernet_course.observe import HostState, by_hand, host_state
from tests.live import labs

pytestmark = pytest.mark.live
ROUTING = "(ip route show table all; ip -6 route show table all) | grep -v 'table local\\|fe80::'; ip rule; ip -6 rule"
LEGACY = "xtables-legacy-multi"

CHANGES = {
    "a rule": "iptables -I INPUT -p tcp --dport 9 -j DROP",
    "a rule for the user": "iptables -I DOCKER-USER -j DROP",
    "a rule of docker's taken away": "iptables -D FORWARD -j DOCKER-USER",
    "a chain of docker's emptied": "iptables -F DOCKER-ISOLATION-STAGE-1",
    "everything flushed": "iptables -F && iptables -t nat -F",
    "a policy": "iptables -P FORWARD ACCEPT",
    "a chain": "iptables -N MINE && iptables -A FORWARD -j MINE",
    "another table": "iptables -t mangle -A PREROUTING -j MARK --set-mark 7",
    "a rule for IPv6": "ip6tables -I INPUT -p tcp --dport 9 -j DROP",
    "a legacy rule": f"{LEGACY} iptables -I FORWARD -p tcp --dport 9 -j DROP",
    "a legacy rule for IPv6": f"{LEGACY} ip6tables -I FORWARD -p tcp --dport 9 -j DROP",
    "a legacy policy": f"{LEGACY} iptables -P INPUT DROP",
    "a table of nft": "nft add table inet mine; nft add chain inet mine c '{ type filter hook input priority 5; }'",
    "a rule that iptables cannot read": "nft insert rule ip filter FORWARD meta skuid 7 counter drop comment '\"x\"'",
    "forwarding": set_to("net.ipv4.ip_forward", 0),
    "the filter of bridges": set_to("net.bridge.bridge-nf-call-iptables", 0),
    "a route": "ip route add 198.18.0.0/24 via 172.17.0.9",
    "a route taken away": "ip route delete 172.17.0.0/16",
    "a route that refuses": "ip route add unreachable 198.18.0.0/24",
    "a route into nothing": "ip route add blackhole 198.18.1.0/24",
    "a default route that refuses": "ip route add unreachable default metric 4000",
    "a route of IPv6": "ip -6 route add fd07::/64 via fd00::9 dev docker0 onlink",
    "a route of IPv6 that refuses": "ip -6 route add unreachable fd05::/64",
    "a default route of IPv6 that refuses": "ip -6 route add unreachable default metric 4000",
    "a route of IPv6 that forbids": "ip -6 route add prohibit fd06::/64",
    "a route in another table": "ip route add 198.18.0.0/24 via 172.17.0.9 table 77",
    "a route of IPv6 in another table": "ip -6 route add unreachable fd05::/64 table 77",
    "a rule of routing for IPv6": "ip -6 rule add from fd05::1 lookup main pref 77",
    "a rule of routing that forbids": "ip rule add from 198.18.0.1 prohibit pref 78",
    "a rule of routing": "ip rule add from 198.18.0.1 lookup main pref 77",
    "a veth pair": "ip link add mine type veth peer name yours && ip link set mine up",
    "a bridge": "ip link add mine type bridge && ip address add 198.18.0.1/24 dev mine",
    "an address": "ip address add 198.18.0.1/24 dev docker0",
    "an address taken away": "ip address flush dev docker0",
    "docker0 off": "ip link set docker0 down",
    "the spanning tree protocol": "ip link set docker0 type bridge stp_state 1 priority 4096",
    "docker0 gone": "ip link delete docker0",
}


def state(lab: Lab) -> HostState:
    """What is compared: links are told by their names, one that was made anew has another number."""
    seen = host_state(lab)
    return replace(seen, links={n: {**link, "index": 0, "mac": ""} for n, link in seen.links.items()})


@pytest.mark.sampled(8)
@pytest.mark.parametrize("change", CHANGES)
def test_put_back_when_the_lab_is_emptied(settled: Lab, change: str) -> None:
    settled.settle_host()
    before, routed = state(settled), settled.host(ROUTING).text
    done = settled.host(CHANGES[change])
    assert done.ok, done
    if change not in {"docker0 gone", "a bridge", "a veth pair"}:  # what an observation shows
        assert by_hand(before, state(settled))
    assert settled.settle_host()
    assert by_hand(before, state(settled)) == ()
    assert plain(state(settled)) == plain(before)
    assert change == "docker0 gone" or settled.host(ROUTING).text == routed
    assert settled.settle_host() == ()


def plain(seen: HostState) -> tuple[object, ...]:
    """Without the counters, and without tables that have nothing in them."""
    rules = tuple(rule for rule in seen.rules if not rule.text.endswith(" ACCEPT") or "-A" in rule.text)
    return rules, seen.settings, seen.links, seen.routes


@pytest.fixture(scope="module")
def settled(private_engine: Engine) -> Iterator[Lab]:
    """One lab for all changes."""
    with open_lab(private_engine, "settling") as lab:
        yield lab


@pytest.fixture(autouse=True)
def _nothing_of_ours_is_left() -> None:
    """That lab stays open from test to test."""


def test_put_back_when_a_lab_closes_and_when_one_begins(private_engine: Engine) -> None:
    with open_lab(private_engine, "one") as lab:
        before = plain(state(lab))
        lab.run("web", publish=80)
        lab.host(CHANGES["a rule for the user"])
    with open_lab(replace(private_engine, kind="own", name=None), "looks") as own:
        assert plain(state(own)) == before
        own.host(CHANGES["a rule for the user"])
    with open_lab(replace(private_engine, kind="own", name=None), "looks") as own:
        assert plain(state(own)) != before, "the learner's own is left alone"
    with open_lab(private_engine, "two") as lab:
        assert plain(state(lab)) == before


def test_a_lab_that_another_process_has_closed_puts_nothing_back(private_engine: Engine) -> None:
    with open_lab(private_engine, "one") as lab:
        assert lab.settle_host() == (), "as long as it is open it can"
        other = labs.Other(private_engine)
        with pytest.raises(LabError, match="another lab was opened in this engine"):
            lab.settle_host()
        other.end()


def test_what_the_engine_changes_itself_is_nobodys(private_engine: Engine) -> None:
    with open_lab(private_engine, "engine") as lab:
        before = host_state(lab)
        lab.create_network("market")
        lab.create_network("inner", internal=True)
        lab.create_network("odd", options={"com.docker.network.bridge.enable_icc": "false"})
        lab.create_network("named", options={"com.docker.network.bridge.name": "docks"})
        lab.run("db", publish=[80, "127.0.0.1::81", "53/udp"])
        lab.run("web", network="market", publish=[80, "8080-8082"])
        lab.run("shop", links="db:database")
        lab.connect("inner", "web")
        lab.connect("odd", "db")
        lab.connect("named", "db")
        assert by_hand(before, between := host_state(lab)) == ()
        lab.remove("shop")
        lab.disconnect("named", "db")
        lab.remove("named")
        lab.container("db").restart()
        lab.remove("web")
        assert by_hand(between, host_state(lab)) == ()
