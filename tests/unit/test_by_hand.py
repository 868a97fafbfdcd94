"""What a person changed on the host is told from what the engine writes; answers are read as they are meant."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from dockernet_course.errors import ObserveError
from dockernet_course.lessons.exercises.said import answers, port_in, word
from dockernet_course.observe.by_hand import HostState, by_hand, parse_state

FILTER = """*filter
:INPUT ACCEPT [0:0]
:FORWARD DROP [0:0]
:DOCKER - [0:0]
-A FORWARD -j DOCKER-USER
-A FORWARD -o docker0 -j DOCKER
-A FORWARD -i docker0 ! -o docker0 -j ACCEPT
-A FORWARD -i docker0 -o docker0 -j ACCEPT
-A DOCKER-ISOLATION-STAGE-2 -o docker0 -j DROP
-A DOCKER-ISOLATION-STAGE-2 -j RETURN
-A DOCKER-USER -j RETURN
COMMIT
"""
BRIDGE = "br-0123456789ab"
LINK: dict[str, Any] = {
    "index": 3,
    "kind": "bridge",
    "mac": "",
    "up": True,
    "mtu": 1500,
    "master": "",
    "addresses": [],
    "bridge": {"stp_state": 0, "priority": 32768},
}


def host(rules: str = FILTER, tool: str = "iptables", **more: object) -> HostState:
    seen: dict[str, object] = {
        "rules": {tool: rules},
        "tables": {},
        "settings": {"ipv4/ip_forward": "1", "ipv6/conf/all/forwarding": "0"},
        "links": {"docker0": LINK, "eth0": {**LINK, "index": 2, "kind": ""}},
        "routes": {"4": ["default via 203.0.113.1 dev eth0"], "6": []},
        "routing": {"4": ["0:\tfrom all lookup local"], "6": []},
    }
    return parse_state(json.dumps(seen | more).encode())


def added(*rules: str, table: str = "") -> HostState:
    text = FILTER.replace("COMMIT\n", "".join(f"{rule}\n" for rule in rules) + "COMMIT\n")
    return host(text if not table else FILTER + f"*{table}\n" + "\n".join(rules) + "\nCOMMIT\n")


@pytest.mark.parametrize(
    "rule",
    [
        f"-A FORWARD -i {BRIDGE} ! -o {BRIDGE} -j ACCEPT",
        f"-A FORWARD -o {BRIDGE} -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT",
        f"-A FORWARD -i {BRIDGE} -o {BRIDGE} -j DROP",
        f"-A DOCKER-ISOLATION-STAGE-2 -o {BRIDGE} -j DROP",
        "-A DOCKER -d 172.17.0.2/32 ! -i docker0 -o docker0 -p tcp -m tcp --dport 80 -j ACCEPT",
        "-A DOCKER -s 172.17.0.3/32 -d 172.17.0.2/32 -i docker0 -o docker0 -p tcp -m tcp --dport 80 -j ACCEPT",
        f"-A DOCKER-ISOLATION-STAGE-1 ! -s 172.18.0.0/16 -o {BRIDGE} -j DROP",
    ],
)
def test_what_the_engine_writes_is_nobodys(rule: str) -> None:
    assert by_hand(host(), added(rule)) == ()


@pytest.mark.parametrize(
    "rule",
    [
        "-A DOCKER -d 127.0.0.1/32 ! -i docker0 -p tcp -m tcp --dport 32768 -j DNAT --to-destination 172.17.0.2:80",
        f"-A POSTROUTING -s 172.18.0.0/16 ! -o {BRIDGE} -j MASQUERADE",
        "-A POSTROUTING -s 172.17.0.2/32 -d 172.17.0.2/32 -p tcp -m tcp --dport 80 -j MASQUERADE",
    ],
)
def test_nor_what_it_writes_to_translate(rule: str) -> None:
    assert by_hand(host(), added(rule, table="nat")) == ()


@pytest.mark.parametrize(
    "rule",
    [
        "-A INPUT -p tcp -m tcp --dport 80 -j DROP",
        "-A DOCKER-USER -j ACCEPT",
        "-A DOCKER-USER -i docker0 -j DROP",
        "-A FORWARD -j ACCEPT",
        f"-A FORWARD -i docker0 -o {BRIDGE} -j ACCEPT",
        "-A DOCKER-ISOLATION-STAGE-2 -o docker0 -j RETURN",
        "-A DOCKER-ISOLATION-STAGE-2 -j RETURN",
        "-A FORWARD -s 172.17.0.2/32 -j DROP",
    ],
)
def test_a_rule_by_hand(rule: str) -> None:
    (change,) = by_hand(host(), added(rule))
    assert (change.kind, rule in change.text) == ("rule", True)


def test_a_rule_of_the_engines_taken_away() -> None:
    gone = "-A DOCKER-ISOLATION-STAGE-2 -o docker0 -j DROP\n"
    (change,) = by_hand(host(), host(FILTER.replace(gone, "")))
    assert "is gone" in change.text
    bridge = {"docker0": LINK, "eth0": {**LINK, "index": 2}, BRIDGE: {**LINK, "index": 9}}
    rule = f"-A DOCKER-ISOLATION-STAGE-2 -o {BRIDGE} -j DROP"
    before = replace(added(rule), links=bridge)
    assert by_hand(before, host()) == (), "with its network, its rules go"
    assert len(by_hand(before, host(links=bridge))) == 1


def test_a_policy() -> None:
    (change,) = by_hand(host(), host(FILTER.replace("FORWARD DROP", "FORWARD ACCEPT")))
    assert change.text == "the policy of `FORWARD` is ACCEPT now, in iptables"
    assert by_hand(host(tool="ip6tables", rules=""), host(":FORWARD DROP [0:0]\n", tool="ip6tables")) == ()


def test_legacy_tables_and_nftables() -> None:
    (change,) = by_hand(host(""), host("*filter\n-A INPUT -j DROP\n", tool="iptables-legacy"))
    assert "iptables-legacy" in change.text
    table = {"inet mine": "table inet mine {\n}\n"}
    assert "`mine`" in by_hand(host(), host(tables=table))[0].text
    assert by_hand(host(), host(tables={"ip docker-bridges": "table ip docker-bridges {\n}\n"})) == ()


def test_settings() -> None:
    (change,) = by_hand(host(), host(settings={"ipv4/ip_forward": "0", "ipv6/conf/all/forwarding": "1"}))
    assert (change.kind, change.of) == ("setting", "net.ipv4.ip_forward")


def test_links_and_routes() -> None:
    off = {"docker0": {**LINK, "up": False}, "eth0": {**LINK, "index": 2}, "veth1": {**LINK, "index": 8}}
    (change,) = by_hand(host(), host(links=off))
    assert (change.of, change.text) == ("docker0", "`docker0` is down")
    stp = {**host().links, "docker0": {**LINK, "bridge": {"stp_state": 1, "priority": 32768}}}
    assert [c.text for c in by_hand(host(), host(links=stp))] == ["`docker0` has `stp_state 1`, and had `stp_state 0`"]
    without: dict[str, list[str]] = {"4": [], "6": []}
    down = {**off, "eth0": {**LINK, "index": 2, "kind": "", "up": False}}
    assert [c.kind for c in by_hand(host(), host(links=down, routes=without))] == ["link", "link"], "it took them along"
    more = {"4": ["default via 203.0.113.1 dev eth0", "198.18.0.0/24 via 172.17.0.9 dev docker0"], "6": []}
    assert by_hand(host(), host(routes=more))[0].kind == "route"
    new = {"4": ["default via 203.0.113.1 dev eth0", "172.18.0.0/16 dev br-x proto kernel scope link"], "6": []}
    assert by_hand(host(), host(routes=new)) == ()


def test_no_snapshot() -> None:
    with pytest.raises(ObserveError, match="no snapshot"):
        parse_state(b"python3: not found")


@pytest.mark.parametrize("said", ["Till", " till ", "`till`", "'Till.'", "TILL:", "till@if7", "till@if7:"])
def test_a_word(said: str) -> None:
    assert word(said) == "till"


def test_several() -> None:
    assert answers({"Ann": "OK", "bob ": "Name  not found."}) == {"ann": "ok", "bob": "name not found"}
    assert answers("ok") == {}


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("db", ("db", "")),
        ("db:80", ("db", "80")),
        ("http://db:80/x", ("db", "80")),
        ("HTTP://db/", ("db", "")),
        ("172.17.0.2:80", ("172.17.0.2", "80")),
        ("fd00::2", ("fd00::2", "")),
        ("[fd00::2]:80", ("fd00::2", "80")),
        ("", ("", "")),
    ],
)
def test_whom_to_ask(said: str, meant: tuple[str, str]) -> None:
    assert port_in(said) == meant
