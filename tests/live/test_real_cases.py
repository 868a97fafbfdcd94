"""What people asked in public, rebuilt: the matrix says what came, and why, from what is seen, and claims no more.

Each case is a healthy world in which the question is answered, what breaks it, and what is said then.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

import pytest

from dockernet_course.engines import Engine
from dockernet_course.errors import NotFound
from dockernet_course.experiments import Cell, Place, Way, explain, reachability
from dockernet_course.experiments.why import why
from dockernet_course.lab import Lab, open_lab
from dockernet_course.observe import observe
from tests.live.test_observe import typed
from tests.live.test_walk_causes import address, unplug

pytestmark = pytest.mark.live
SIX = "import socket,time;s=socket.socket(10);s.setsockopt(41,26,1);s.bind(('::',80));s.listen();time.sleep(999)"
MUTE = "import socket,time;s=socket.socket();s.setsockopt(1,2,1);s.bind(('',80));s.listen();time.sleep(999)"


@pytest.fixture
def lab(private_engine: Engine) -> Iterator[Lab]:
    with open_lab(private_engine, "test") as opened:
        opened.create_network("front")
        opened.run("cli", network="front", cap_add="NET_ADMIN")
        yield opened


def again(lab: Lab, name: str, **how: object) -> None:
    """The container anew, with other options."""
    lab.remove(name)
    lab.run(name, **how)  # type: ignore[arg-type]


def on_host(lab: Lab, line: str) -> None:
    typed(lab.engine, line)


def unplugged(lab: Lab) -> None:
    unplug(lab, "web")
    lab.container("cli").sh("ip neigh flush all")


def double(lab: Lab) -> None:
    eth0 = observe(lab).interface("web", "eth0")
    assert eth0
    on_host(lab, f"docker run -d --name two --network front --mac-address {eth0.mac} dockernet-lab:1")
    lab.container("cli").sh("ip neigh flush all")  # so that web speaks last, and is the one that is reached


def quiet(lab: Lab) -> None:
    lab.create_network("quiet", options={"com.docker.network.bridge.enable_icc": "false"})
    for name in ("cli", "web"):
        lab.connect("quiet", name)
        lab.disconnect("front", name)


@dataclass(frozen=True)
class Case:
    """``said``: the verdict, or "" where there is nothing to ask, and the mechanism, by ``way`` from ``source``.

    ``cause`` is what ``why`` names, where that is not the mechanism, and ``shows`` stands in its evidence.
    """

    breaks: Callable[[Lab], object]
    way: Way
    said: tuple[str, str]
    source: str = "cli"
    words: str = ""
    cause: str = ""
    shows: str = ""


CASES = {
    "listens on its own loopback": Case(
        lambda lab: again(lab, "web", network="front", publish="8080:80", env={"SERVE_ADDRESS": "127.0.0.1"}),
        *("port", ("refused", "only itself")),
        words="127.0.0.1:80",
        shows="127.0.0.1:80",
    ),
    "published to the wrong port": Case(
        lambda lab: again(lab, "web", network="front", publish="8080:8000"),
        *("published", ("reset", "another port"), "host"),
        words="port 8000: its server is at *:80",
        shows="*:80",
    ),
    "published on an internal network": Case(
        lambda lab: again(lab, "web", network=lab.create_network("inner", internal=True), publish="8080:80"),
        *("published", ("", "internal network"), "host"),
        shows="true",
    ),
    "icc is off": Case(quiet, "address", ("timeout", "kept apart"), shows="enable_icc"),
    "two with one MAC": Case(double, "address", ("ok", "doubles"), words="same MAC"),
    "a firewall rejects in front of a published port": Case(
        lambda lab: on_host(lab, "iptables -I DOCKER-USER -i eth0 -j REJECT"),
        *("published", ("refused", "not from there"), "outside"),
        words="firewall's REJECT",
        cause="firewall rule",
        shows="-A DOCKER-USER -i eth0 -j REJECT",
    ),
    "a firewall drops in front of a published port": Case(
        lambda lab: on_host(lab, "iptables -I DOCKER-USER -i eth0 -j DROP"),
        *("published", ("timeout", "no answer"), "outside"),
        words="a walk names it",
        cause="firewall rule",
        shows="-A DOCKER-USER -i eth0 -j DROP",
    ),
    "listens for IPv6 only": Case(
        lambda lab: again(lab, "web", command=["python3", "-c", SIX], network="front", publish="8080:80"),
        *("port", ("refused", "IPv6 only")),
        shows="[::]:80",
    ),
    "published by UDP": Case(
        lambda lab: again(lab, "web", network="front", publish="5353:53/udp"),
        *("published", ("", "only UDP"), "host"),
        words="5353",
        shows="53/udp",
    ),
    "the host does not forward": Case(
        lambda lab: on_host(lab, "sysctl -qw net.ipv4.ip_forward=0"),
        *("published", ("timeout", "not forwarding"), "outside"),
        shows="net.ipv4.ip_forward = 0",
    ),
    "a name that leads to another one": Case(
        lambda lab: lab.container("cli").sh(f"sh -c 'echo {address(lab, 'other')} web >> /etc/hosts'"),
        *("name", ("answered by another", "another's address")),
        words="an address of other",
        shows=" web",
    ),
    "a veth pair that is attached to nothing": Case(unplugged, "address", ("no route", "not attached"), shows="veth"),
    "a route that forbids": Case(
        lambda lab: lab.container("cli").sh(f"ip route add prohibit {address(lab, 'web')}"),
        *("address", ("administratively prohibited", "route")),
        words="prohibit",
        shows="Permission denied",
    ),
    "nothing listens": Case(
        lambda lab: again(lab, "web", command="sleep 1000", network="front", publish="8080:80"),
        *("port", ("refused", "nothing listens")),
    ),
    "a server that says nothing": Case(
        lambda lab: again(lab, "web", command=["python3", "-c", MUTE], network="front", publish="8080:80"),
        *("port", ("connected, then silence", "connected")),
        cause="-",
    ),
}
UNDO = "sysctl -qw net.ipv4.ip_forward=1; iptables -F DOCKER-USER; iptables -A DOCKER-USER -j RETURN"


def asking(lab: Lab, case: Case) -> str | Place:
    return {"host": lab.host, "outside": lab.outside}.get(case.source) or case.source


def said(lab: Lab, case: Case) -> tuple[tuple[str, str], str]:
    source = asking(lab, case)
    (cell,) = list[Cell](reachability(lab, [source], ["web"], [case.way]))
    told = explain(observe(lab), cell)
    return (str(cell.probe.verdict) if cell.probe else "", told.mechanism), told.text


@pytest.mark.sampled(3)
@pytest.mark.parametrize("name", CASES)
def test_what_is_said_is_what_was_the_matter(lab: Lab, name: str) -> None:
    case = CASES[name]
    lab.run("web", network="front", publish="8080:80")
    lab.run("other", network="front")
    assert said(lab, case)[0][0] == "ok"
    assert why(lab, asking(lab, case), "web", case.way).can is True
    case.breaks(lab)
    try:
        (found, text), told = said(lab, case), why(lab, asking(lab, case), "web", case.way)
    finally:
        on_host(lab, UNDO)
    assert found == case.said, text
    assert case.words in text
    assert told.can is {"ok": True, "": None}.get(case.said[0], False), told
    assert told.cause == ("" if case.cause == "-" else case.cause or case.said[1]), told
    assert case.shows in "\n".join(line for each in told.evidence for line in each.lines), told
    assert all(1 <= len(each.lines) <= 3 for each in told.evidence), told


RUN, IMAGE = "docker run -d --name", "dockernet-lab:1"
TYPED: dict[str, tuple[str, dict[tuple[str, str, Way], tuple[bool | None, str]]]] = {
    "two networks, one of them internal": (
        "docker network create --internal anet; docker network create znet;"
        f"{RUN} web --network znet -p 8080:80 {IMAGE};"
        f"docker network connect anet web; {RUN} asks --network anet {IMAGE}",
        {
            ("asks", "web", "published"): (False, "internal network"),
            ("asks", "web", "port"): (True, "service port"),
            ("outside", "web", "published"): (True, "published port"),
        },
    ),
    "the owner of a shared network restarted": (
        f"{RUN} vpn --network front {IMAGE} sleep 999; {RUN} app --network container:vpn {IMAGE};"
        "docker restart -t 0 vpn",
        {("cli", "app", "port"): (None, "owner restarted"), ("app", "cli", "address"): (False, "owner restarted")},
    ),
    "hosts entries": (
        f"docker network create --subnet 172.31.0.0/24 fixed; {RUN} db --network fixed --ip 172.31.0.5 {IMAGE};"
        f"{RUN} cache --network fixed --ip 172.31.0.6 {IMAGE};"
        f"{RUN} one --network fixed --add-host db:172.31.0.6 {IMAGE}; {RUN} two --network fixed {IMAGE};"
        f"{RUN} three --network fixed --add-host db:172.31.0.99 {IMAGE}",
        {
            ("one", "db", "name"): (False, "hosts file"),
            ("two", "db", "name"): (True, "Docker's DNS"),
            ("three", "db", "name"): (False, "hosts entry"),
        },
    ),
    "a link is one container's": (
        f"{RUN} db {IMAGE}; {RUN} web --link db:database {IMAGE}; {RUN} oth {IMAGE}",
        {
            ("web", "database", "port"): (True, "service port"),
            ("oth", "database", "port"): (False, "unknown name"),
            ("oth", "db", "name"): (False, "default bridge"),
        },
    ),
    "names of all shapes, and a network of a container's name": (
        f"docker network create Web_App.net; {RUN} Web_App --network Web_App.net -p 8080:80 {IMAGE};"
        f"{RUN} My.Api-1 --network Web_App.net {IMAGE}",
        {
            ("My.Api-1", "Web_App", "name"): (True, "Docker's DNS"),
            ("My.Api-1", "Web_App:80", "port"): (True, "service port"),
            ("Web_App", "Web_App", "published"): (True, "a detour"),
        },
    ),
    "two that have changed their addresses": (
        f"{RUN} api --network front {IMAGE}; {RUN} worker --network front -e SERVE_PORT=81 {IMAGE};"
        "docker stop -t 0 api worker; docker start worker; docker start api",
        {
            ("cli", "api", "name"): (True, "Docker's DNS"),
            ("cli", "api:80", "port"): (True, "service port"),
            ("cli", "worker:80", "port"): (False, "another port"),
        },
    ),
    "rules flushed, and a policy is left": (
        f"{RUN} web --network front -p 8080:80 {IMAGE}; iptables-save > /tmp/saved; iptables -F FORWARD;"
        "iptables -P FORWARD DROP",
        {("cli", "outside", "address"): (False, "firewall rule"), ("host", "web", "port"): (True, "the host's bridge")},
    ),
}


@pytest.mark.sampled(1)
@pytest.mark.parametrize("name", TYPED)
def test_what_was_typed_by_hand_is_understood(lab: Lab, name: str) -> None:
    line, wanted = TYPED[name]
    on_host(lab, line)
    try:
        found = {asked: why(lab, *asked) for asked in wanted}
    finally:
        on_host(lab, "[ ! -e /tmp/saved ] || iptables-restore < /tmp/saved; rm -f /tmp/saved")
    assert {asked: (told.can, told.cause) for asked, told in found.items()} == wanted, found


def test_a_server_is_asked_at_the_port_at_which_it_listens(lab: Lab) -> None:
    lab.run("db", network="front", env={"SERVE_PORT": "5432"})
    (cell,) = list(reachability(lab, ["cli"], ["db"], ["port"]))
    assert cell.probe
    assert (cell.probe.port, cell.probe.ok) == (5432, True)
    assert "port 5432" in explain(observe(lab), cell).text


def test_a_name_that_leads_to_an_ipv6_address_is_found(lab: Lab) -> None:
    lab.create_network("six", ipv6=True, subnet="fd00:6::/64")
    lab.run("v6", network="six")
    lab.run("asks", network="six")
    (cell,) = list(reachability(lab, ["asks"], ["v6"], ["name"]))
    assert cell.probe
    assert cell.probe.ok, cell.probe
    assert explain(observe(lab), cell).mechanism == "Docker's DNS"


def test_an_alias_is_known_in_one_network_only(lab: Lab) -> None:
    lab.create_network("dns-tier")
    lab.run("httpd", network="front")
    lab.connect("dns-tier", "httpd", aliases="lp1.website")
    lab.run("in", network="dns-tier")
    assert why(lab, "in", "lp1.website").can is True
    told = why(lab, "cli", "lp1.website")
    assert (told.can, told.cause) == (False, "unknown name")
    assert "known in dns-tier (httpd); cli is in front" in told.text
    assert any("lp1.website" in line for each in told.evidence for line in each.lines), told


def test_a_network_that_covers_an_address_outside(lab: Lab) -> None:
    assert why(lab, "cli", "outside", "address").can is True
    lab.create_network("clash", subnet="192.0.2.0/24")
    lab.run("app", network="clash")
    told = why(lab, "app", "outside", "address")
    assert (told.can, told.cause) == (False, "no neighbour"), told
    assert "asked who has 192.0.2." in told.text


def test_whom_a_person_means(lab: Lab) -> None:
    lab.run("web", network="front", publish="8080:80")
    assert why(lab, "cli", "web:80").can is True
    assert why(lab, "cli", address(lab, "web")).target == "web"
    assert why(lab, "host", "web", "published").can is True
    assert why(lab, "cli", "host:8080").can is True
    refused = why(lab, "cli", "web:81")
    assert (refused.can, refused.cause) == (False, "another port")
    assert (closed := why(lab, "cli", "outside:81")).can is False
    assert closed.cause == "", closed
    with pytest.raises(NotFound, match="Nobody on this engine has the address"):
        why(lab, "cli", "198.51.100.250")


Ask = tuple[str, str, Way]


@dataclass(frozen=True)
class Thread:
    """What somebody wrote about in public: a ``world`` in which ``twin`` is answered, the ``fault``, and what is said.

    The world and the fault are typed on the host. Without a ``twin`` the question itself is answered before the fault.
    """

    world: str
    fault: str
    ask: Ask
    cause: str
    words: str
    twin: Ask | None = None
    can: bool | None = False


BOTH = f"{RUN} web --network front {IMAGE}; {RUN} asks --network front --cap-add NET_ADMIN {IMAGE}"
DB = f"{RUN} db --network front -p 5433:5432 -e SERVE_PORT=5432 {IMAGE}; {RUN} asks --network front {IMAGE}"
FORWARD = "nft 'add chain inet fw4 forward { type filter hook forward priority 0; policy drop; }'"
THREADS = {
    "openwrt/packages#19856": Thread(
        BOTH,
        f"nft add table inet fw4; {FORWARD}",
        ("asks", "web", "port"),
        "firewall rule",
        "policy drop of the chain forward (table inet fw4",
    ),
    "moby/moby#43016": Thread(
        f"{RUN} one --network front --network-alias api {IMAGE}; {RUN} asks --network front {IMAGE}",
        f"{RUN} two --network front --network-alias api -e SERVE_PORT=81 {IMAGE}",
        ("asks", "api:80", "port"),
        "name of several",
        "two cannot be reached: Nothing in two listens on port 80",
    ),
    "NixOS/nixpkgs#298165": Thread(
        f"{RUN} onhost --network host -e SERVE_PORT=7638 {IMAGE}; {RUN} asks --network front {IMAGE}",
        "iptables -A INPUT -i lo -j ACCEPT; iptables -P INPUT DROP",
        ("asks", "host:7638", "port"),
        "firewall rule",
        "policy drop of the chain INPUT",
    ),
    "moby/moby#17212": Thread(
        f"{RUN} web --network front -p 8080:80 {IMAGE}",
        "ip route add unreachable default table 100; ip rule add from 172.16.0.0/12 lookup 100 priority 50",
        ("outside", "web", "published"),
        "host's route",
        "the host's kernel has no way",
    ),
    "moby/moby#31789": Thread(
        f"{RUN} web --network front -p 8080:80 {IMAGE}; {RUN} asks {IMAGE}",
        "iptables -I INPUT -i docker0 -j REJECT --reject-with icmp-host-prohibited",
        ("asks", "host:8080", "port"),
        "firewall rule",
        "icmp-host-prohibited",
    ),
    "NASA-AMMOS/MMGIS#74": Thread(
        DB,
        "true",
        ("asks", "localhost:5432", "port"),
        "localhost",
        "localhost is asks itself, and nothing in it listens on port 5432: db does",
        twin=("asks", "db:5432", "port"),
    ),
    "docker-library/postgres#167": Thread(
        DB,
        "true",
        ("asks", "db:5433", "port"),
        "another port",
        "Port 5433 is the host's, and leads to db's own port 5432",
        twin=("asks", "db:5432", "port"),
    ),
    "bubuntux/nordvpn#267": Thread(
        BOTH,
        "docker exec asks sh -c 'echo nameserver 192.0.2.53 > /etc/resolv.conf'",
        ("asks", "web", "name"),
        "name server",
        "asks 192.0.2.53 for names",
    ),
    "moby/moby#23407": Thread(
        BOTH,
        "docker exec asks ip addr flush dev eth0",
        ("asks", "web", "address"),
        "no address",
        "No interface of asks",
    ),
    "moby/moby#40217": Thread(
        f"{RUN} asks {IMAGE}",
        "ip addr flush dev docker0",
        ("asks", "outside", "address"),
        "bridge without address",
        "docker0, the bridge of bridge, has no address",
    ),
    "moby/libnetwork#2481": Thread(
        f"{RUN} asks --network front {IMAGE}",
        "ip route replace default dev docker0",
        ("asks", "outside", "address"),
        "host's route",
        "to docker0, and no container has that address",
    ),
    "NginxProxyManager/nginx-proxy-manager#1187": Thread(
        BOTH, "docker stop -t 0 web", ("asks", "web", "port"), "not running", "web does not run", can=None
    ),
}


@pytest.mark.sampled(2)
@pytest.mark.parametrize("name", THREADS)
def test_what_somebody_wrote_about_in_public(lab: Lab, name: str) -> None:
    thread = THREADS[name]
    on_host(lab, thread.world)
    assert (well := why(lab, *(thread.twin or thread.ask))).can is True, well
    on_host(lab, thread.fault)
    told = why(lab, *thread.ask)
    assert (told.can, told.cause) == (thread.can, thread.cause), told
    assert thread.words in told.text, told
    assert told.evidence, told
    assert told.cure, told


def test_a_server_of_the_host_that_hears_only_the_host(lab: Lab) -> None:
    """docker/for-linux#1536: host.docker.internal leads to the host, whose server listens on localhost."""
    lab.run("onhost", network="host", env={"SERVE_PORT": "3000", "SERVE_ADDRESS": "127.0.0.1"})
    lab.run("other", network="host", env={"SERVE_PORT": "3001"})
    on_host(lab, f"{RUN} asks --network front --add-host host.docker.internal:host-gateway {IMAGE}")
    told = why(lab, "asks", "host.docker.internal:3000")
    assert (told.can, told.cause) == (False, "only itself"), told
    assert why(lab, "asks", "host.docker.internal:3001").can is True


