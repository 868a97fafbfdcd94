"""Questions to the network of a live engine: every kind of failure, made on purpose, is told apart."""

from __future__ import annotations

import subprocess
from dataclasses import replace
from typing import Any

import pytest

from dockernet_course.engines.find.host import enter_argv
from dockernet_course.errors import ContainerExited, NotFound
from dockernet_course.experiments import connect, ping, reachability, resolve
from dockernet_course.lab import ContainerHandle, Lab, Output, seen
from dockernet_course.observe import observe
from tests.live.failures import CASES, IDLE, World, furnish

pytestmark = pytest.mark.live
Two = tuple[ContainerHandle, ContainerHandle]


@pytest.fixture
def world(lab: Lab) -> World:
    """Everything that the cases need."""
    return furnish(lab)


def test_every_kind_of_failure_is_told_apart(world: World) -> None:
    seen = {}
    for case in CASES:
        with case.made(world):
            seen[case.name] = str(case.ask(world).verdict)
    assert seen == {case.name: case.verdict for case in CASES}


class FromItsNetwork:
    """A container that is asked from its network, as one is whose image has no tools."""

    def __init__(self, container: ContainerHandle) -> None:
        self._container, self._within = container, container.within

    def sh(self, command: str) -> Output:
        return self._within.sh(command)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._container, name)


def test_from_a_containers_network_every_kind_of_failure_is_the_same(world: World) -> None:
    seen, other = {}, replace(world, heard=FromItsNetwork)
    for case in CASES:
        with case.made(world):
            seen[case.name] = str(case.ask(other).verdict)
    assert seen == {case.name: case.verdict for case in CASES}


@pytest.fixture
def two(lab: Lab) -> Two:
    """Two containers in a network."""
    lab.create_network("front")
    return lab.run("web", network="front"), lab.run("db", network="front")


def test_the_line_shown_is_the_one_that_was_run(lab: Lab, two: Two) -> None:
    web, db = two
    shown = connect(web, db).output
    assert shown.command == f"docker exec {web.real_name} curl -sS --connect-timeout 4 -m 8 {db.real_name}:80"
    if lab.engine.name:  # somebody types it
        argv = enter_argv(lab.engine.name, ["sh", "-c", shown.command])
        assert subprocess.run(argv, capture_output=True, text=True, check=True).stdout == shown.text
    assert lab.commands[-1] == shown.command


def test_who_answers_and_whom_it_sees(two: Two) -> None:
    web, db = two
    (answer,) = connect(web, db).answers
    assert answer.endswith(f" sees {web.address()}")
    assert resolve(web, db).answers == ping(web, db).answers == (db.address(),)


def test_all_addresses_of_a_name(lab: Lab) -> None:
    lab.create_network("front")
    held = {lab.run(f"api{n}", IDLE, network="front", aliases="api").address() for n in range(3)}
    asking = lab.run("asking", IDLE, network="front")
    assert set(resolve(asking, "api").answers) == held and len(held) == 3


def test_the_addresses_of_both_families(lab: Lab) -> None:
    lab.create_network("six", ipv6=True, subnet="fd00:8::/64")
    web, db = (lab.run(name, IDLE, network="six") for name in ("web", "db"))
    space = observe(lab).namespace(db)
    held = {a.ip for i in (space.interfaces if space else ()) for a in i.addresses if a.scope == "global"}
    assert set(resolve(web, db).answers) == held and len(held) == 2


def test_the_host_asks_too(lab: Lab, two: Two) -> None:
    probe = ping(lab.host, two[1].address())
    assert probe.ok and probe.source == "host"
    assert repr(probe).startswith("host$ ping -c 1 -W 4 ")
    assert "127.0.0.1" in resolve(lab.host, "localhost").answers


