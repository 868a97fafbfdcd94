"""The probes: one function for each capability, which looks at a piece of the bench and gives yes or no, or a word.

They raise our errors only; what raises is *not known here*, with the error's words. None of them sends anything to
an address that is not the bench's: where it would go is looked up first.
"""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable, Mapping
from types import MappingProxyType

from dockernet_course.capabilities.bench import Bench, Made
from dockernet_course.capabilities.model import Here
from dockernet_course.capabilities.probes_firewall import FIREWALL
from dockernet_course.errors import NotFound, ObserveError, Refused
from dockernet_course.experiments import counted

__all__ = ["PROBES", "Probe", "answered"]

Probe = Callable[[Bench], Here]
_DNS = "127.0.0.11"
_PATIENCE = 3  # seconds for an answer, which takes milliseconds; a busy machine may need more
_LONG = 15  # seconds where silence is not expected: an emulated processor on a busy machine may need many
_NO = re.compile(r"NXDOMAIN|SERVFAIL|REFUSED|connection refused|no [A-Z]+ record")
_DEFAULT = "bridge"
_SECOND = 2


def default_bridge(bench: Bench) -> bool:
    """Whether there is a network ``bridge``: with bridge=none there is not."""
    try:
        return bool(bench.default_bridge())
    except NotFound:
        return False


def default_bridge_names(bench: Bench) -> bool:
    """The server asks for the linked container: a link goes in the other direction only."""
    return _surely(_resolves(bench, bench.server, bench.linked.name, _LONG))


def embedded_dns(bench: Bench) -> bool:
    """In a network that somebody made, one asks for the other's name."""
    return _surely(_resolves(bench, bench.unnamed, bench.closed.name, _LONG))


def generated_names(bench: Bench) -> bool:
    """The name is one that Docker made up. To that 20.10 says nothing: the short id shows how long to wait."""
    asker, asked = bench.closed, bench.unnamed
    began = time.monotonic()
    _surely(_resolves(bench, asker, asked.id[:12], _LONG))
    took = time.monotonic() - began
    return _resolves(bench, asker, asked.name, min(1 + int(2 * took), _LONG)) is True


def _resolves(bench: Bench, asker: Made, name: str, patience: int) -> bool | None:
    """By the file of names, or by Docker's own server; no other is asked, because it could be anywhere."""
    hosts = bench.inside(asker, "cat /etc/hosts")
    ended = patience + _PATIENCE  # the program itself may take seconds to begin where a processor is emulated
    asked = bench.inside(asker, f"timeout -s KILL {ended} host -W {patience} -R 1 -t A {name} {_DNS}")
    return answered(name, hosts, asked)


def answered(name: str, hosts: str, asked: str) -> bool | None:
    """Whether the name is in the file of names, or in the answer of ``host``; None if there was no answer."""
    if f"{name} has address" in asked or re.search(rf"\s{re.escape(name)}(\s|$)", hosts) is not None:
        return True
    return False if _NO.search(asked) else None


def _surely(found: bool | None) -> bool:
    if found is None:
        raise ObserveError("Docker's name server does not answer.")
    return found


def link_variables(bench: Bench) -> bool:
    """The other container's environment and ports, in variables that begin with its name."""
    begun = "for n in $(seq 60); do grep -q sleep /proc/1/comm && break; sleep 0.05; done"  # before, it is the runtime
    return "\0PEER_" in "\0" + bench.inside(bench.linked, f"{begun}; cat /proc/1/environ")


def link_hosts(bench: Bench) -> bool:
    """The other container's name, in the file of names."""
    address = bench.server.endpoint(_DEFAULT)["IPAddress"]
    return any(
        line.split()[:2] == [address, "peer"] for line in bench.inside(bench.linked, "cat /etc/hosts").split("\n")
    )


def internal_default_route(bench: Bench) -> bool:
    """In a container whose only network is internal."""
    return bench.inside(bench.closed, "ip -4 route show default").strip() != ""


def internal_host_reachable(bench: Bench) -> bool:
    """The host asks a server whose only network is internal, if its way there is that network's bridge."""
    endpoint = bench.closed.endpoint(bench.internal)
    way = bench.on_host(f"ip route get {endpoint['IPAddress']}")
    if f" dev br-{endpoint['NetworkID'][:12]} " not in way or " via " in way:
        return False
    return " sees " in bench.on_host(_curl(f"{endpoint['IPAddress']}"))


def _curl(address: str) -> str:
    """Asks for a page until there is one, for a server that starts just now; silence is an answer."""
    once = f"curl -sS --connect-timeout {_PATIENCE} -m {_LONG} {address}; code=$?; case $code in 0|28) break;; esac"
    return f"for n in $(seq 100); do {once}; sleep 0.05; done"


def processes_apart(bench: Bench) -> bool:
    """Whether a container has a pid namespace of its own, and a /proc that shows it: its own pid is the one there."""
    host, container = bench.on_host(f"for p in 1 {bench.server.pid}; do readlink /proc/$p/ns/pid; done").split()
    here, shown = bench.inside(bench.server, "read pid rest < /proc/self/stat; echo $$ $pid").split()
    return host != container and here == shown


def ipv6_default(bench: Bench) -> bool:
    """Whether a container on the default bridge has an IPv6 address that is good for more than its own wire."""
    return bench.inside(bench.server, "ip -o -6 addr show scope global").strip() != ""


def ipv6_networks(bench: Bench) -> bool:
    """Whether a container in a network with IPv6 has an address of it."""
    return bench.inside(bench.unnamed, "ip -o -6 addr show scope global").strip() != ""


def macvlan(bench: Bench) -> bool:
    """Whether engine and kernel know it."""
    return "macvlan" in bench.kinds


