"""The walks recorded on real engines (fixtures/walk/record.py), read as the course reads them."""

from __future__ import annotations

import base64
import json
import zlib
from functools import cache
from pathlib import Path
from typing import Any

from dockernet_course.experiments.ask import Question
from dockernet_course.experiments.walk import Point, Walk
from dockernet_course.experiments.walk.build import build
from dockernet_course.experiments.walk.plan import Place, Plan

FIXTURES = Path(__file__).parent / "fixtures" / "walk"
SUITES = ("bookworm", "trixie")


@cache
def facts(suite: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((FIXTURES / f"walks-{suite}.json").read_text())
    return found


def output(suite: str, case: str) -> bytes:
    return zlib.decompress(base64.b85decode(facts(suite)["cases"][case]["output"]))


def plan_of(suite: str, case: str) -> Plan:
    kept = facts(suite)["cases"][case]["plan"]
    inside: dict[str, Any] = {
        "question": Question(**kept["question"]),
        "places": tuple(Place(**place) for place in kept["places"]),
        "points": tuple(Point(**point) for point in kept["points"]),
    }
    return Plan(**{**{name: tuple(v) if isinstance(v, list) else v for name, v in kept.items()}, **inside})


def walked(suite: str, case: str, recorded: bytes | None = None) -> Walk:
    kept = facts(suite)
    data = output(suite, case) if recorded is None else recorded
    return build(plan_of(suite, case), data, kept["cases"][case]["how"], kept["engine"], kept["table"])
