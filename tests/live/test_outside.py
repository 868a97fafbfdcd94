"""The world outside of a capsule's host: who is seen there, what leads in, what it knows, and that it ends there."""

from __future__ import annotations

import json
import shlex
import subprocess
import time
from collections.abc import Iterator
from dataclasses import replace
from ipaddress import ip_address, ip_network

import pytest

from dockernet_course.engines import Engine
from dockernet_course.engines.find.host import enter_argv
from dockernet_course.engines.inside import outside
from dockernet_course.figures import alt_text
from dockernet_course.lab import Lab, Outside, here, open_lab
from dockernet_course.observe import observe
from tests.live.labs import on_host

pytestmark = pytest.mark.live
DOCUMENTATION = [*map(ip_network, ("192.0.2.0/24", "198.51.100.0/24", "203.0.113.0/24", "2001:db8::/32"))]
ASK_WWW = f"curl -sS {outside.SERVER}"
UNKNOWN = "no-such-name"
AT_ONCE = 4  # seconds: waiting in vain for an answer takes five, in ping and in resolv.conf(5)


@pytest.fixture
def lab(private_engine: Engine) -> Iterator[Lab]:
    with open_lab(private_engine, "test") as opened:
        yield opened


@pytest.fixture
def out(lab: Lab) -> Outside:
    assert lab.outside is not None
    return lab.outside


def test_the_server_sees_the_hosts_address_whoever_asks(lab: Lab) -> None:
    lab.create_network("front")
    guests = [lab.run("web"), lab.run("db", network="front"), lab.run("hosted", network="host")]
    answers = {lab.host.sh(ASK_WWW).text, *(guest.sh(ASK_WWW).text for guest in guests)}
    assert answers == {f"{outside.SERVER} sees {lab.host.address}\n"}


def test_an_outsider_reaches_what_is_published_and_what_is_in_host_mode(lab: Lab, out: Outside) -> None:
    web, _ = lab.run("web", publish="8080:80"), lab.run("hosted", network="host")
    assert out.sh(f"curl -sS {out.host}:8080").text == f"{web.id[:12]} sees {out.address}\n"
    assert out.sh(f"curl -sS {lab.host.address}").text == f"host sees {out.address}\n"
    assert "open" not in out.sh(f"nc -z -w 1 {out.host} 8081 && echo open").text


@pytest.mark.parametrize("network", ["bridge", "front", "host"])
def test_names(lab: Lab, network: str) -> None:
    if network == "front":
        lab.create_network("front")
    web = lab.run("web", network=network)
    assert ip_address(web.sh(f"getent hosts {outside.SERVER}").text.split()[0]) in DOCUMENTATION[0]
    began = time.monotonic()
    asked = web.sh(f"ping -c 1 {UNKNOWN}")
    assert time.monotonic() - began < AT_ONCE
    assert asked.exit_code == 2
    assert "Name or service not known" in asked


def test_the_name_server_answers_over_tcp_and_for_ipv6(lab: Lab) -> None:
    web = lab.run("web")
    ask = f"dig +short @{outside.NAMESERVER}"
    assert web.sh(f"{ask} +tcp host.example").text == f"{lab.host.address}\n"
    assert web.sh(f"{ask} HOST.example AAAA").text == ""
    assert ip_address(web.sh(f"{ask} www6.example AAAA").text.strip()) in DOCUMENTATION[3]
    assert "status: NXDOMAIN" in web.sh(f"dig @{outside.NAMESERVER} {UNKNOWN}.example").text
    assert "status: NXDOMAIN" in web.sh(f"dig +tcp @{outside.NAMESERVER} -x {lab.host.address}").text


def test_ipv6(lab: Lab) -> None:
    (address,) = [a["local"] for a in addresses(lab, "eth0") if a["family"] == "inet6" and a["scope"] == "global"]
    assert lab.host.sh("curl -sS www6.example").text == f"{outside.SERVER} sees {address}\n"


def test_the_host_has_an_uplink_and_a_default_route(lab: Lab) -> None:
    host = observe(lab).host
    uplink, route = host.interface("eth0"), host.default_route
    assert uplink and uplink.ipv4 and route
    assert (uplink.carrier, uplink.ipv4.ip, route.device) == (True, lab.host.address, "eth0")
    assert lab.host(f"ping -c 1 -W 1 {route.gateway}").ok
    assert lab.outside and lab.outside.sh(f"getent hosts {lab.outside.host}").text.split()[0] == uplink.ipv4.ip