def ipvlan(bench: Bench) -> bool:
    """Whether engine and kernel know it."""
    return "ipvlan" in bench.kinds


def mac_from_address(bench: Bench) -> bool:
    """Whether the MAC is 02:42 and the four bytes of the address."""
    link, address = _first(bench, "ip -j link show eth0"), bench.server.endpoint(_DEFAULT)["IPAddress"]
    return link["address"] == ":".join(["02", "42", *(f"{int(part):02x}" for part in address.split("."))])


def _first(bench: Bench, command: str) -> Mapping[str, str]:
    said = bench.inside(bench.server, command)
    try:
        return dict(json.loads(said)[0])
    except (ValueError, IndexError, TypeError):
        raise ObserveError("A container's interface could not be looked at.", state=said[:200]) from None


def veth_moves(bench: Bench) -> bool:
    """Whether ``eth0`` came from the host and kept its number: made on the spot, it is the second after ``lo``."""
    return int(_first(bench, "ip -j link show eth0")["ifindex"]) > _SECOND


def joiner_networks_empty(bench: Bench) -> bool:
    """Whether ``docker inspect`` tells no network of a container in another one's namespace."""
    return not bench.joiner.seen["NetworkSettings"]["Networks"]


def top_level_address(bench: Bench) -> bool:
    """Whether ``docker inspect`` also tells the address outside of ``Networks``, as Docker 1.8 did."""
    return bool(bench.server.seen["NetworkSettings"].get("IPAddress"))


def userland_proxy(bench: Bench) -> bool:
    """Whether a process of Docker's listens on a published port."""
    port = _published(bench)[1]
    found = bench.on_host("cat /proc/[0-9]*/cmdline 2>/dev/null | tr '\\0' ' '")
    return re.search(rf"-host-port {port}\b", found) is not None


def sibling_via_host(bench: Bench) -> bool:
    """A container in another network asks at the port that the server publishes at its bridge's address."""
    return " sees " in bench.inside(bench.unnamed, _curl(":".join(_published(bench))))


def sibling_by_proxy(bench: Bench) -> bool:
    """Whether it is docker-proxy that answers such a container: no rule of NAT has turned the packet to the server."""
    said = list[str]()
    seen = counted(bench.lab, lambda: said.append(bench.inside(bench.unnamed, _curl(":".join(_published(bench))))))
    if seen.unread:
        raise ObserveError("Not all rules of the firewall can be seen.", state=f"{seen.unread}.")
    turned = [rule for rule in seen.about(_published(bench)[1]) if rule.verdict == "DNAT"]
    return " sees " in said[0] and not turned


def ipv6_published(bench: Bench) -> bool:
    """Whether a published port is answered over IPv6: by docker-proxy at the loopback, or where a rule would do it."""
    return _answers_v6(bench, "::1") or (ipv6_default(bench) and _answers_v6(bench, _ready_v6(bench)))


def _answers_v6(bench: Bench, address: str) -> bool:
    made = bench.published_v6(address) if address else None
    bindings = (made.seen["NetworkSettings"]["Ports"].get("80/tcp") or ()) if made else ()
    return any(" sees " in bench.on_host(_curl(f"-g '[{address}]:{binding['HostPort']}'")) for binding in bindings)


def _ready_v6(bench: Bench) -> str:
    """The bridge's address, once the kernel has made sure that nobody else has it, which takes two seconds."""
    end = time.monotonic() + _PATIENCE
    while not (address := bench.bridge_v6()) and time.monotonic() < end:
        time.sleep(0.1)
    return address


def container_logs(bench: Bench) -> bool:
    """Whether what a container prints can be read with ``docker logs``."""
    try:
        bench.lab.api.logs(bench.server.id)
    except Refused as error:
        if "logging driver does not support reading" not in error.state:
            raise
        return False
    return True


def host_mode(bench: Bench) -> bool:
    """Whether a container may have the host's network namespace, without another option."""
    try:
        return bool(bench.on_hosts_network)
    except Refused as error:
        if "user namespaces" not in error.state:
            raise
        return False


def _published(bench: Bench) -> tuple[str, str]:
    bindings = bench.server.seen["NetworkSettings"]["Ports"].get("80/tcp") or ()
    for binding in bindings:
        return binding["HostIp"], binding["HostPort"]
    raise ObserveError("This engine cannot publish a port at its bridge's address.")


def icc(bench: Bench) -> bool:
    """Whether containers on the default bridge may talk to each other."""
    return (bench.default_bridge().get("Options") or {}).get("com.docker.network.bridge.enable_icc") != "false"


def docker0(bench: Bench) -> bool:
    """Whether there is a device of that name."""
    return bench.on_host("ip -o link show dev docker0").split()[1:2] == ["docker0:"]


def memory_limits(bench: Bench) -> bool:
    """Whether the engine may limit what a container takes (control groups)."""
    return bool(bench.info().get("MemoryLimit"))


PROBES: Mapping[str, Probe] = MappingProxyType(
    {
        probe.__name__.replace("_", "-"): probe
        for probe in (
            *(default_bridge, default_bridge_names, embedded_dns, generated_names, link_hosts, link_variables),
            *(internal_default_route, internal_host_reachable, userland_proxy, icc),
            *(sibling_via_host, sibling_by_proxy, ipv6_published, container_logs, host_mode),
            *FIREWALL,
            *(processes_apart, memory_limits, veth_moves, mac_from_address, top_level_address, joiner_networks_empty),
            *(ipv6_default, ipv6_networks, macvlan, ipvlan, docker0),
        )
    }
)
"""The probes by the id of what they find."""
