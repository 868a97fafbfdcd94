"""What was asked of Docker, and what the kernel is set to: each fact beside what the real tool prints of it."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import pytest

from dockernet_course.engines import Engine
from dockernet_course.lab import Lab, open_lab
from dockernet_course.lab.observer import source
from dockernet_course.observe import Namespace, Topology, discover, observe, relate
from tests.live.test_observe import typed
from tests.waiting import eventually

pytestmark = pytest.mark.live
IDLE = "sleep 1000"
ASKED = """docker network create front; docker network create --internal inner;
docker create --name web --network front --network-alias shop --network-alias store --hostname w1 -p 127.0.0.1::80 \
  -p 5353:53/udp -p 80 --add-host db:192.0.2.7 --dns 192.0.2.53 --dns-search example --dns-option ndots:2 \
  --restart on-failure dockernet-lab:1;
docker network connect --alias lp1.website inner web; docker start web;
docker run -d --name shut --network inner -p 127.0.0.1::80 dockernet-lab:1;
docker run -d --name mate --network container:web dockernet-lab:1 sleep 1000"""


@pytest.fixture
def lab(private_engine: Engine) -> Iterator[Lab]:
    """What is made by hand is looked at, too."""
    with open_lab(private_engine, "test") as opened:
        yield opened


def inspected(lab: Lab, name: str, at: str) -> Any:
    return json.loads(typed(lab.engine, f"docker inspect -f '{{{{json {at}}}}}' {name}"))


def test_what_was_asked_of_docker_stands_beside_what_is(lab: Lab) -> None:
    typed(lab.engine, ASKED)
    seen = observe(lab)
    for name in ("web", "shut", "mate"):
        it, host = seen.container(name), inspected(lab, name, ".HostConfig")
        assert it.asked
        wanted = {
            (f"{p.port}/{p.protocol}", p.host_ip, str(p.host_port) if p.host_port else "") for p in it.asked.publish
        }
        bindings = host["PortBindings"] or {}
        assert wanted == {(port, one["HostIp"], one["HostPort"]) for port, ways in bindings.items() for one in ways}
        assert list(it.asked.extra_hosts) == (host["ExtraHosts"] or [])
        assert list(it.asked.dns) == (host["Dns"] or [])
        assert list(it.asked.dns_search) == (host["DnsSearch"] or [])
        assert list(it.asked.dns_options) == (host["DnsOptions"] or [])
        assert it.asked.restart == host["RestartPolicy"]["Name"]
        assert it.asked.userns == host["UsernsMode"]
        assert it.asked.hostname == inspected(lab, name, ".Config.Hostname")
        for end in it.endpoints:
            told = inspected(lab, name, f'(index .NetworkSettings.Networks "{end.network}")')
            assert (list(end.aliases), list(end.dns_names)) == (told["Aliases"] or [], told.get("DNSNames") or [])
    web, shut = seen.container("web"), seen.container("shut")
    front, inner = web.endpoint("front"), web.endpoint("inner")
    assert front
    assert inner
    assert {"shop", "store"} <= {*front.aliases}
    assert "lp1.website" in inner.aliases
    assert "lp1.website" not in front.aliases
    assert [p for p in shut.ports if p.host_port] == []  # an internal network: asked for, and not published
    assert shut.asked
    assert [(p.port, p.host_ip, p.host_port) for p in shut.asked.publish] == [(80, "127.0.0.1", 0)]
    assert {(p.port, p.protocol) for p in web.ports if p.host_port} == {(80, "tcp"), (53, "udp")}


def test_networks_tell_their_options(lab: Lab) -> None:
    typed(
        lab.engine,
        "docker network create -o com.docker.network.bridge.enable_icc=false "
        "-o com.docker.network.driver.mtu=1400 quiet",
    )
    quiet, default = (observe(lab).network(name) for name in ("quiet", "bridge"))
    assert (quiet.icc, quiet.mtu) == (False, 1400)
    assert (default.icc, default.mtu) == (True, 1500)


CHANGES = {
    "docker update of one that does not run": (
        "docker update --restart always old",
        lambda c: c.asked.restart == "always",
    ),
    "an alias while it runs": (
        "docker network connect --alias one inner web",
        lambda c: "one" in c.endpoint("inner").aliases,
    ),
    "an alias of one that does not run": (
        "docker network disconnect front old; docker network connect --alias two front old",
        lambda c: "two" in c.endpoint("front").aliases,
    ),
    "another one of the same name": (
        "docker rm -f web; docker run -d --name web --network front --add-host x:192.0.2.9 dockernet-lab:1",
        lambda c: c.asked.extra_hosts == ("x:192.0.2.9",),
    ),
}


@pytest.mark.parametrize("what", CHANGES)
def test_what_was_asked_is_asked_again_when_it_changed(lab: Lab, what: str) -> None:
    typed(
        lab.engine,
        "docker network create front; docker network create inner; docker create --name old --network front "
        "dockernet-lab:1; docker run -d --name web --network front dockernet-lab:1",
    )
    line, changed = CHANGES[what]
    name = "old" if "does not run" in what else "web"
    before = observe(lab).container(name)
    assert before.asked
    typed(lab.engine, line)
    assert eventually(lambda: _holds(changed, observe(lab), name)), (before, observe(lab).container(name))


def _holds(changed: Callable[[Any], bool], seen: Topology, name: str) -> bool:
    it: Any = seen.container(name)
    return it.asked is not None and bool(changed(it))


def test_each_container_is_inspected_once(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []
    inspect = lab.api.inspect_all

    def noted(names: Sequence[str]) -> Any:
        asked.extend(names)
        return inspect(names)

    monkeypatch.setattr(lab.api, "inspect_all", noted)
    web = lab.run("web")
    lab.run("db")
    observe(lab)
    assert len(asked) == 2
    assert eventually(lambda: not _more(lab, asked))  # the events of their starts have come
    asked.clear()
    web.rename("shop")
    assert observe(lab).container("shop").asked
    assert web.id in asked


def _more(lab: Lab, asked: list[str]) -> int:
    """How many are asked again by one more look."""
    before = len(asked)
    observe(lab)
    return len(asked) - before


def test_who_listens_where_is_what_ss_prints(lab: Lab) -> None:
    lab.create_network("front")
    web = lab.run("web", network="front", publish=["8080:80"])
    lab.run("side", network="container:web", env={"SERVE_PORT": "8081", "SERVE_ADDRESS": "127.0.0.1"})
    lab.run("onhost", network="host", env={"SERVE_PORT": "8090"})
    six = "import socket,time;s=socket.socket(10);s.setsockopt(41,26,1);s.bind(('::',82));s.listen();time.sleep(999)"
    lab.run("six", ["python3", "-c", six], network="container:web")
    udp = "import socket,time;s=socket.socket(2,2);s.bind(('0.0.0.0',53));time.sleep(999)"
    lab.run("udp", ["python3", "-c", udp], network="container:web")
    assert eventually(lambda: len(rows(observe(lab), web.id)) == 6)  # two of Docker's DNS
    seen = observe(lab)
    assert rows(seen, web.id) == ss(web.sh("ss -Hltun").text)
    assert rows(seen, "") == ss(lab.host("ss -Hltun").text)
    named = {each.port: each for each in seen.listeners if each.owners}
    whose = {port: {seen.container(owner).name for owner in each.owners} for port, each in named.items()}
    assert whose == {80: {"web"}, 8081: {"side"}, 8090: {"onhost"}, 82: {"six"}, 53: {"udp"}}
    assert (named[82].only, named[80].only) == (6, None)
    assert named[82].process == "python3"
    proxy = [each for each in seen.listeners if each.process == "docker-proxy"]
    assert {(each.namespace, each.port, each.owners) for each in proxy} == {(seen.host.inode, 8080, frozenset())}


def test_where_a_kernel_has_no_sock_diag_listeners_are_read_in_proc(lab: Lab) -> None:
    web = lab.run("web", publish=["8080:80"])
    seen = observe(lab)
    script = source("observe", "snapshot.py").replace("SOCK_DIAG, BY_FAMILY = 4, 20", "SOCK_DIAG, BY_FAMILY = 31, 20")
    spaces, _, _ = discover.parse(lab.observer.exec(["python3", "-ISc", script, "--all"]))
    found = relate.relate(spaces).listeners
    wanted = {(e.namespace, e.protocol, e.address, e.port, e.process, e.owners) for e in seen.listeners}
    assert {(e.namespace, e.protocol, e.address, e.port, e.process, e.owners) for e in found} == wanted
    assert any(web.id in each.owners for each in found)


def rows(seen: Topology, ident: str) -> set[str]:
    """Protocol, address and port of the listeners in a container's namespace, or the host's."""
    inode = seen.container(ident).namespace if ident else seen.host.inode
    return {f"{each.protocol} {each}" for each in seen.listeners if each.namespace == inode}


def ss(text: str) -> set[str]:
    words = [line.split() for line in text.splitlines()]
    return {f"{w[0]} {w[4]}" for w in words}


def test_routes_and_rules_are_those_of_ip(lab: Lab) -> None:
    lab.create_network("six", ipv6=True, subnet="fd00:5::/64")
    web = lab.run("web", network="six", cap_add="NET_ADMIN")
    gateway = web.sh("ip route").text.split()[2]
    for line in (
        "ip route add blackhole 192.0.2.0/24",
        "ip route add prohibit 198.51.100.9",
        "ip route add unreachable 203.0.113.0/25 metric 7",
        f"ip route add 10.9.0.0/16 via {gateway} metric 50",
        f"ip route add 10.8.0.0/16 nexthop via {gateway} dev eth0 nexthop via {gateway} dev eth0 weight 2",
        f"ip route add default via {gateway} metric 900",
        "ip -6 route add blackhole 2001:db8:1::/48",
        "ip -6 route add prohibit 2001:db8:2::1",
        "ip rule add from 10.1.0.0/16 to 10.2.3.4 lookup 100 priority 90",
        "ip rule add fwmark 0x7/0xff iif eth0 lookup main priority 91",
        "ip rule add not to 10.3.0.0/16 prohibit priority 92",
        "ip -6 rule add from fd00:9::/64 lookup 101 priority 93",
        "ip route add 10.7.0.0/16 dev eth0 table 100",
    ):
        assert web.sh(line).ok, line
    space = observe(lab).namespace(web)
    assert space
    assert sorted(map(str, (r for r in space.routes if r.family == 4))) == sorted(printed(web.sh("ip -4 route").text))
    assert sorted(map(str, (r for r in space.routes if r.family == 6))) == sorted(printed(web.sh("ip -6 route").text))
    for family in (4, 6):
        lines = web.sh(f"ip -{family} rule").text.splitlines()
        told = [re.sub(r"\s+", " ", line.strip()) for line in lines if "lookup" not in line or "from all l" not in line]
        assert [str(rule) for rule in space.rules if rule.family == family] == told
    assert space.default_route
    assert (space.default_route.gateway, space.default_route.metric) == (gateway, 0)


def printed(text: str) -> list[str]:
    """What ``ip route`` prints, as far as a route says it; of several next hops a line for each."""
    lines = text.replace("\n\tnexthop", " nexthop").splitlines()
    found = []
    for line in lines:
        head, *hops = line.split(" nexthop ")
        for rest in [f"{head.split()[0]} {hop}" for hop in hops] or [head]:
            words = re.match(r"((?:blackhole |prohibit |unreachable )?\S+)( via \S+)?( dev \S+)?", rest)
            assert words
            special = words[1].count(" ")
            found.append(f"{words[1]}{words[2] or ''}{'' if special else words[3] or ''}")
    return found


def test_forwarding_and_filters_are_those_of_sysctl(lab: Lab) -> None:
    lab.create_network("front")
    web = lab.run("web", network="front")
    before = observe(lab)
    assert before.host.forwards() is True
    settings(lab, before.host)
    device = before.network("front").bridge
    for line in ("sysctl -w net.ipv4.ip_forward=0", f"sysctl -w net.ipv4.conf.{device}.rp_filter=1"):
        typed(lab.engine, line)
    after = observe(lab)
    assert (after.host.forwards(), after.host.rp_filter(str(device))) == (False, 1)
    settings(lab, after.host)
    inside = after.namespace(web)
    assert inside
    assert inside.forwards() == (web.sh("cat /proc/sys/net/ipv4/ip_forward").text.strip() == "1")


def settings(lab: Lab, space: Namespace) -> None:
    """Compare every row with the files of /proc/sys."""
    rows = [row for row in space.netconf if row.family == 4]
    assert {"all", "default", "lo", "docker0"} <= {row.device for row in rows}
    for row in rows:
        folder = f"/proc/sys/net/ipv4/conf/{row.device}"
        said = lab.host(f"cat {folder}/forwarding {folder}/rp_filter").text.split()
        assert [str(int(row.forwarding)), str(row.rp_filter)] == said, row.device


def test_a_bridge_tells_what_it_lets_its_ports_do(lab: Lab) -> None:
    web, db = lab.run("web"), lab.run("db")
    seen = observe(lab)
    ends = [seen.peer(each, "eth0") for each in (web, db)]
    assert [(end.port_state, end.isolated) for end in ends if end] == [("forwarding", False)] * 2
    one, two = (end.name for end in ends if end)
    for line in (f"bridge link set dev {one} state 0", f"bridge link set dev {two} isolated on"):
        assert lab.host(line).ok, line
    seen = observe(lab)
    ends = [seen.peer(each, "eth0") for each in (web, db)]
    assert [(end.port_state, end.isolated) for end in ends if end] == [("disabled", False), ("forwarding", True)]
    assert seen.host.interface("docker0").port_state == ""  # type: ignore[union-attr]
