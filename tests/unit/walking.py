"""The walks recorded on real engines (fixtures/walk/record.py), read as the course reads them."""

from __future__ import annotations

import base64
import json
import zlib
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

from dockernet_course.experiments.ask import Question
from dockernet_course.experiments.walk import Point, Walk
from dockernet_course.experiments.walk.build import build
from dockernet_course.experiments.walk.plan import WalkPlan, WatchedNamespace
from dockernet_course.observe.model import PortBinding, Topology
from tests.gallery.examples import HOST, World

FIXTURES = Path(__file__).parent / "fixtures" / "walk"
SUITES = ("bookworm", "trixie")


@cache
def facts(suite: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((FIXTURES / f"walks-{suite}.json").read_text())
    return found


def output(suite: str, case: str) -> bytes:
    return zlib.decompress(base64.b85decode(facts(suite)["cases"][case]["output"]))


def plan_of(suite: str, case: str) -> WalkPlan:
    kept = facts(suite)["cases"][case]["plan"]
    inside: dict[str, Any] = {
        "question": Question(**kept["question"]),
        "places": tuple(WatchedNamespace(**place) for place in kept["places"]),
        "points": tuple(Point(**point) for point in kept["points"]),
    }
    return WalkPlan(**{**{name: tuple(v) if isinstance(v, list) else v for name, v in kept.items()}, **inside})


def walked(suite: str, case: str, recorded: bytes | None = None) -> Walk:
    kept = facts(suite)
    data = output(suite, case) if recorded is None else recorded
    return build(plan_of(suite, case), data, kept["cases"][case]["how"], world(suite), kept["table"])


def without(data: bytes, kind: int, *, last: bool = False) -> bytes:
    """A recording without the records of a kind, or without the last packet's frames (four points)."""
    records, at = [], 0
    while at < len(data):
        size = 15 + int.from_bytes(data[at + 11 : at + 15], "little")
        records.append(data[at : at + size])
        at += size
    gone = [record for record in records if record[0] == kind]
    if last:
        gone = sorted(gone, key=lambda record: int.from_bytes(record[3:11], "little"))[-4:]
    return b"".join(record for record in records if record not in gone)


@cache
def world(suite: str) -> Topology:
    """The network in which they were recorded (record.py), with the names that its interfaces had."""
    points = plan_of(suite, "loopback").points
    made = World(engine=facts(suite)["engine"])
    made.uplink("eth0", "203.0.113.10/24", "203.0.113.1")
    for name, gateway in (("front", "172.18.0.1/24"), ("back", "172.18.1.1/24")):
        bridge = next(point.interface for point in points if (point.role, point.of) == ("bridge", name))
        made.network(name, gateway, device=bridge)
    ports = (PortBinding(80, "tcp", "0.0.0.0", 8080),)  # noqa: S104 — what Docker reports, nothing is bound
    for name, network in (("web", "front"), ("db", "front"), ("far", "back"), ("idle", "front")):
        made.run(name, network, ports=ports if name == "web" else ())
        veth = next(point.interface for point in points if (point.role, point.of) == ("veth", name))
        made.links[HOST][-1] = replace(made.links[HOST][-1], name=veth)
        made.wires[-1] = replace(made.wires[-1], a=(HOST, veth))
    made.join("side", "web")
    made.run("alone")
    return made.topology()
