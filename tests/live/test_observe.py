"""observe() on a live engine: what is drawn was seen."""

from __future__ import annotations

import subprocess
import tempfile
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from dockernet_course.engines import Engine, find_engine
from dockernet_course.engines.build import pack
from dockernet_course.engines.find import private
from dockernet_course.engines.find.host import enter_argv
from dockernet_course.errors import EngineStopped, NotFound
from dockernet_course.lab import Lab, Output, open_lab
from dockernet_course.observe import difference, inspect, network_inspect, network_ls, observe

pytestmark = pytest.mark.live
IDLE = "sleep 1000"


def typed(engine: Engine, line: str) -> str:
    """What somebody types in the terminal, with the pack's own client; for another engine, on this machine."""
    if engine.name:
        done = subprocess.run(enter_argv(engine.name, ["sh", "-c", line]), check=True, capture_output=True, text=True)
        return done.stdout.rstrip("\n")
    with tempfile.TemporaryDirectory() as folder:
        client = Path(folder, "docker")
        client.write_text(_with_its_own_libraries(pack.ensure().root))
        client.chmod(0o755)
        variables = {"DOCKER_HOST": engine.address, "PATH": f"{folder}:/usr/bin:/bin"}
        done = subprocess.run(["sh", "-c", line], check=True, capture_output=True, text=True, env=variables)
        return done.stdout.rstrip("\n")


def _with_its_own_libraries(root: Path) -> str:
    """A script that runs the pack's client, whose C library may be newer than this machine's."""
    (loader,) = root.glob("usr/lib/*-linux-gnu/ld-linux-*")
    return f'#!/bin/sh\nexec {loader} --library-path {loader.parent} {root}/usr/bin/docker "$@"\n'


def links(lab: Lab) -> list[str]:
    """The host's interfaces as ``ip`` lists them."""
    return [line.split(": ")[1].partition("@")[0] for line in lab.host("ip -o link").text.splitlines()]


def test_an_empty_host_has_docker0_without_port(lab: Lab) -> None:
    seen = observe(lab)
    assert seen.containers == ()
    assert seen.namespaces == ()
    assert [n.name for n in seen.networks] == ["bridge", "host", "none"]
    assert seen.bridge("docker0").ports == ()
    docker0 = seen.host.interface("docker0")
    assert docker0
    assert "NO-CARRIER" in docker0.flags or not docker0.carrier
    assert [i.name for i in seen.host.interfaces] == links(lab)


def test_the_default_bridge(lab: Lab) -> None:
    before = observe(lab)
    web = lab.run("web")
    after = observe(lab)
    peer = after.peer(web, "eth0")
    assert peer
    assert peer.master == "docker0"
    assert after.bridge("docker0").ports == (peer.name,)
    inside = web.sh("ip -o addr show eth0").text
    eth0 = after.interface(web, "eth0")
    assert eth0
    assert f" {eth0.ipv4} " in inside
    assert f"eth0@if{peer.index}" in web.sh("ip link").text
    assert f"{peer.name}@if{eth0.index}" in lab.host("ip link").text
    namespace = after.namespace(web)
    assert namespace
    assert namespace.default_route
    assert namespace.default_route.gateway in {a.ip for i in after.host.interfaces for a in i.addresses}
    assert f"{after.bridge('docker0').id}" in lab.host("brctl show").text
    assert {c.kind for c in difference(before, after).appeared} == {"container", "endpoint", "interface", "route"}


def test_a_container_in_two_networks(lab: Lab) -> None:
    front, back = lab.create_network("front"), lab.create_network("back", internal=True)
    app = lab.run("app", network=front, publish=["8080:80"])
    lab.connect(back, app)
    seen = observe(lab)
    carried = {e.network: e.interface for e in seen.container(app).endpoints}
    assert set(carried) == {"front", "back"}
    assert set(carried.values()) == {"eth0", "eth1"}
    for network, interface in carried.items():
        peer = seen.peer(app, str(interface))
        assert peer
        assert peer.master == seen.network(network).bridge
    assert seen.network("back").internal
    assert {p.host_port for p in seen.container(app).ports} == {8080}


def test_shared_host_and_no_namespace(lab: Lab) -> None:
    web = lab.run("web")
    lab.run("side", IDLE, network="container:web")
    lab.run("onhost", IDLE, network="host")
    lab.run("alone", IDLE, network="none")
    seen = observe(lab)
    assert seen.container("side").namespace == seen.container(web).namespace
    assert seen.container("onhost").namespace == seen.host.inode
    alone = seen.namespace("alone")
    assert alone
    assert [i.name for i in alone.interfaces] == ["lo"]
    assert alone.routes == ()
    shown = web.sh("readlink /proc/self/ns/net").text
    assert shown.strip() == f"net:[{seen.container(web).namespace}]"


def test_a_joiner_after_its_owners_restart_has_what_was_seen(lab: Lab) -> None:
    web = lab.run("web")
    lab.run("side", IDLE, network="container:web")
    web.restart()
    seen = observe(lab)
    assert seen.container("side").namespace != seen.container(web).namespace
    left = seen.namespace("side")
    assert left
    assert [i.name for i in left.interfaces] == ["lo"]


def test_a_stopped_container_is_nowhere(lab: Lab) -> None:
    web = lab.run("web")
    web.stop(timeout=0)
    seen = observe(lab)
    assert seen.container(web).state == "exited"
    assert seen.container(web).namespace is None
    assert seen.vanished == ()
    assert seen.wires == ()


