"""Every kind of failure, made on purpose, and the question that meets it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from dockernet_course.experiments import Probe, connect, ping, resolve
from dockernet_course.lab import ContainerHandle, Lab
from dockernet_course.observe import observe

__all__ = ["CASES", "ON_LOOPBACK", "Case", "World", "furnish"]

IDLE = "sleep 1000"
ON_LOOPBACK = ["python3", "-c", "import socket, time; s = socket.create_server(('127.0.0.1', 80)); time.sleep(1000)"]
MUTE = ["python3", "-c", "import socket, time; s = socket.create_server(('', 80)); time.sleep(1000)"]
REJECT = "iptables -A INPUT {} -j REJECT --reject-with {}"


@dataclass(frozen=True)
class World:
    """Who is there, and an address of the network ``front`` that nobody has."""

    lab: Lab
    nobody: str
    host: str
    published: int
    heard: Callable[[ContainerHandle], Any] = lambda container: container

    def __getattr__(self, name: str) -> Any:
        return self.heard(self.lab.container(name))


@dataclass(frozen=True)
class Case:
    """A failure: what is done before (a command in ``wall``), the question, the verdict that it must get."""

    name: str
    ask: Callable[[World], Probe]
    verdict: str
    before: str = ""

    @contextmanager
    def made(self, world: World) -> Iterator[None]:
        """The failure is there, and gone afterwards."""
        world.wall.quietly(["sh", "-ec", self.before.format(nobody=world.nobody)])
        yield
        world.wall.quietly(["sh", "-c", f"iptables -F INPUT; ip route flush {world.nobody}/32"])


def furnish(lab: Lab) -> World:
    """``ask`` and ``wall`` in one network, ``far`` in another, ``web`` in the default bridge, ``alone`` in none."""
    for network in ("front", "back"):
        lab.create_network(network)
    for name in ("ask", "wall"):
        lab.run(name, network="front", cap_add="NET_ADMIN")
    lab.run("deaf", ON_LOOPBACK, network="front", publish=80).wait_ready()
    lab.run("mute", MUTE, network="front").wait_ready()
    lab.run("far", network="back")
    lab.run("web")
    lab.run("alone", IDLE, network="none")
    seen = observe(lab)
    (port,) = {p.host_port for p in seen.container(lab.container("deaf")).ports if p.host_port}
    front = seen.network(lab.network("front"))
    nobody = lab.container("ask").address().rsplit(".", 1)[0] + ".250"
    return World(lab, nobody, front.gateways[0], port or 0)


CASES = (
    Case("a name", lambda w: resolve(w.ask, w.wall), "ok"),
    Case("no DNS on the default bridge", lambda w: resolve(w.web, w.wall), "name not found"),
    Case("nobody's name", lambda w: resolve(w.ask, "nobody-has-this.example"), "name not found"),
    Case("no way to a DNS", lambda w: resolve(w.alone, w.wall), "name not found"),
    Case("a ping", lambda w: ping(w.ask, w.wall), "ok"),
    Case("a ping by address", lambda w: ping(w.ask, w.wall.address()), "ok"),
    Case("a ping on the default bridge", lambda w: ping(w.web, w.wall), "name not found"),
    Case("a ping of nobody", lambda w: ping(w.ask, "nobody-has-this.example"), "name not found"),
    Case("a ping from lo alone", lambda w: ping(w.alone, w.ask.address()), "no route"),
    Case("a ping across", lambda w: ping(w.ask, w.far.address()), "timeout"),
    Case("a ping to an address of its network that nobody has", lambda w: ping(w.ask, w.nobody), "no route"),
    Case("a server at an address of its network that nobody has", lambda w: connect(w.ask, w.nobody), "no route"),
    Case("a server that says nothing", lambda w: connect(w.ask, w.mute), "connected, then silence"),
    Case("a server", lambda w: connect(w.ask, w.wall), "ok"),
    Case("a server of no name", lambda w: connect(w.web, w.wall), "name not found"),
    Case("a wrong port", lambda w: connect(w.ask, w.wall, 81), "refused"),
    Case("a server on its loopback", lambda w: connect(w.ask, w.deaf), "refused"),
    Case("the same, published", lambda w: connect(w.ask, w.host, w.published), "reset"),
    Case("a server, from lo alone", lambda w: connect(w.alone, w.ask.address()), "no route"),
    Case("a server across", lambda w: connect(w.ask, w.far.address()), "timeout"),
    Case(
        "a ping that a route forbids",
        lambda w: ping(w.wall, w.nobody),
        "administratively prohibited",
        "ip route replace prohibit {nobody}/32",
    ),
    Case(
        "a server that a route forbids",
        lambda w: connect(w.wall, w.nobody),
        "administratively prohibited",
        "ip route replace prohibit {nobody}/32",
    ),
    Case(
        "a ping without a route",
        lambda w: ping(w.wall, w.nobody),
        "no route",
        "ip route replace unreachable {nobody}/32",
    ),
    Case(
        "a server without a route",
        lambda w: connect(w.wall, w.nobody),
        "no route",
        "ip route replace unreachable {nobody}/32",
    ),
    Case(
        "a ping that a firewall forbids",
        lambda w: ping(w.ask, w.wall),
        "administratively prohibited",
        REJECT.format("", "icmp-admin-prohibited"),
    ),
    Case(
        "a server that a firewall forbids",
        lambda w: connect(w.ask, w.wall),
        "administratively prohibited",
        REJECT.format("-p tcp", "icmp-admin-prohibited"),
    ),
    Case(
        "a ping that a firewall refuses",
        lambda w: ping(w.ask, w.wall),
        "refused",
        REJECT.format("", "icmp-port-unreachable"),
    ),
    Case(
        "a server that a firewall refuses",
        lambda w: connect(w.ask, w.wall),
        "refused",
        REJECT.format("-p tcp", "tcp-reset"),
    ),
)
