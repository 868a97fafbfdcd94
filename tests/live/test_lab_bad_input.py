"""Bad input: a clear error of ours, and nothing has changed."""

from __future__ import annotations

import time
from collections.abc import Callable

import pytest

from dockernet_course.errors import (
    ContainerExited,
    DockernetError,
    InUse,
    InvalidName,
    NameTaken,
    NotFound,
    PortInUse,
    Refused,
)
from dockernet_course.lab import Lab

pytestmark = [pytest.mark.live, pytest.mark.once]
IDLE = ["sleep", "1000"]
HTML, SHELL = "<script>alert(1)</script>", "$(touch /tmp/pwned); rm -rf /"

# what is tried, the error, a word that must be in its message
CASES: dict[str, tuple[Callable[[Lab], object], type[DockernetError], str]] = {
    "one letter": (lambda lab: lab.run("w"), InvalidName, "'w'"),
    "empty name": (lambda lab: lab.run(""), InvalidName, "''"),
    "no name": (lambda lab: lab.run(None), InvalidName, "None"),  # type: ignore[arg-type]
    "HTML name": (lambda lab: lab.run(HTML), InvalidName, repr(HTML)),
    "shell name": (lambda lab: lab.run(SHELL), InvalidName, repr(SHELL)),
    "HTML network": (lambda lab: lab.create_network(HTML), InvalidName, repr(HTML)),
    "network with a space": (lambda lab: lab.create_network("my net"), InvalidName, "'my net'"),
    "run in HTML": (lambda lab: lab.run("new", network=HTML), InvalidName, repr(HTML)),
    "run in a number": (lambda lab: lab.run("new", network=5), InvalidName, "5"),  # type: ignore[arg-type]
    "join HTML": (lambda lab: lab.run("new", network=f"container:{HTML}"), InvalidName, repr(HTML)),
    "link HTML": (lambda lab: lab.run("new", links=HTML), InvalidName, repr(HTML)),
    "rename to shell": (lambda lab: lab.rename("web", SHELL), InvalidName, repr(SHELL)),
    "name taken": (lambda lab: lab.run("web"), NameTaken, "web"),
    "rename to one taken": (lambda lab: lab.rename("web", "db"), NameTaken, "db"),
    "network name taken": (lambda lab: lab.create_network("front"), NameTaken, "front"),
    "network bridge again": (lambda lab: lab.create_network("bridge"), DockernetError, "bridge"),
    "second host network": (lambda lab: lab.create_network("second", driver="host"), Refused, "only one instance"),
    "no such image": (lambda lab: lab.run("new", image="nosuch:1"), NotFound, "never pulls"),
    "HTML image": (lambda lab: lab.run("new", image=HTML), Refused, "invalid reference"),
    "no such network": (lambda lab: lab.run("new", network="nosuch"), NotFound, "nosuch"),
    "no such owner": (lambda lab: lab.run("new", network="container:nosuch"), NotFound, "nosuch"),
    "no such link": (lambda lab: lab.run("new", links="nosuch"), DockernetError, "nosuch"),
    "no such driver": (lambda lab: lab.create_network("new", driver="brigde"), NotFound, "macvlan"),
    "no such command": (lambda lab: lab.run("new", "nosuchthing"), Refused, "nosuchthing"),
    "ends at once": (lambda lab: lab.run("new", "false"), ContainerExited, "exit code 1"),
    "port in use": (lambda lab: lab.run("new", publish="127.0.0.1:8080:80"), PortInUse, "8080"),
    "port out of range": (lambda lab: lab.run("new", publish="99999:80"), Refused, "99999"),
    "port that is none": (lambda lab: lab.run("new", publish="a:b"), Refused, "'a:b'"),
    "port with too much": (lambda lab: lab.run("new", publish="1:2:3:4"), Refused, "1:2:3:4"),
    "joiner publishes": (lambda lab: lab.run("new", network="container:web", publish="80"), Refused, "conflicting"),
    "restart policy": (lambda lab: lab.run("new", IDLE, restart="sometimes"), Refused, "sometimes"),
    "no such capability": (lambda lab: lab.run("new", IDLE, cap_add="FLY"), Refused, "FLY"),
    "remove nothing": (lambda lab: lab.remove("nosuch"), NotFound, "db, web, bridge, front"),
    "remove None": (lambda lab: lab.remove(None), NotFound, "None"),  # type: ignore[arg-type]
    "remove bridge": (lambda lab: lab.remove("bridge"), Refused, "pre-defined"),
    "remove a network in use": (lambda lab: lab.remove("front"), InUse, "front"),
    "no such container": (lambda lab: lab.container(HTML), NotFound, repr(HTML)),
    "no such network, looked up": (lambda lab: lab.network("nosuch"), NotFound, "nosuch"),
    "connect twice": (lambda lab: lab.connect("front", "web"), Refused, "already exists"),
    "connect to nothing": (lambda lab: lab.connect("nosuch", "web"), NotFound, "nosuch"),
    "connect to none": (lambda lab: lab.connect("none", "web"), Refused, "none"),
    "connect nothing": (lambda lab: lab.connect("front", "nosuch"), NotFound, "nosuch"),
    "address without subnet": (lambda lab: lab.connect("front", "db", ip="10.1.1.1"), Refused, "subnet"),
    "disconnect what is not in it": (lambda lab: lab.disconnect("front", "db"), Refused, "not connected"),
    "subnet that is none": (lambda lab: lab.create_network("new", subnet=HTML), Refused, "subnet"),
    "subnet taken": (lambda lab: lab.create_network("new", subnet="172.17.0.0/16"), Refused, "overlap"),
    "inspect nothing": (lambda lab: lab.api_inspect("nosuch"), NotFound, "nosuch"),
    "inspect the empty name": (lambda lab: lab.api_inspect(""), Refused, "docker inspect"),
    "run_once of nothing": (lambda lab: lab.run_once("nosuchthing"), Refused, "nosuchthing"),
}


def state(lab: Lab) -> object:
    """Everything that is there."""
    containers = sorted((c["Id"], c["Names"][0], c["State"]) for c in lab.api_containers())
    networks = sorted((n["Id"], n["Name"]) for n in lab.api_networks())
    attached = {n["Name"]: sorted(lab.api_network_inspect(n["Id"])["Containers"]) for n in lab.api_networks()}
    return containers, networks, attached, lab.commands


def test_bad_input_is_an_error_of_ours_and_changes_nothing(lab: Lab) -> None:
    lab.observer.exec(["true"])
    lab.create_network("front")
    lab.run("web", IDLE, network="front", publish="127.0.0.1:8080:80")
    lab.run("db", IDLE)
    before = state(lab)
    for name, (attempt, kind, word) in CASES.items():
        begin = time.perf_counter()
        with pytest.raises(DockernetError) as caught:
            attempt(lab)
        message = str(caught.value)
        assert isinstance(caught.value, kind), f"{name}: {type(caught.value).__name__}: {message}"
        assert word.lower() in message.lower(), f"{name}: {message}"
        assert state(lab) == before, name
        assert time.perf_counter() - begin < 5, name
