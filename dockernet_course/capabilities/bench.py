"""The bench: the few containers and networks on which the probes look, made when one is asked for, removed at the end.

They carry the lab's label, so that they go with the lab whatever happens, and names that nobody else has. Nothing of
this is shown: the learner did not ask for it. Of what is there already, nothing is touched.
"""

from __future__ import annotations

import contextlib
import json
import secrets
import time
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from threading import Lock
from typing import Any, TypeVar

from dockernet_course.engines import LAB_IMAGE
from dockernet_course.errors import DockernetError, LabError
from dockernet_course.lab import Lab, lease

__all__ = ["Bench", "Made", "bench"]

Json = dict[str, Any]
Piece = TypeVar("Piece")
_DOING = "a look at what this engine can do"
_SLEEP = ["sleep", "600"]
_PORT = "80/tcp"
_NOBODY = "127.0.0.1"  # a name that Docker's DNS server does not know is asked for there, and not at somebody's
_ADD_EACH = "".join(
    f"ip link add probe link eth0 type {kind} 2>/dev/null && ip link del probe && echo {kind}\n"
    for kind in ("macvlan", "ipvlan")
)
_SETTLING = 1.5  # seconds: the kernel tells a bridge of its ports' carrier up to a second later


@dataclass(frozen=True)
class Made:
    """A container of the bench: what the engine says of it (``docker inspect``)."""

    id: str
    name: str
    seen: Json

    @property
    def pid(self) -> int:
        """Its first process, as the host counts."""
        return int(self.seen["State"]["Pid"])

    def endpoint(self, network: str) -> Json:
        """What it has in a network."""
        return dict(self.seen["NetworkSettings"]["Networks"][network])


