"""What several cases do."""

from __future__ import annotations

from collections.abc import Callable

from dockernet_course.lab import Lab
from dockernet_course.lessons.exercises import find_exercise
from dockernet_course.observe import Container, observe
from tests.live import labs

__all__ = [
    "also",
    "bridge",
    "end_of",
    "inside",
    "mute",
    "pid_of",
    "port_of",
    "reference",
    "relay",
    "rule",
    "said",
    "seen",
]


def seen(lab: Lab, name: str) -> Container:
    return observe(lab).container(lab.container(name))


def pid_of(lab: Lab, name: str) -> int:
    return seen(lab, name).pid or 0


def bridge(lab: Lab) -> str:
    """The device of the default network."""
    return observe(lab).network("bridge").bridge or ""


def end_of(lab: Lab, name: str, interface: str = "eth0") -> str:
    """The host end of a container's veth pair."""
    peer = observe(lab).peer(lab.container(name), interface)
    assert peer
    return peer.name


def inside(lab: Lab, name: str, command: str) -> None:
    """A command of the host in a container's network namespace."""
    done = lab.host(f"nsenter -t {pid_of(lab, name)} -n {command}")
    assert done.ok, done


def port_of(lab: Lab, name: str) -> int:
    """The host's port that leads to a container."""
    return next(port.host_port for port in seen(lab, name).ports if port.host_port)


def reference(eid: str) -> Callable[[Lab], object]:
    return find_exercise(eid).reference


def also(eid: str, *more: Callable[[Lab], object]) -> Callable[[Lab], object]:
    """The reference solution, and something beside it."""

    def action(lab: Lab) -> None:
        reference(eid)(lab)
        for each in more:
            each(lab)

    return action


def rule(line: str) -> Callable[[Lab], object]:
    """A command on the host that must succeed."""

    def action(lab: Lab) -> None:
        done = lab.host(line)
        assert done.ok, done

    return action


def said(answer: object) -> Callable[[Lab], object]:
    return lambda _: answer


def docker(lab: Lab, *words: str) -> None:
    """What the learner types in the terminal of a capsule."""
    assert lab.engine.name
    labs.docker(lab.engine.name, *words)


RELAY = """
import socket, threading
def pump(a, b):
    while data := a.recv(4096): b.sendall(data)
    b.shutdown(1)
def serve(c):
    with c, socket.create_connection(("{to}", {port})) as s:
        t = threading.Thread(target=pump, args=(c, s)); t.start(); pump(s, c)
"""


def relay(to: str, port: int = 80, at: int = 80) -> list[str]:
    """A program that passes on what it is asked: a container's command."""
    text = RELAY.format(to=to, port=port)
    accept = "while True: threading.Thread(target=serve, args=waits.accept()[:1]).start()"
    return ["python3", "-c", f"{text}waits = socket.create_server(('', {at}))\n{accept}"]


def mute(port: int) -> list[str]:
    """A program that holds a port and answers nothing."""
    return ["python3", "-c", f"import socket, time\ns = socket.create_server(('', {port}))\ntime.sleep(1000)"]