def test_it_leads_nowhere_else(lab: Lab, out: Outside) -> None:
    """No route to anything but its own networks, no device but the one to the host; nor is it the machine's."""
    web = lab.run("web")
    links = json.loads(out.sh("ip -json link").text)
    assert {link["ifname"] for link in links if "UP" in link["flags"]} == {"lo", "downlink"}
    routes = [r for kind in (4, 6) for r in json.loads(out.sh(f"ip -json -{kind} route show table all").text)]
    targets = {r["dst"] for r in routes if r.get("type", "unicast") == "unicast"}
    strange = {t for t in targets if not any(ip_network(t).overlaps(n) for n in DOCUMENTATION if same(t, n))}
    assert strange <= {"::1", "fe80::/64", "ff00::/8"}, strange
    where = "cat /proc/sys/kernel/random/boot_id; readlink /proc/self/ns/net"
    assert out.sh(where).text != here(where).text
    assert "Network is unreachable" in out.sh(f"ping -c 1 -W 1 {web.address()}").text


def test_what_is_not_there_is_unreachable_at_once(lab: Lab) -> None:
    web = lab.run("web")
    nobody = ip_address(outside.NAMESERVER) + 1
    for place in (web, lab.host):
        began = time.monotonic()
        assert "Destination Net Unreachable" in place.sh(f"ping -c 1 -W 5 {nobody}").text
        assert time.monotonic() - began < AT_ONCE


def test_a_route_set_by_hand_leads_in_as_the_firewall_permits(lab: Lab, out: Outside) -> None:
    """So that a chapter can show it; the route goes with the capsule, or by hand."""
    subnet, web = lab.api.inspect_network("bridge")["IPAM"]["Config"][0]["Subnet"], lab.run("web")
    assert out.sh(f"ip route add {subnet} via {lab.host.address}").ok
    lab.host(f"iptables -I DOCKER-USER -d {web.address()} -j ACCEPT")
    assert out.sh(f"ping -c 1 -W 1 {web.address()}").ok
    lab.host("iptables -D DOCKER-USER 1")
    assert "100% packet loss" in out.sh(f"ping -c 1 -W 1 {web.address()}").text
    assert out.sh(f"ip route del {subnet}").ok


def test_observations_and_names_of_namespaces_are_without_it(lab: Lab) -> None:
    seen = observe(lab)
    assert seen.namespaces == ()
    assert seen.wires == ()
    assert lab.host("ip netns").text == ""
    assert f"interface eth0 with {lab.host.address}/24" in alt_text(seen)
    peers = lab.host("ip -o link show type veth").text.splitlines()
    assert len(peers) == 1 and "eth0@if100" in peers[0]
    lab.run("web")  # is still the first namespace that the host counts
    ports = [i for i in observe(lab).host.interfaces if i.master == "docker0"]
    assert [port.peer_netnsid for port in ports] == [0]


def test_places(lab: Lab, out: Outside) -> None:
    assert (lab.host.name, out.name) == ("host", "outside")
    assert repr(lab.host(["echo", "a  b"])) == "host$ echo 'a  b'\na  b"
    assert repr(out.sh("echo one; echo two >&2; exit 3")) == "outside$ echo one; echo two >&2; exit 3\none\ntwo"
    assert out.sh("exit 3").exit_code == 3


def test_an_engine_of_the_learners_own_has_no_outside(private_engine: Engine) -> None:
    with open_lab(replace(private_engine, kind="own", name=None), "test") as lab:
        assert lab.outside is None
        assert lab.host("true").ok


def test_in_the_terminal(lab: Lab, private_engine: Engine) -> None:
    capsule = private_engine.name or ""
    assert on_host(capsule, "outside", "curl", "-sS", outside.SERVER).startswith(f"{outside.SERVER} sees ")
    line = shlex.join(enter_argv(capsule, ["outside"]))
    shell = subprocess.run(
        ["script", "-qec", line, "/dev/null"], input="ip -br link\nexit\n", capture_output=True, text=True, timeout=20
    )
    assert "outside$ " in shell.stdout
    assert "downlink@" in shell.stdout


def addresses(lab: Lab, link: str) -> list[dict[str, str]]:
    found: list[dict[str, str]] = json.loads(lab.host(f"ip -json address show {link}").text)[0]["addr_info"]
    return found


def same(target: str, network: object) -> bool:
    return (":" in target) == (":" in str(network))
