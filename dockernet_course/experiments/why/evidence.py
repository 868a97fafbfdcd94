"""What proves a cause: for each mechanism that the observation proves, the commands that show it to anybody."""

from __future__ import annotations

import re
import shlex
from collections.abc import Callable, Iterator

from dockernet_course.experiments.side import Side
from dockernet_course.experiments.situation import Situation
from dockernet_course.experiments.walk import Rule, Walk
from dockernet_course.experiments.why.model import Evidence
from dockernet_course.lab import Output, View
from dockernet_course.observe import Container, inspect, network_inspect

__all__ = ["PROVED", "SERVERS", "dockers_own", "of_names", "of_output", "of_rule", "of_walk"]

_LINES = 3
_IN_RAW = re.compile(r"-d \S+ ! -i \S+ -j DROP")
_PRETTY = " | python3 -m json.tool"
_OF_IPTABLES = ("filter", "nat", "mangle", "raw", "security")
Shown = Callable[[View, Situation], Iterator[Evidence]]


def _on_host(lab: View, command: str) -> Evidence:
    return of_output(lab.host(command), command)


def of_output(output: Output, command: str = "") -> Evidence:
    """What a command printed, cut to three lines."""
    command = (command or output.command).removesuffix(_PRETTY)
    lines = [line.rstrip() for line in output.text.splitlines() if line.strip()]
    if command.endswith("}}'") or _PRETTY in output.command:  # JSON, which in one line says more than in three
        lines = [" ".join(line.strip() for line in lines)]
    return Evidence(command, tuple(lines[:_LINES]) or (f"(exit code {output.exit_code})",))


def of_names(output: Output) -> Evidence:
    """What ``getent ahosts`` printed, each address once."""
    return Evidence(output.command, tuple(line for line in output.text.splitlines() if "STREAM" in line)[:_LINES])


def _inside(lab: View, side: Side, command: str) -> Evidence:
    """Run it in the side's network namespace, with the host's own tools."""
    pid = side.container.pid if side.container else None
    return _on_host(lab, f"nsenter -t {pid} -n {command}" if pid else command)


def _sockets(lab: View, s: Situation) -> Iterator[Evidence]:
    yield _inside(lab, s.target, f"ss -Hl{s.protocol[0]}n")


def _both_protocols(lab: View, s: Situation) -> Iterator[Evidence]:
    yield _inside(lab, s.target, f"ss -Hltun sport = :{s.inner_port}")


def _pairs(lab: View, s: Situation) -> Iterator[Evidence]:
    for side in (s.target, s.source):
        if side.cut_off or side.bridge_down:
            for _, far in side.ports:
                yield _on_host(lab, f"ip -o link show {far.master or far.name}")


def _doubles(lab: View, s: Situation) -> Iterator[Evidence]:
    side = s.target if s.target.doubles[0] else s.source
    others = s.holders(side.doubles[1])
    for container in (side.container, *others):
        if container and container.pid:
            what = "link" if side.doubles[0] == "MAC" else "addr"
            yield _on_host(lab, f"nsenter -t {container.pid} -n ip -br {what} show eth0")


def _route(lab: View, s: Situation) -> Iterator[Evidence]:
    yield _inside(lab, s.source, f"ip route get {s.probe.target}" if s.probe else "ip route")


def _forwarding(lab: View, s: Situation) -> Iterator[Evidence]:
    yield _on_host(lab, f"sysctl {s.words()['forwarding']}")


def _addresses_of_ipv6(lab: View, s: Situation) -> Iterator[Evidence]:
    side = s.source if s.source.name == s.ipv4_only else s.target
    yield _inside(lab, side, "ip -br addr")


def _option(lab: View, s: Situation) -> Iterator[Evidence]:
    yield from (of_output(network_inspect(lab, name, fields=["Options"])) for name in s.common)


def _internal(lab: View, s: Situation) -> Iterator[Evidence]:
    sides = (side for side in (s.source, s.target) if side.internal)
    names = dict.fromkeys(n.name for side in sides for n in side.networks)
    yield from (of_output(network_inspect(lab, name, fields=["Internal"])) for name in names)


def _asked(lab: View, s: Situation) -> Iterator[Evidence]:
    if s.target.container:
        yield of_output(inspect(lab, s.target.container.name, "HostConfig", "PortBindings"))
        yield of_output(inspect(lab, s.target.container.name, "NetworkSettings", "Ports"))
    else:
        yield _on_host(lab, f"ss -Hltn sport = :{s.inner_port}")


