"""The lab image: every tool runs in a container, on each generation; the server answers; it is loaded once."""

from __future__ import annotations

import json
import shlex
import subprocess
from collections.abc import Iterator
from pathlib import Path

import docker
import pytest
from docker.models.containers import Container

from dockernet_course.engines import LAB_IMAGE, Engine
from dockernet_course.engines.find import capsule
from dockernet_course.engines.find.image import ensure_image
from tests.live.capsules import SUITES, VERSIONS, ask
from tests.waiting import eventually

pytestmark = [pytest.mark.live, pytest.mark.once]

TOOLS = (  # a command, and what its output begins with
    ("ip -V", "ip utility, iproute2"),
    ("bridge -V", "bridge utility"),
    ("brctl -V", "bridge-utils"),
    ("ss -V", "ss utility"),
    ("tc -V", "tc utility"),
    ("ping -V", "ping from iputils"),
    ("curl -V", "curl "),
    ("dig -v", "DiG 9"),
    ("host -V", "host 9"),
    ("nslookup -version", "nslookup 9"),
    ("nc -h", "OpenBSD netcat"),
    ("tcpdump --version", "tcpdump version"),
    ("nft -v", "nftables v"),
    ("iptables -V", "iptables v1"),
    ("ip6tables -V", "ip6tables v1"),
    ("sh -c 'iptables-legacy -V | grep -o legacy'", "legacy"),
    ("sh -c 'iptables-legacy-save -V | grep -o legacy'", "legacy"),
    ("conntrack -V", "conntrack v"),
    ("nsenter -V", "nsenter from util-linux"),
    ("unshare -V", "unshare from util-linux"),
    ("python3 -V", "Python 3."),
    ("python3 -c 'import ctypes, json, socket, struct; print(1)'", "1"),
    ("bash --version", "GNU bash"),
    ("getent hosts localhost", "::1"),
    ("vi --help", "BusyBox"),
    ("cat /etc/os-release", "PRETTY_NAME="),
    ("id -u", "0"),
    ("sh -c 'ls -l /proc/$$/exe'", "lrwxrwxrwx"),
    ("sh -c 'type ip; type wget; type ps'", "ip is /usr/bin/ip"),
)


@pytest.fixture(params=SUITES)
def engine(request: pytest.FixtureRequest, runtime: Path) -> Iterator[Engine]:
    suite = request.param
    running = capsule.start(suite, suite)
    facts = ask(running, "/version")
    yield Engine("capsule", running.address, facts["Version"], facts["ApiVersion"], "a test", name=running.name)


def test_every_tool_runs(engine: Engine) -> None:
    client = engine.client()
    web = client.containers.run(LAB_IMAGE, detach=True, cap_add=["NET_ADMIN"], name="web")
    for command, beginning in TOOLS:
        answer = said(engine, web, command).lstrip()
        assert answer.startswith(beginning), f"{command}: {answer}"
    assert "dash" in said(engine, web, "sh -c 'readlink /proc/$$/exe'")
    shown = json.loads(said(engine, web, "ip -j addr show eth0"))
    assert shown[0]["ifname"] == "eth0"
    capture = "timeout 5 tcpdump -c 1 -ni lo icmp"
    heard = said(engine, web, ["sh", "-c", f"{capture} & sleep 0.5; ping -qc 1 127.0.0.1; wait"])
    assert "ICMP echo request" in heard
    assert said(engine, web, "iptables -t nat -A POSTROUTING -j MASQUERADE") == ""
    assert "masquerade" in said(engine, web, "nft list ruleset").lower()
    client.close()


def test_the_server_says_who_answers_and_whom_it_sees(engine: Engine) -> None:
    client = engine.client()
    web = client.containers.run(LAB_IMAGE, detach=True, hostname="web", name="web")
    other = client.containers.run(LAB_IMAGE, detach=True, name="other")
    addresses = {}
    for container in (web, other):
        container.reload()
        addresses[container.name] = container.attrs["NetworkSettings"]["Networks"]["bridge"]["IPAddress"]
    answer = said(engine, other, ["curl", "-s", "--retry", "5", "--retry-connrefused", f"http://{addresses['web']}"])
    assert answer == f"web sees {addresses['other']}\n"
    assert b"serves port 80" in web.logs()
    head = said(engine, other, ["curl", "-sI", f"http://{addresses['web']}"])
    assert head.startswith("HTTP/1.0 200 OK")
    web.stop(timeout=5)
    web.reload()
    assert web.attrs["State"]["ExitCode"] == 0, "it ends when it is asked to, and need not be killed"
    client.close()


def test_two_servers_on_one_port_collide(engine: Engine) -> None:
    client = engine.client()
    first = client.containers.run(LAB_IMAGE, detach=True, name="web")
    assert eventually(lambda: b"serves port 80" in first.logs(), 30)
    second = client.containers.run(LAB_IMAGE, detach=True, network_mode="container:web")
    assert second.wait(timeout=60)["StatusCode"] == 1
    assert b"port 80: Address already in use" in second.logs()
    client.close()


def test_loaded_once_and_again_when_it_is_another(engine: Engine) -> None:
    client = engine.client()
    assert not ensure_image(engine), "a capsule has it from the start"
    image = client.images.get(LAB_IMAGE)
    assert image.attrs["Config"]["Env"] == ["PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"]
    client.images.remove(LAB_IMAGE)
    assert ensure_image(engine)
    assert not ensure_image(engine)
    assert client.images.get(LAB_IMAGE).id == image.id
    container = client.containers.run(LAB_IMAGE, "touch /mine", detach=True)
    container.wait(timeout=60)
    repository, tag = LAB_IMAGE.split(":")
    container.commit(repository, tag)
    assert ensure_image(engine), "something else has its name"
    assert client.images.get(LAB_IMAGE).id == image.id
    client.close()


def test_everything_belongs_to_root(engine: Engine) -> None:
    client = engine.client()
    listing = client.containers.run(LAB_IMAGE, "find / -xdev ! ( -user 0 -group 0 )", remove=True)
    assert set(listing.split()) <= {b"/proc", b"/sys"}  # these are mounted
    client.close()


def said(engine: Engine, container: Container, command: str | list[str]) -> str:
    """What ``docker exec`` prints, by the pack's own client.

    docker-py's ``exec_run`` loses the output of quick commands now and then (docker/docker-py#3332).
    """
    argv = shlex.split(command) if isinstance(command, str) else command
    enter = capsule.enter_argv(engine.name, ["docker", "exec", str(container.name), *argv])
    return subprocess.run(enter, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=60).stdout


@pytest.mark.parametrize("suite", SUITES)
def test_the_generation_is_the_one_asked_for(runtime: Path, suite: str) -> None:
    running = capsule.start("a", suite)
    client = docker.DockerClient(base_url=running.address)
    assert client.version()["Version"].startswith(VERSIONS[suite])
    subprocess.run(capsule.enter_argv("a", ["docker", "run", "--rm", LAB_IMAGE, "true"]), check=True)
    client.close()