def test_what_the_learner_made_by_hand(lab: Lab) -> None:
    """In a private engine it is the course's, too; elsewhere it is counted and not looked into."""
    ours = lab.run("ours")
    typed(lab.engine, "docker network create byhand; docker run -d --name foreign --network byhand dockernet-lab:1")
    try:
        seen = observe(lab)
        assert not any(c.name.startswith("dockernet-observer") for c in seen.containers)
        assert seen.peer(ours, "eth0")
        assert seen.network("byhand").mine == lab.engine.private
        port = seen.bridge(str(seen.network("byhand").bridge)).ports
        assert len(port) == 1
        if lab.engine.private:
            peer = seen.peer("foreign", "eth0")
            assert peer
            assert (peer.name,) == port
            assert seen.foreign == 0
        else:
            assert seen.foreign >= 1
            assert "foreign" not in {c.name for c in seen.containers}
    finally:
        typed(lab.engine, "docker rm -f foreign; docker network rm byhand")


def test_ipv6(lab: Lab) -> None:
    lab.create_network("six", ipv6=True, subnet="fd00:5::/64")
    v6 = lab.run("v6", network="six")
    seen = observe(lab)
    endpoint = seen.container(v6).endpoint("six")
    assert endpoint
    assert endpoint.ipv6.startswith("fd00:5::")
    eth0 = seen.interface(v6, "eth0")
    assert eth0
    assert endpoint.ipv6 in {a.ip for a in eth0.addresses}
    namespace = seen.namespace(v6)
    assert namespace
    assert any(r.destination == "default" and r.family == 6 for r in namespace.routes)


def test_who_dies_while_we_look_is_named(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    lab.run("stays")
    victim = lab.run("victim")
    listed = lab.api_containers()
    victim.kill()
    monkeypatch.setattr(lab, "api_containers", lambda: listed)  # the list was read a moment too early
    seen = observe(lab)
    assert seen.vanished == ("victim",)
    assert seen.container("victim").namespace is None
    assert seen.peer("stays", "eth0")
    victim.remove()
    assert observe(lab).vanished == ("victim",)


def test_a_pair_made_by_hand_between_two_containers(lab: Lab) -> None:
    one, two = lab.run("one", IDLE, network="none"), lab.run("two", IDLE, network="none")
    pids = {c.name: c.pid for c in observe(lab).containers}
    made = lab.host(f"ip link add left netns {pids['one']} type veth peer name right netns {pids['two']}")
    assert made.ok, made
    seen = observe(lab)
    far = seen.peer(one, "left")
    assert far
    assert far.name == "right"
    assert {inode for wire in seen.wires for inode in (wire.a[0], wire.b[0])} == {
        seen.container(one).namespace,
        seen.container(two).namespace,
    }


def test_forty_containers_take_as_many_round_trips_as_one(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    lab.run("c0", IDLE)
    asked: list[str] = []
    for owner, name in ((lab, "api_containers"), (lab, "api_networks"), (lab, "api_inspect"), (lab.observer, "exec")):
        monkeypatch.setattr(owner, name, _noting(asked, name, getattr(owner, name)))
    observe(lab)
    few = sorted(asked)
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda n: lab.run(f"c{n}", IDLE), range(1, 40)))
    asked.clear()
    seen = observe(lab)
    assert few == sorted(asked) == ["api_containers", "api_networks", "exec"]
    assert len(seen.containers) == len(seen.namespaces) == len(seen.wires) == 40
    assert len(seen.bridge("docker0").ports) == 40
    assert len({a.ip for c in seen.containers if (i := seen.interface(c, "eth0")) and (a := i.ipv4)}) == 40


def _noting(asked: list[str], name: str, function: Callable[..., Any]) -> Callable[..., Any]:
    def call(*words: Any) -> Any:
        asked.append(name)
        return function(*words)

    return call


def test_texts_are_those_of_the_command(lab: Lab) -> None:
    lab.create_network("net10")
    lab.create_network("net2")
    web = lab.run("web", network="net2", publish=["80"])
    texts: list[Output] = [
        network_ls(lab),
        network_inspect(lab, "bridge"),
        network_inspect(lab, "net2"),
        network_inspect(lab, "host"),
        inspect(lab, web),
        inspect(lab, web, "NetworkSettings", "Networks", "net2"),
        inspect(lab, web, "NetworkSettings", "Ports", "80/tcp"),
        inspect(lab, web, "State", "Running"),
        inspect(lab, web, "HostConfig", "NetworkMode"),
        inspect(lab, web, "NetworkSettings", "Networks", "net2", "IPAddress"),
    ]
    for text in texts:
        assert text.text == typed(lab.engine, text.command), text.command


def test_a_part_of_the_text(lab: Lab) -> None:
    part = network_inspect(lab, "bridge", fields=["IPAM.Config", "Driver"])
    assert '"Subnet": "' in part
    assert '"Driver": "bridge"' in part
    assert "Containers" not in part
    with pytest.raises(NotFound, match=r"tells no Nowhere\.Else"):
        network_inspect(lab, "bridge", fields=["Nowhere.Else"])
    with pytest.raises(NotFound):
        network_inspect(lab, "missing")


def test_an_engine_that_goes_away_says_so() -> None:
    lab = open_lab(find_engine("capsule", capsule="test-observe-gone"), "test")
    try:
        lab.run("web")
        private.stop("test-observe-gone")
        with pytest.raises(EngineStopped):
            observe(lab)
    finally:
        lab.close()
