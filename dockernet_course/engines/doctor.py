"""What ``dockernet doctor`` says, as plain data: which engine, why, what it can do, what to do.

Looks, and starts, builds and changes nothing.
"""

from __future__ import annotations

import platform
import shutil
import sys
from dataclasses import asdict, dataclass
from importlib.metadata import version
from typing import Any

import docker
import docker.errors
import requests

from dockernet_course.engines import capsule as capsules
from dockernet_course.engines import pack
from dockernet_course.engines.choice import Decision, decide
from dockernet_course.engines.model import LAB_IMAGE, Engine, PassedOver
from dockernet_course.engines.own import of_capsule
from dockernet_course.errors import EngineError, EngineStopped

__all__ = ["SCHEMA", "Ability", "EngineFacts", "Report", "examine"]

SCHEMA = 1
"""Version of the report's form (``--json``): a field that goes or changes its meaning raises it, a new one does not."""


@dataclass(frozen=True)
class EngineFacts:
    """An engine that answers, in its own words (``GET /info``)."""

    kind: str
    address: str
    version: str
    api_version: str
    capsule: str | None
    operating_system: str
    kernel: str
    cgroup: str
    storage: str
    firewall: str
    lab_image: bool


@dataclass(frozen=True)
class Ability:
    """Something this machine has or permits, or not, and what that means."""

    name: str
    ok: bool
    text: str


@dataclass(frozen=True)
class Report:
    """Everything the doctor found.

    ``usable``: the course can run; ``advice`` says what to do if it cannot; ``notes`` say what makes a private engine
    on this machine differ from a plain one.
    """

    usable: bool
    why: str
    engine: EngineFacts | None
    abilities: tuple[Ability, ...]
    passed_over: tuple[PassedOver, ...]
    advice: tuple[str, ...]
    notes: tuple[str, ...]
    course: str
    python: str
    machine: str
    schema: int = SCHEMA

    def to_dict(self) -> dict[str, Any]:
        """For JSON."""
        return asdict(self)


def examine(choice: str = "auto", *, suite: str | None = None, capsule: str | None = None) -> Report:
    """Look at everything :func:`~dockernet_course.engines.find_engine` would look at. Raises nothing of ours."""
    obstacles = capsules.preflight()
    abilities = _abilities(suite, obstacles)
    try:
        decision = decide(choice, suite=suite, capsule=capsule)
        engine = decision.engine or _running(decision)
        facts = _facts(engine) if engine else None
    except EngineError as error:
        return _report(False, error.what, None, abilities, (), tuple(filter(None, (error.state, error.cure))))
    if facts is not None:
        return _report(True, decision.why, facts, abilities, decision.passed_over, ())
    missing = tuple(f"{ability.name}: {ability.text}" for ability in abilities if not ability.ok)
    possible = not obstacles and (pack.present(suite) or _can_build())
    why = f"{decision.why}; it will be started when it is needed" if possible else "No Docker Engine can be used here."
    return _report(possible, why, None, abilities, decision.passed_over, () if possible else missing)


def _report(
    usable: bool,
    why: str,
    engine: EngineFacts | None,
    abilities: tuple[Ability, ...],
    passed_over: tuple[PassedOver, ...],
    advice: tuple[str, ...],
) -> Report:
    system = f"{platform.system()} {platform.release()} {platform.machine()}"
    python = ".".join(map(str, sys.version_info[:3]))
    return Report(
        usable=usable,
        why=why,
        engine=engine,
        abilities=abilities,
        passed_over=passed_over,
        advice=advice,
        notes=tuple(capsules.notes()),
        course=version("dockernet-course"),
        python=python,
        machine=system,
    )


def _running(decision: Decision) -> Engine | None:
    """The capsule that would be used, if it runs already. Raises EngineError if it is of another release."""
    if not any(one.name == decision.name and one.ready for one in capsules.status(sweep=False)):
        return None
    return of_capsule(capsules.start(decision.name, decision.suite))


def _facts(engine: Engine) -> EngineFacts:
    client = engine.client()
    try:
        info = client.info()
        image = bool(client.images.list(name=LAB_IMAGE))
    except (requests.exceptions.RequestException, docker.errors.DockerException) as error:
        raise EngineStopped(f"The engine at {engine.address} went away.", state=str(error)) from error
    finally:
        client.close()
    backend = (info.get("FirewallBackend") or {}).get("Driver")  # said from 28 on; before, there is one only
    return EngineFacts(
        kind=engine.kind,
        address=engine.address,
        version=engine.version,
        api_version=engine.api_version,
        capsule=engine.capsule,
        operating_system=str(info.get("OperatingSystem", "")),
        kernel=str(info.get("KernelVersion", "")),
        cgroup=f"v{info.get('CgroupVersion', '?')}, {info.get('CgroupDriver', '?')}",
        storage=str(info.get("Driver", "")),
        firewall=str(backend or "iptables"),
        lab_image=image,
    )


def _abilities(suite: str | None, obstacles: list[str]) -> tuple[Ability, ...]:
    release = suite or pack.default_suite()
    there, can_build = pack.present(suite), _can_build()
    build = (
        "apt-get and dpkg-deb are there." if can_build else "apt-get and dpkg-deb are missing: import a pack instead."
    )
    absent = "not there; it is built when a private engine is needed, or by 'dockernet engine build'."
    return (
        Ability("private engine", not obstacles, " ".join(obstacles) or "this machine permits one."),
        Ability("engine pack", there, f"{release}: there." if there else f"{release}: {absent}"),
        Ability("building packs", can_build, build),
    )


def _can_build() -> bool:
    return all(shutil.which(tool) for tool in ("apt-get", "dpkg-deb"))
