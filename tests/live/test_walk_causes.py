"""A walk says why: the setting, the route, the silence, the somebody else that did it, each beside its healthy twin."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from dockernet_course.engines import Engine
from dockernet_course.experiments.walk import How, Walk, sentences, walk
from dockernet_course.lab import Lab, open_lab
from dockernet_course.observe import observe
from tests.live.test_observe import typed

pytestmark = pytest.mark.live
HOWS: tuple[How, ...] = ("name", "port by name")


@pytest.fixture
def lab(private_engine: Engine) -> Iterator[Lab]:
    with open_lab(private_engine, "test") as opened:
        opened.create_network("front")
        opened.run("web", network="front", publish="8080:80", cap_add="NET_ADMIN")
        opened.run("cli", network="front", cap_add="NET_ADMIN")
        yield opened


def address(lab: Lab, name: str, network: str = "front") -> str:
    end = observe(lab).container(name).endpoint(network)
    assert end
    return end.ip


def ended(seen: Walk) -> tuple[str, str]:
    return seen.verdict.outcome, seen.verdict.because


def unplug(lab: Lab, name: str) -> None:
    peer = observe(lab).peer(name, "eth0")
    assert peer
    assert lab.host(f"ip link set {peer.name} nomaster").ok


def test_who_has_no_neighbour_is_told_whom_it_asked_for(lab: Lab) -> None:
    target = address(lab, "web")
    assert walk(lab, "cli", "web").ok
    lab.container("cli").sh("ip neigh flush all")
    lab.host("ip neigh flush all")
    unplug(lab, "web")
    assert ended(walk(lab, "cli", "web")) == ("no neighbour", f"cli asked who has {target}, and nobody answered")
    published = walk(lab, lab.host, "web", "published")
    assert ended(published) == ("no neighbour", f"the host asked who has {target}, and nobody answered")


def test_a_network_that_hides_an_address_outside(lab: Lab) -> None:
    assert lab.outside
    assert walk(lab, "web", lab.outside).ok
    lab.create_network("clash", subnet="192.0.2.0/24")
    lab.run("app", network="clash")
    outcome, because = ended(walk(lab, "app", lab.outside))
    assert outcome == "no neighbour"
    assert because.startswith("app asked who has 192.0.2.")


def test_a_host_that_does_not_forward(lab: Lab) -> None:
    assert lab.outside
    typed(lab.engine, "sysctl -qw net.ipv4.ip_forward=0")
    try:
        out, coming = walk(lab, "web", lab.outside), walk(lab, lab.outside, "web", "published")
    finally:
        typed(lab.engine, "sysctl -qw net.ipv4.ip_forward=1")
    told = ("lost", "net.ipv4.ip_forward is 0 on the host")
    assert (ended(out), ended(coming)) == (told, told), (out, coming)
    assert "nothing passed it on: net.ipv4.ip_forward is 0 on the host." in sentences(out)[-1]
    assert walk(lab, "web", lab.outside).ok


def test_a_filter_of_the_way_back(lab: Lab) -> None:
    device = observe(lab).network("front").bridge
    assert lab.outside
    line = f"sysctl -qw net.ipv4.conf.{device}.rp_filter=1; ip route add {address(lab, 'web')}/32 dev docker0"
    web, gateway = lab.container("web"), observe(lab).host.interface(str(device))
    assert gateway
    assert gateway.ipv4
    typed(lab.engine, line)
    try:
        web.sh("ip neigh flush all")
        unheard = walk(lab, web, lab.outside)
        assert web.sh(f"ip neigh replace {gateway.ipv4.ip} lladdr {gateway.mac} dev eth0 nud permanent").ok
        dropped = walk(lab, web, lab.outside)
    finally:
        typed(lab.engine, f"ip route del {address(lab, 'web')}/32 dev docker0")
    why = f"rp_filter is 1 at {device}, and an answer to {address(lab, 'web')} would leave by docker0"
    assert ended(unheard) == ("no neighbour", why), unheard
    assert ended(dropped) == ("lost", why), dropped
    assert walk(lab, web, lab.outside).ok


@pytest.mark.sampled(0)
@pytest.mark.parametrize("kind", ["prohibit", "blackhole", "unreachable"])
def test_a_route_that_leads_nowhere(lab: Lab, kind: str) -> None:
    target, cli = address(lab, "web"), lab.container("cli")
    assert cli.sh(f"ip route add {kind} {target}").ok
    assert ended(walk(lab, "cli", "web")) == ("not sent", f"cli has the route {kind} {target}")
    assert cli.sh(f"ip route del {kind} {target}").ok
    assert walk(lab, "cli", "web").ok


def test_who_has_no_route_at_all(lab: Lab) -> None:
    lab.create_network("back")
    lab.run("far", network="back")
    target, cli = address(lab, "far", "back"), lab.container("cli")
    assert cli.sh("ip route del default").ok
    assert ended(walk(lab, cli, "far")) == ("not sent", f"cli has no route to {target}")


def test_a_route_of_the_host_that_leads_nowhere(lab: Lab) -> None:
    assert lab.outside
    lab.host("ip route add prohibit 192.0.2.80")
    try:
        outcome, because = ended(walk(lab, "web", lab.outside))
    finally:
        lab.host("ip route del prohibit 192.0.2.80")
    assert (outcome, because) == ("unreachable", "the host has the route prohibit 192.0.2.80")


def test_an_answer_that_somebody_else_gave(lab: Lab) -> None:
    lab.run("cache", network="front")
    lab.container("cli").sh(f"sh -c 'echo {address(lab, 'cache')} web >> /etc/hosts'")
    for how in HOWS:
        assert ended(walk(lab, "cli", "web", how)) == ("answered by another", "the answer came from cache")
        assert ended(walk(lab, "cli", "cache", how))[0] == "answered"


def test_what_is_for_another_mac_is_not_received(lab: Lab) -> None:
    """Nor is an error about something else an answer: two had one MAC, and one of them spoke last."""
    eth0 = observe(lab).interface("web", "eth0")
    assert eth0
    typed(
        lab.engine,
        f"docker run -d --name two --network front --mac-address {eth0.mac} dockernet-lab:1 sleep 999; "
        f"docker exec two ping -c1 -W1 {address(lab, 'cli')}",
    )
    seen = walk(lab, "cli", "web")
    assert seen.verdict.outcome in ("lost", "answered", "answered by another"), seen
    cli = lab.container("cli")
    assert cli.sh(f"ip neigh replace {address(lab, 'web')} lladdr 02:42:00:00:00:99 dev eth0 nud permanent").ok
    astray = walk(lab, cli, "web")
    assert astray.verdict.outcome == "lost", astray
    assert "it is for the MAC address 02:42:00:00:00:99" in repr(astray)


def test_a_policy_is_named_with_its_chain(lab: Lab) -> None:
    assert lab.outside
    typed(lab.engine, "iptables-save > /tmp/saved; iptables -F FORWARD; iptables -P FORWARD DROP")
    try:
        seen = walk(lab, "web", lab.outside)
    finally:
        typed(lab.engine, "iptables-restore < /tmp/saved; rm /tmp/saved")
    assert seen.verdict.outcome == "dropped"
    assert seen.verdict.rule
    assert seen.verdict.rule.text == "policy drop of the chain FORWARD"
