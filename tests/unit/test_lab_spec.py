"""The docker line and the API's body of what is to be made."""

from __future__ import annotations

import shlex

import pytest

from dockernet_course.errors import Refused
from dockernet_course.lab.spec import ContainerSpec, NetworkSpec, argv_of, many

IMAGE = "dockernet-lab:1"


@pytest.mark.parametrize(
    ("command", "argv"),
    [
        ("ip addr show eth0", ["ip", "addr", "show", "eth0"]),
        ("curl -H 'A: b' web", ["curl", "-H", "A: b", "web"]),
        (["echo", "$HOME"], ["echo", "$HOME"]),
        ("echo $HOME", ["sh", "-c", "echo $HOME"]),
        ("rm $(command -v ping)", ["sh", "-c", "rm $(command -v ping)"]),
        ("a | b", ["sh", "-c", "a | b"]),
        ("LANG=C date", ["sh", "-c", "LANG=C date"]),
        ("exit 3", ["sh", "-c", "exit 3"]),
        ("echo 'open", ["sh", "-c", "echo 'open"]),
        ((), []),
    ],
)
def test_a_command_is_split_as_a_terminal_does(command: str | list[str], argv: list[str]) -> None:
    assert argv_of(command) == argv


def test_one_or_several() -> None:
    assert many("80") == many(80) == many(["80"]) == many([80]) == ("80",)
    assert many(()) == ()


def test_the_plain_line() -> None:
    assert ContainerSpec("web", IMAGE).line() == "docker run -d --name web dockernet-lab:1"
    assert ContainerSpec(None, IMAGE, ["ip", "addr"]).line("--rm") == "docker run --rm dockernet-lab:1 ip addr"
    assert NetworkSpec("front").line() == "docker network create front"


def test_the_full_line_can_be_typed() -> None:
    spec = ContainerSpec(
        "web", IMAGE, ["sh", "-c", "echo $X; sleep 9"], "front", ["8080:80"], {"X": "a b"}, ["db:d"], ["www"], ["81"],
        ["NET_ADMIN"], "always", "box",
    )  # fmt: skip
    assert shlex.split(spec.line()) == [
        *("docker", "run", "-d", "--name", "web", "--network", "front", "--hostname", "box", "--restart", "always"),
        *("--network-alias", "www", "-p", "8080:80", "--expose", "81", "-e", "X=a b", "--link", "db:d"),
        *("--cap-add", "NET_ADMIN", IMAGE, "sh", "-c", "echo $X; sleep 9"),
    ]


@pytest.mark.parametrize("hostile", ["a b", "it's", 'say "x"', "$HOME `id`", "a\nb", "*;|&>\\", "名"])
def test_whatever_is_in_it_the_line_can_be_typed(hostile: str) -> None:
    spec = ContainerSpec(
        "web", IMAGE, ["echo", hostile], hostile, [hostile], {hostile: hostile}, [hostile], [hostile], [hostile],
        [hostile], hostile, hostile,
    )  # fmt: skip
    assert shlex.split(spec.line()).count(hostile) == 9
    assert f"{hostile}={hostile}" in shlex.split(spec.line())
    net = NetworkSpec(hostile, hostile, hostile, hostile, options={hostile: hostile})
    assert shlex.split(net.line()).count(hostile) == 4


def test_the_networks_line() -> None:
    spec = NetworkSpec("back", "macvlan", "10.1.0.0/24", "10.1.0.254", True, True, {"parent": "eth0"})
    assert spec.line() == (
        "docker network create --driver macvlan --subnet 10.1.0.0/24 --gateway 10.1.0.254 --internal --ipv6 "
        "-o parent=eth0 back"
    )
    assert spec.body({})["IPAM"]["Config"] == [{"Subnet": "10.1.0.0/24", "Gateway": "10.1.0.254"}]


@pytest.mark.parametrize(
    ("publish", "port", "binding"),
    [
        ("80", "80/tcp", {"HostIp": "", "HostPort": ""}),
        ("8080:80", "80/tcp", {"HostIp": "", "HostPort": "8080"}),
        ("127.0.0.1:8080:80", "80/tcp", {"HostIp": "127.0.0.1", "HostPort": "8080"}),
        ("127.0.0.1::80", "80/tcp", {"HostIp": "127.0.0.1", "HostPort": ""}),
        ("8080:80/udp", "80/udp", {"HostIp": "", "HostPort": "8080"}),
        ("[::1]:8080:80", "80/tcp", {"HostIp": "::1", "HostPort": "8080"}),
    ],
)
def test_published_ports(publish: str, port: str, binding: dict[str, str]) -> None:
    body = ContainerSpec("web", IMAGE, publish=[publish]).body({})
    assert body["HostConfig"]["PortBindings"] == {port: [binding]}
    assert body["ExposedPorts"] == {port: {}}


@pytest.mark.parametrize("publish", ["", "a:b", "80/xyz", "1:2:3:4", "<b>"])
def test_ports_that_make_no_sense(publish: str) -> None:
    with pytest.raises(Refused) as caught:
        ContainerSpec("web", IMAGE, publish=[publish]).body({})
    assert repr(publish) in caught.value.what


def test_a_restart_policy_that_makes_no_sense() -> None:
    policy = ContainerSpec("web", IMAGE, restart="on-failure:3").body({})["HostConfig"]["RestartPolicy"]
    assert policy == {"Name": "on-failure", "MaximumRetryCount": 3}
    with pytest.raises(Refused):
        ContainerSpec("web", IMAGE, restart="on-failure:x").body({})


def test_aliases_go_with_a_network_of_ones_own() -> None:
    spec = ContainerSpec("web", IMAGE, network="front", aliases=["www"], links=["db"])
    assert spec.body({})["NetworkingConfig"]["EndpointsConfig"] == {"front": {"Aliases": ["www"], "Links": ["db"]}}
    for network in ("", "bridge", "host", "none", "container:db"):
        assert ContainerSpec("web", IMAGE, network=network).body({})["NetworkingConfig"]["EndpointsConfig"] == {}
