"""No interface that was made by hand stays on the engine's host, however the lab ends."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import replace

import pytest

from dockernet_course.engines import Engine
from dockernet_course.lab import Lab, open_lab, sweep
from dockernet_course.lab.cleaning import leftovers
from dockernet_course.lab.observer import OBSERVER
from tests.live import labs
from tests.waiting import eventually

pytestmark = pytest.mark.live

HALF_WAY = """
import json, sys, time
from dockernet_course.engines import Engine
from dockernet_course.lab import open_lab
lab = open_lab(Engine(*json.loads(sys.argv[1])), "other")
out, inn = lab.interface_name("out"), lab.interface_name("in")
lab.host(f"ip link add {out} type veth peer name {inn}")
lab.host(f"ip link set {out} master docker0 up")
print("ready", lab.id, lab.observer.id, flush=True)
time.sleep(1000)
"""


@pytest.fixture(params=["private", "own"])
def any_engine(request: pytest.FixtureRequest, private_engine: Engine) -> Engine:
    """A capsule, and the same as if it were the learner's own engine."""
    own = replace(private_engine, kind="own", name=None)
    return private_engine if request.param == "private" else own


def pair(lab: Lab) -> tuple[str, str]:
    """A veth pair with both ends on the host."""
    out, inn = lab.interface_name("out"), lab.interface_name("in")
    assert lab.host(f"ip link add {out} type veth peer name {inn}").ok
    return out, inn


def interfaces(engine: Engine) -> str:
    return labs.on_host(engine.name or "", "ip", "-o", "link")


def test_an_end_on_the_host_goes_with_the_lab(any_engine: Engine, private_engine: Engine) -> None:
    with open_lab(any_engine, "test") as lab:
        out, inn = pair(lab)
        assert f"{out}@{inn}:" in interfaces(private_engine)
    assert out not in interfaces(private_engine)


def test_an_end_in_a_container_goes_with_the_container(any_engine: Engine, private_engine: Engine) -> None:
    with open_lab(any_engine, "test") as lab:
        out, inn = pair(lab)
        quiet = lab.run("quiet", network="none")
        pid = lab.api.inspect(quiet.id)["State"]["Pid"]
        assert lab.host(f"ip link set {inn} netns {pid}").ok
    assert eventually(lambda: out not in interfaces(private_engine))


def test_half_a_veth_pair_goes_when_the_process_is_killed(any_engine: Engine, private_engine: Engine) -> None:
    names = ("kind", "address", "version", "api_version", "why")
    facts = json.dumps([*(getattr(any_engine, name) for name in names), (), any_engine.name])
    other = subprocess.Popen([sys.executable, "-c", HALF_WAY, facts], stdout=subprocess.PIPE, text=True)
    assert other.stdout
    _, lab, _ = next(line for line in other.stdout if line.startswith("ready")).split()
    mark = lab.rpartition("-")[2]
    assert mark in interfaces(private_engine)
    other.kill()
    other.communicate()
    assert eventually(lambda: mark not in interfaces(private_engine))
    assert eventually(lambda: not labs.watchdogs(other.pid))


def test_a_lab_whose_observer_was_stopped_leaves_nothing(private_engine: Engine) -> None:
    own = replace(private_engine, kind="own", name=None)
    with open_lab(own, "test") as lab:
        out, _ = pair(lab)
        labs.docker(private_engine.name or "", "kill", lab.observer.name)
    assert out not in interfaces(private_engine)


def test_what_is_swept_leaves_nothing(private_engine: Engine) -> None:
    own = replace(private_engine, kind="own", name=None)
    with open_lab(own, "test") as lab:
        out, _ = pair(lab)
        swept = [thing for thing in leftovers(own) if thing.name.startswith(OBSERVER)]
        assert len(swept) == 1
        assert sweep(own, swept) == ()
        assert out not in interfaces(private_engine)


def test_only_the_labs_own_veth_pairs_go_from_the_learners_host(private_engine: Engine) -> None:
    own, host = replace(private_engine, kind="own", name=None), private_engine.name or ""
    labs.on_host(host, "ip", "link", "add", "theirs0", "type", "veth", "peer", "name", "theirs1")
    try:
        with open_lab(own, "one") as one, open_lab(own, "two") as two:
            first, second = pair(one)[0], pair(two)[0]
            two.remove_veth_pairs()
            assert second not in interfaces(private_engine)
            assert first in interfaces(private_engine)
        assert first not in interfaces(private_engine)
        assert "theirs0@theirs1" in interfaces(private_engine)
    finally:
        labs.on_host(host, "ip", "link", "delete", "theirs0")


def test_in_a_private_engine_what_was_made_by_hand_goes_too_and_the_uplink_stays(private_engine: Engine) -> None:
    with open_lab(private_engine, "test") as lab:
        assert lab.host("ip link add mine0 type veth peer name mine1").ok
    seen = interfaces(private_engine)
    assert "mine0" not in seen and "mine1" not in seen
    assert " eth0@" in seen and " docker0:" in seen


def test_ports_and_addresses_that_are_free_on_the_host(lab: Lab) -> None:
    first = lab.free_port(8300)
    lab.run("web", network="host", env={"SERVE_PORT": str(first)})
    assert lab.free_port(first) > first
    box = lab.run("box")
    free = lab.free_address()
    own = lab.api.inspect(box.id)["NetworkSettings"]["Networks"]["bridge"]
    assert free.network.prefixlen == own["IPPrefixLen"] and str(free.ip) not in (own["IPAddress"], own["Gateway"])
    assert own["IPAddress"] in {str(ip) for ip in (free.network[1], free.network[2], free.network[3])}