COUNTED = "-o eth0 -p udp --dport 53"


def questions_outside(engine: Engine) -> int:
    """How many questions to a name server have left the host: packets that an empty rule has counted."""
    rule = typed(engine, "iptables -t mangle -nvxL POSTROUTING").splitlines()[2]
    return int(rule.split()[0])


def test_on_an_engine_of_the_learners_own_no_unknown_name_is_asked(private_engine: Engine) -> None:
    """A capsule plays it, and its outside is everybody else."""
    typed(private_engine, f"iptables -t mangle -I POSTROUTING {COUNTED}")
    try:
        with open_lab(replace(private_engine, kind="own", name=None), "test") as lab:
            lab.create_network("front")
            lab.create_network("back")
            lab.run("cli", network="front")
            lab.run("web", network="front")
            lab.run("far", network="back")
            for way in ("port", "name"):
                assert why(lab, "cli", "web", way).can is True
            assert why(lab, "cli", "far", "name").can is not True
            told = why(lab, "cli", "www.example")
            assert (told.can, told.cause, told.evidence) == (False, "unknown name", ())
            assert questions_outside(private_engine) == 0
            lab.container("cli").sh("getent hosts www.example")
            assert questions_outside(private_engine) > 0
    finally:
        typed(private_engine, f"iptables -t mangle -D POSTROUTING {COUNTED}")
