"""The probes of the firewall: who writes its rules, which are there, and which one keeps two bridges apart."""

from __future__ import annotations

import re

from dockernet_course.capabilities.bench import Bench
from dockernet_course.capabilities.firewall import UNSEEN, backend, dropped_by, tool
from dockernet_course.errors import NotFound, ObserveError
from dockernet_course.experiments import counted
from dockernet_course.experiments import firewall as netfilter

__all__ = ["FIREWALL"]

_PATIENCE = (0.5, 6.0)  # seconds in which a packet has met its rule; the second on a slow engine, where none has


def firewall(bench: Bench) -> str:
    """Which tool the engine writes its rules with."""
    return tool(netfilter.read(bench.lab))


def firewall_backend(bench: Bench) -> str:
    """Which part of the kernel holds them."""
    return backend(netfilter.read(bench.lab))


def firewall_rules(bench: Bench) -> bool:
    """Whether the engine has written any."""
    return tool(netfilter.read(bench.lab)) != "none"


def docker_user(bench: Bench) -> bool:
    """Whether there is a chain DOCKER-USER, for rules of the owner's."""
    return re.search(r"^:DOCKER-USER ", _seen_rules(bench), re.MULTILINE) is not None


def masquerade(bench: Bench) -> bool:
    """Whether a rule hides the addresses of containers on the default bridge (without one: of another network)."""
    try:
        network = bench.default_bridge()
    except NotFound:
        network = bench.lab.api.inspect_network(bench.own)
    subnets = [pool["Subnet"] for pool in network["IPAM"]["Config"]]
    rules = netfilter.parse(_seen_rules(bench))
    return any(rule.verdict == "MASQUERADE" and subnet in rule for rule in rules for subnet in subnets)


def _seen_rules(bench: Bench) -> str:
    rules = netfilter.read(bench.lab)
    if missed := netfilter.unread(rules):
        raise ObserveError("Not all rules of the firewall can be seen.", state=f"{missed}.")
    return rules


def isolation(bench: Bench) -> str:
    """The rule that drops a packet from one bridge to a container on another."""
    tries = (_what_keeps_apart(bench, seconds) for seconds in _PATIENCE)
    return next((found for found in tries if found != UNSEEN), UNSEEN)


def _what_keeps_apart(bench: Bench, seconds: float) -> str:
    target, asker, said = bench.server.endpoint("bridge")["IPAddress"], bench.unnamed, list[str]()
    seen = counted(bench.lab, lambda: said.append(bench.inside(asker, f"curl -sS -m {seconds} {target}")))
    return "nothing" if " sees " in said[0] else dropped_by(seen, target, bench.device())


FIREWALL = (firewall, firewall_backend, firewall_rules, docker_user, masquerade, isolation)