def test_who_has_no_shell_and_no_tools_is_asked_from_its_network(lab: Lab) -> None:
    lab.create_network("front")
    bare, db = stripped(lab.run("bare", network="front")), lab.run("db", network="front")
    bare_ones = bare.sh("true"), bare.sh("ls /tmp")
    assert all("not found" in output.text or "no such file" in output.text for output in bare_ones)
    probes = resolve(bare, db), ping(bare, db), connect(bare, db), connect(bare, db, 81)
    assert [str(probe.verdict) for probe in probes] == ["ok", "ok", "ok", "refused"]
    assert probes[0].answers == (db.address(),)
    assert probes[2].answers[0].endswith(f" sees {bare.address()}")
    assert resolve(bare, "nobody-has-this.example").verdict == "name not found"
    shown = probes[0].output
    assert shown.command == (
        f"docker run --rm --network container:{bare.real_name} dockernet-lab:1 getent ahosts {db.real_name}"
    )
    if lab.engine.name:  # somebody types it
        argv = enter_argv(lab.engine.name, ["sh", "-c", shown.command])
        assert subprocess.run(argv, capture_output=True, text=True, check=True).stdout == shown.text


def test_its_own_hosts_file_and_name_servers_are_asked_and_nobody_sees_how(lab: Lab) -> None:
    db, web = lab.run("db"), lab.run("web")
    web.sh(["sh", "-c", "echo 192.0.2.7 billing >>/etc/hosts; echo nameserver 192.0.2.53 >/etc/resolv.conf"])
    before = lab.host.sh("cat /proc/mounts /etc/hosts"), web.sh("cat /proc/mounts /etc/hosts")
    within = web.within
    assert resolve(within, "billing").answers == ("192.0.2.7",)
    assert "192.0.2.53" in within.sh("cat /etc/resolv.conf").text
    assert resolve(db.within, "billing").verdict == "name not found"  # the positive control's twin
    after = lab.host.sh("cat /proc/mounts /etc/hosts"), web.sh("cat /proc/mounts /etc/hosts")
    assert [output.text for output in after] == [output.text for output in before]


def test_a_file_of_names_that_never_ends_is_not_read(lab: Lab) -> None:
    web = lab.run("web", cap_add="SYS_ADMIN")
    assert web.sh(["sh", "-c", "umount /etc/hosts && rm /etc/hosts && mkfifo /etc/hosts && test -p /etc/hosts"]).ok
    assert ping(web.within, "127.0.0.1").ok


def test_where_the_network_cannot_be_entered_nothing_was_measured(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    web = lab.run("web")
    assert ping(web.within, "127.0.0.1").ok
    monkeypatch.setattr(seen, "_ENTERED", seen._ENTERED.replace("--net={net}", "--net=/proc/sys/kernel/ostype"))
    for probe in (resolve(web.within, "db"), ping(web.within, "127.0.0.1"), connect(web.within, "::1")):
        assert probe.verdict == "not measured" and "nsenter" in probe.output.text
    matrix = reachability(lab, [web.within], ["web", lab.run("db")])
    assert {str(cell.probe.verdict) for cell in matrix if cell.probe} == {"not measured"}


def stripped(container: ContainerHandle) -> ContainerHandle:
    """Without any program: its server runs on."""
    container.quietly(["sh", "-c", "rm -rf /usr/bin /usr/sbin /bin /sbin /usr/local"])
    return container


def test_nothing_can_be_asked_where_nothing_runs(lab: Lab) -> None:
    web = lab.run("web")
    web.stop(0)
    with pytest.raises(ContainerExited, match="not running"):
        resolve(web, "localhost")


def test_the_address_of_a_container(lab: Lab, two: Two) -> None:
    web, front = two[0], lab.network("front")
    seen = lab.api_inspect(web.id)["NetworkSettings"]["Networks"][front.real_name]["IPAddress"]
    assert web.address() == web.address("front") == web.address(front) == seen
    with pytest.raises(NotFound, match="no address in the network bridge"):
        web.address("bridge")
    with pytest.raises(NotFound, match="no network 'elsewhere'"):
        web.address("elsewhere")
    for mode in ("none", "host"):
        with pytest.raises(NotFound, match="has no address"):
            lab.run(f"in-{mode}", IDLE, network=mode).address()


def test_the_address_of_one_in_two_networks_and_of_a_joiner(lab: Lab) -> None:
    for network in ("front", "back"):
        lab.create_network(network)
    app = lab.run("app", network="front")
    lab.connect("back", app)
    with pytest.raises(NotFound, match="several addresses"):
        app.address()
    side = lab.run("side", IDLE, network=app)
    assert {side.address("front"), side.address("back")} == {app.address("front"), app.address("back")}
    assert side.address("front") == app.address("front")
    app.stop(0)
    with pytest.raises(NotFound, match="has no address"):
        app.address()
