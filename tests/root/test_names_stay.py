"""No walk by name asks the name server of the learner's own engine: a listener stands in its place, and hears nothing.

From engine 28 on, Docker's name server asks from the host's network namespace, where a walk's guard does not hold.
"""

from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from dockernet_course.engines import find_engine
from dockernet_course.errors import ObserveError
from dockernet_course.experiments import resolve
from dockernet_course.experiments.walk import How
from dockernet_course.experiments.walk.run import walk
from dockernet_course.lab import Lab, open_lab
from tests.root.plain import Plain, plain_engine

pytestmark = pytest.mark.root

_LISTENER = """
import socket
heard = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
heard.bind(("192.0.2.53", 53))
print("listens", flush=True)
while True:
    print(heard.recv(512), flush=True)
"""


_BEYOND = (
    "ip rule del to 192.0.2.53",
    "ip netns add beyond",
    "ip link add uplink type veth peer name eth0 netns beyond",
    "ip address add 198.51.100.2/24 dev uplink",
    "ip link set uplink up",
    *(f"ip -n beyond address add {address} dev eth0" for address in ("198.51.100.1/24", "192.0.2.53/32")),
    "ip -n beyond link set eth0 up",
    "ip route add default via 198.51.100.1",
)


@pytest.fixture(scope="module", params=["trixie", "sid"])
def plain(request: pytest.FixtureRequest) -> Iterator[Plain]:
    with plain_engine(request.param) as started:
        for command in _BEYOND:
            subprocess.run(started.argv(command.split()), check=True)
        yield started


@pytest.fixture
def heard(plain: Plain, tmp_path: Path) -> Iterator[Path]:
    """What the outside's name server is asked; it is beyond the engine's uplink."""
    with (tmp_path / "heard").open("wb") as said:
        argv = plain.argv(["ip", "netns", "exec", "beyond", "python3", "-c", _LISTENER])
        server = subprocess.Popen(argv, stdout=said, start_new_session=True)
    while not (tmp_path / "heard").read_text():
        assert server.poll() is None
    yield tmp_path / "heard"
    os.killpg(server.pid, signal.SIGKILL)
    server.wait()


@pytest.fixture
def lab(plain: Plain) -> Iterator[Lab]:
    with open_lab(find_engine(f"unix://{plain.socket}"), "names") as opened:
        for network in ("front", "back"):
            opened.create_network(network)
        for name, network in (("web", "front"), ("db", "front"), ("far", "back")):
            opened.run(name, network=network)
        opened.run("alone")
        yield opened


@pytest.mark.parametrize("how", ["name", "port by name"])
def test_a_name_that_docker_does_not_know_is_not_asked(lab: Lab, heard: Path, how: How) -> None:
    web, far, gone = lab.container("web"), lab.container("far"), lab.run("gone", network="front")
    gone.kill()
    for source, target in ((web, far), (web, gone), (lab.host, web)):
        try:
            walk(lab, source, target, how)
        except ObserveError as error:
            assert "is not begun" in error.what or "There is no way" in error.what
        else:
            raise AssertionError(f"from {source.name} to {target.name}")
    walk(lab, lab.container("alone"), web, how)  # (its question is stopped by the guard)
    assert walk(lab, web, lab.container("db"), how).verdict.outcome == "answered"
    assert heard.read_text() == "listens\n"


def test_what_a_container_asks_by_itself_is_heard(lab: Lab, heard: Path) -> None:
    """The positive control: the listener is where such questions go."""
    resolve(lab.container("web"), "far")
    assert "far" in heard.read_text()