def _on_port(lab: View, s: Situation) -> Iterator[Evidence]:
    yield _on_host(lab, f"ss -Hl{s.protocol[0]}n sport = :{s.host_port}")


def _name(lab: View, s: Situation) -> Iterator[Evidence]:
    container: Container | None = s.source.container
    if container and container.pid:
        name = s.target.container.name if s.target.container else s.target.name
        yield _on_host(lab, f"grep -w {shlex.quote(name)} /proc/{container.pid}/root/etc/hosts")


def _servers(lab: View, s: Situation) -> Iterator[Evidence]:
    """Which name servers the source has; and that they do not tell the name."""
    container, name = s.source.container, s.target.container.name if s.target.container else s.target.name
    if container and container.pid:
        yield _on_host(lab, f"grep nameserver /proc/{container.pid}/root/etc/resolv.conf")
        yield of_output(lab.container(s.source.name).sh(f"getent ahosts {shlex.quote(name)}"))


def _addresses(lab: View, s: Situation) -> Iterator[Evidence]:
    yield from (_inside(lab, side, "ip -br addr") for side in (s.source, s.target) if side.alone or side.down)


def _bridge(lab: View, s: Situation) -> Iterator[Evidence]:
    yield _on_host(lab, f"ip -br addr show {s.source.dumb_bridge}")


def _state(lab: View, s: Situation) -> Iterator[Evidence]:
    for side in (s.source, s.target):
        if side.container and side.off:
            yield of_output(inspect(lab, side.container.name, "State", "Status"))


SERVERS = ("only itself", "IPv6 only", "IPv4 only", "another protocol", "another port", "nothing listens")
"""What is proved by the target's sockets."""

PROVED: dict[str, Shown] = {
    **dict.fromkeys(SERVERS, _sockets),
    "another protocol": _both_protocols,
    "not attached": _pairs,
    "bridge down": _pairs,
    "doubles": _doubles,
    "route": _route,
    "no route": _route,
    "not forwarding": _forwarding,
    "kept apart": _option,
    "internal network": _internal,
    "no IPv6": _addresses_of_ipv6,
    "another family": _on_port,
    "only UDP": _asked,
    "only TCP": _asked,
    "not published": _asked,
    "wrong side": _asked,
    "hosts file": _name,
    "hosts entry": _name,
    "default bridge": _servers,
    "no common network": _servers,
    "another's address": _name,
    "owner restarted": _addresses,
    "only lo": _addresses,
    "bridge without address": _bridge,
    "no address": _addresses,
    "localhost": _sockets,
    "not running": _state,
    "name server": _servers,
    "interface down": _addresses,
}
"""Mechanism → what shows it. What is not here, the observation alone does not prove."""


def dockers_own(rule: Rule | None) -> bool:
    """Whether the rule is one that Docker has written, and nobody else's in DOCKER-USER.

    By its chain; from engine 28 on, also in PREROUTING of the table raw; from 29 on, in nftables' own tables.
    """
    if rule is None or rule.chain == "DOCKER-USER":
        return False
    in_raw = (rule.table, rule.chain) == ("raw", "PREROUTING") and bool(_IN_RAW.search(rule.text))
    return rule.chain.startswith("DOCKER") or "docker-bridges" in rule.table or in_raw


def of_rule(lab: View, walk: Walk) -> Evidence | None:
    """The rule that dropped the packet, as the tool prints it now; of a policy, the chain's first lines."""
    rule = walk.verdict.rule
    if rule is None:
        return None
    family, _, table = rule.table.rpartition(" ")
    tool = {"": "iptables", "ip6": "ip6tables"}.get(family, "") if table in _OF_IPTABLES else ""
    listing = f"{tool} -t {table} -S {rule.chain}" if tool else f"nft list table {family or 'ip'} {table}"
    inside = next((c for c in walk.world.containers if c.name == rule.space and c.pid), None)
    shown = _on_host(lab, f"nsenter -t {inside.pid} -n {listing}" if inside else listing)
    return shown if rule.text.startswith("policy") and shown.lines else Evidence(shown.command, (rule.text,))


def of_walk(walk: Walk) -> Evidence:
    """What was asked, and how it ended."""
    return of_output(walk.output)