class Bench:
    """Use :func:`bench`. Each piece is made once, by the first probe that asks for it; the others wait for it."""

    def __init__(self, lab: Lab) -> None:
        self.lab, self.api = lab, lab.api
        self._labels = lease.labels(lab.id, lease.mine())
        self._prefix = f"dockernet-probe-{secrets.token_hex(3)}"
        self._pieces: dict[str, Future[Any]] = {}
        self._lock = Lock()
        self._containers: list[str] = []
        self._networks: list[str] = []
        self._before = ""

    # The pieces ---------------------------------------------------------------------------------------------------

    @property
    def server(self) -> Made:
        """A server on the default bridge; its port 80 is published at the bridge's own address, where that works."""
        return self._piece("server", self._server)

    @property
    def linked(self) -> Made:
        """A container on the default bridge with a link to the server, which it calls ``peer``."""
        return self._piece("linked", lambda: self._run("linked", cmd=_SLEEP, Links=[f"{self.server.name}:peer"]))

    @property
    def joiner(self) -> Made:
        """A container in the server's network namespace."""
        return self._piece("joiner", lambda: self._run("joiner", f"container:{self.server.id}", cmd=_SLEEP))

    @property
    def own(self) -> str:
        """A network that somebody made: with IPv6, if that can be had."""
        return self._piece("own", self._own)

    @property
    def internal(self) -> str:
        """An internal network."""
        return self._piece("internal", lambda: self._network("internal", Internal=True))

    @property
    def unnamed(self) -> Made:
        """A container to which Docker gave its name, in the network that somebody made and in the internal one."""
        return self._piece("unnamed", lambda: self._run(None, self.own, cmd=_SLEEP, also=self.internal))

    @property
    def closed(self) -> Made:
        """A server in the internal network only."""
        return self._piece("closed", lambda: self._run("closed", self.internal, CapAdd=["NET_ADMIN"]))

    def published_v6(self, address: str) -> Made | None:
        """A server whose port 80 is published at that IPv6 address of the host, None where that is refused."""
        binding = {_PORT: [{"HostIp": address, "HostPort": ""}]}
        try:
            return self._run(f"server-{address}".replace(":", "-"), ExposedPorts={_PORT: {}}, PortBindings=binding)
        except LabError:
            return None

    def bridge_v6(self) -> str:
        """The default bridge's own IPv6 address of global scope, or nothing: not usable before it has a live port."""
        _ = self.server
        return self._address(self.device(), 6, "-tentative")

    @property
    def on_hosts_network(self) -> str:
        """The id of a container, not started, in the host's network namespace. Raises Refused."""
        return self._piece("on host", lambda: self._create("onhost", "host", cmd=_SLEEP))

    # What probes do with them -------------------------------------------------------------------------------------

    def inside(self, made: Made, command: str) -> str:
        """What a shell command in the container prints; errors too."""
        return self.api.exec(made.id, ["sh", "-c", f"exec 2>&1\n{command}"], _DOING).text

    def on_host(self, command: str) -> str:
        """What a shell command on the engine's host prints; errors too."""
        return self.lab.host.sh(command).text

    @property
    def kinds(self) -> frozenset[str]:
        """Which of macvlan and ipvlan both know: the engine, and the kernel, which is asked inside of a container."""
        return self._piece("kinds", self._kinds)

    def info(self) -> Json:
        """``GET /info``."""
        return self._piece("info", self.api.info)

    def default_bridge(self) -> Json:
        """The network ``bridge``. Raises NotFound on an engine without."""
        return self._piece("default bridge", lambda: self.api.inspect_network("bridge"))

    def device(self) -> str:
        """The default bridge's device."""
        return str((self.default_bridge().get("Options") or {}).get("com.docker.network.bridge.name") or "docker0")

    # Making and removing ------------------------------------------------------------------------------------------

    def _piece(self, name: str, make: Callable[[], Piece]) -> Piece:
        with self._lock:
            first = name not in self._pieces
            piece: Future[Piece] = self._pieces.setdefault(name, Future())
        if first:
            try:
                piece.set_result(make())
            except BaseException as error:
                piece.set_exception(error)
        return piece.result()

    def _server(self) -> Made:
        """Where the engine cannot publish at the bridge's address (a rootless one), without a port."""
        self._before = self._state()
        address = self._address(self.device(), 4)
        binding = {_PORT: [{"HostIp": address, "HostPort": ""}]}
        try:
            return self._run("server", ExposedPorts={_PORT: {}}, PortBindings=binding if address else {})
        except LabError:
            return self._run("server-2", ExposedPorts={_PORT: {}})

    def _kinds(self) -> frozenset[str]:
        """One after the other: an interface can carry one kind only."""
        drivers = frozenset(self.info()["Plugins"]["Network"])
        return drivers & frozenset(self.inside(self.closed, _ADD_EACH).split())

    def _own(self) -> str:
        """Its name comes before the internal one's: of two networks, old engines take the first for the way out."""
        unique = f"fd{secrets.token_hex(1)}:{secrets.token_hex(2)}:{secrets.token_hex(2)}:1::/64"  # RFC 4193
        try:
            return self._network("front", EnableIPv6=True, IPAM={"Config": [{"Subnet": unique}]})
        except LabError:
            return self._network("front-2")

    def _address(self, device: str, family: int, only: str = "") -> str:
        shown = self.on_host(f"ip -j -{family} addr show dev {device} scope global {only}")
        with contextlib.suppress(ValueError):
            return next((a["local"] for link in json.loads(shown) for a in link.get("addr_info", ())), "")
        return ""

    def _network(self, name: str, **more: Any) -> str:
        real = f"{self._prefix}-{name}"
        ident = self.api.create_network({"Name": real, "Driver": "bridge", "Labels": self._labels, **more}, _DOING)
        self._networks.append(ident)
        return real

    def _run(self, name: str | None, network: str = "default", *, also: str = "", **more: Any) -> Made:
        ident = self._create(name, network, **more)
        if also:
            self.api.post(f"/networks/{also}/connect", _DOING, body={"Container": ident, "EndpointConfig": {}})
        self.api.post(f"/containers/{ident}/start", _DOING)
        seen = self.api.inspect(ident)
        return Made(ident, str(seen["Name"]).lstrip("/"), seen)

    def _create(
        self,
        name: str | None,
        network: str,
        *,
        cmd: list[str] | None = None,
        ExposedPorts: Mapping[str, Any] | None = None,  # noqa: N803 (the API's word)
        **host: Any,
    ) -> str:
        body = {"Image": LAB_IMAGE, "Cmd": cmd, "Labels": self._labels, "ExposedPorts": dict(ExposedPorts or {})}
        real = name and f"{self._prefix}-{name}"
        dns = {} if ":" in network or network == "host" else {"Dns": [_NOBODY]}
        ident, _ = self.api.create(real, {**body, "HostConfig": {"NetworkMode": network, **dns, **host}}, _DOING)
        self._containers.append(ident)
        return ident

    @property
    def made(self) -> tuple[str, ...]:
        """The ids of the containers and networks that were made so far."""
        return (*self._containers, *self._networks)

    def clear(self) -> None:
        """Remove everything, and wait until the default bridge is what it was. What resists goes with the lab."""
        with ThreadPoolExecutor(8) as pool:
            list(pool.map(lambda ident: self._delete(f"/containers/{ident}", force=1, v=1), self._containers))
            list(pool.map(lambda ident: self._delete(f"/networks/{ident}"), self._networks))
        end = time.monotonic() + _SETTLING
        while self._before and self._state() != self._before and time.monotonic() < end:
            time.sleep(0.05)

    def _delete(self, path: str, **query: int) -> None:
        with contextlib.suppress(DockernetError):
            self.api.delete(path, _DOING, query=query)

    def _state(self) -> str:
        """The flags and the state of the default bridge's device."""
        return " ".join(self.on_host(f"ip -o link show dev {self.device()}").split()[:11])


@contextlib.contextmanager
def bench(lab: Lab) -> Iterator[Bench]:
    """A bench in the lab; afterwards there is nothing of it, an interrupt included."""
    made = Bench(lab)
    try:
        yield made
    finally:
        made.clear()
