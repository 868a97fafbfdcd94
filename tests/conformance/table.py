"""The table of operations, and what of an answer and of a state is compared."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

__all__ = [
    "DEADLINE",
    "IMAGE",
    "OPERATIONS",
    "Answer",
    "Expected",
    "Operation",
    "State",
    "names_in",
    "normalised",
    "state_of",
]

Json = dict[str, Any]

DEADLINE = 25
"""Seconds after which an operation counts as hanging; the slowest takes about four on a busy machine."""

IMAGE = "dockernet-lab:1"


@dataclass(frozen=True)
class Expected:
    """The exit code, and patterns that come one after the other in the normalised output."""

    exit: int
    says: tuple[str, ...]

    def missing(self, answer: Answer) -> str:
        """What the answer does not have of it; empty if it is as expected."""
        if answer.exit != self.exit:
            return f"exit code {answer.exit} instead of {self.exit}"
        rest = answer.text
        for pattern in self.says:
            found = re.search(pattern, rest, re.MULTILINE)
            if found is None:
                return f"no /{pattern}/ in what is left of the output"
            rest = rest[found.end() :]
        return ""


@dataclass(frozen=True)
class Answer:
    """What a person saw: the exit code, and the output with standard error, normalised."""

    exit: int
    text: str


@dataclass(frozen=True)
class Operation:
    """One line of the table; ``plain`` and ``why`` where an engine that root started plainly differs."""

    id: str
    given: tuple[str, ...]
    run: str
    expected: Expected
    plain: Expected | None
    why: str
    releases: Mapping[str, Expected] = field(default_factory=dict)

    def on(self, suite: str) -> Operation:
        """The operation with what is expected on that release."""
        return replace(self, expected=self.releases.get(suite, self.expected))


State = dict[str, Any]
"""What is left in the engine and on its host after an operation, normalised."""


def _operation(data: dict[str, Any]) -> Operation:
    def expected(values: Mapping[str, Any]) -> Expected:
        return Expected(values.get("exit", 0), tuple(values["says"]))

    plain = data.get("plain")
    known = {"id", "given", "run", "exit", "says", "plain", "why", "on"}
    assert set(data) <= known, f"{data['id']}: what is {set(data) - known}?"
    return Operation(
        id=data["id"],
        given=tuple(data.get("given", ())),
        run=data["run"],
        expected=expected(data),
        plain=expected(plain) if plain else None,
        why=data.get("why", ""),
        releases={suite: expected(values) for suite, values in data.get("on", {}).items()},
    )


OPERATIONS = tuple(
    _operation(data) for data in tomllib.loads(Path(__file__).with_name("operations.toml").read_text())["operation"]
)


def names_in(containers: list[Json], networks: list[Json]) -> dict[str, str]:
    """What to write instead of ids, and of the small networks that the engine takes from its pool one by one."""
    names: dict[str, str] = {}
    for one in (*containers, *networks):
        name = f"<{one['Name'].lstrip('/')}>"
        names |= {one["Id"]: name, one["Id"][:12]: name}
    for one in networks:
        for part in one["IPAM"]["Config"] or ():
            if str(part["Subnet"]).startswith("172.18."):
                names[part["Subnet"].removesuffix("0/24")] = f"172.18.<{one['Name']}>."
    return names


def normalised(text: str, names: Mapping[str, str]) -> str:
    """The text with names for ids (``<web>``), and without what differs from run to run."""
    for identifier, name in names.items():
        text = text.replace(identifier, name)
    for pattern, instead in _VARIES:
        text = re.sub(pattern, instead, text, flags=re.MULTILINE)
    return text.replace("\r\n", "\n")


_VARIES = (
    # 20.10's command says so or does not, as its own threads happen to run
    (r'^time="[^"]*" level=error msg="error waiting for container: context canceled"\n', ""),
    (r"\b[0-9a-f]{64}\b", "<id>"),
    (r"\b(?=[0-9a-f]*[0-9])(?=[0-9a-f]*[a-f])[0-9a-f]{12}\b", "<id>"),
    (r"\bveth[0-9a-f]{7}\b", "veth"),
    (r"@if\d+", "@if"),
    (r"^\d+: (?!lo:)", ""),  # an interface's number
    (r"\b(?!02:42:ac)([0-9a-f]{2}:){5}[0-9a-f]{2}\b", "<mac>"),  # 02:42:ac: made from the address by the engine
    (r'time="[^"]*"', "time"),
    (r"time[= ]?[0-9.]+ ?ms", "time"),
    (r"\bafter [0-9]+ ms\b", "after a while"),
    (r"rtt min/avg/max/mdev = \S+ ms", "rtt"),
    (r"reclaimed space: \S+", "reclaimed space"),
)


def state_of(containers: list[Json], networks: list[Json], volumes: list[Json], links: list[Json], rules: str) -> State:
    """The part of ``docker inspect`` and of the host's network that an operation decides (of normalised texts)."""
    return {
        "containers": sorted((_container(one) for one in containers), key=lambda one: str(one["name"])),
        "networks": sorted((_network(one) for one in networks), key=lambda one: str(one["name"])),
        "volumes": sorted(str(one["Name"]) for one in volumes),
        "links": _links(links),
        "rules": sorted(rules.splitlines()),
    }


def _container(one: dict[str, Any]) -> dict[str, Any]:
    state, host = one["State"], one["HostConfig"]
    endpoint = (
        "IPAddress",
        "IPPrefixLen",
        "Gateway",
        "MacAddress",
        "GlobalIPv6Address",
        "Aliases",
        "Links",
        "NetworkID",
    )
    return {
        "name": one["Name"],
        "status": [state[key] for key in ("Status", "Paused", "OOMKilled", "Dead", "ExitCode", "Error")],
        "health": (state.get("Health") or {}).get("Status"),
        "restarts": one["RestartCount"],
        "image": one["Config"]["Image"],
        "command": [one["Path"], *one["Args"]],
        "hostname": one["Config"]["Hostname"],
        "mode": host["NetworkMode"],
        "policy": host["RestartPolicy"],
        "ports": one["NetworkSettings"]["Ports"],
        "networks": {
            name: {key: end.get(key) for key in endpoint} for name, end in one["NetworkSettings"]["Networks"].items()
        },
    }


def _network(one: dict[str, Any]) -> dict[str, Any]:
    ends = one["Containers"].values()
    return {
        "name": one["Name"],
        "kind": [one[key] for key in ("Driver", "Scope", "Internal", "EnableIPv6", "Attachable", "Options")],
        "addresses": one["IPAM"]["Config"],
        "ends": sorted([end["Name"], end["IPv4Address"], end["IPv6Address"]] for end in ends),
    }


_UPLINK = "eth0"


def _links(links: list[dict[str, Any]]) -> list[list[Any]]:
    """Each interface of the host but its uplink, which no operation decides, and which a plain engine here lacks.

    Kind of name, master, whether it is up, addresses (not the kernel's own).
    """
    return sorted(
        [
            link["ifname"],
            link.get("master", ""),
            "UP" in link["flags"],
            sorted(f"{a['local']}/{a['prefixlen']}" for a in link["addr_info"] if a["scope"] != "link"),
        ]
        for link in links
        if link["ifname"] != _UPLINK
    )
