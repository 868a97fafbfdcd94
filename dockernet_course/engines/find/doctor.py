"""What ``dockernet doctor`` says, as plain data: which engine, why, what it can do, what to do.

Looks, and starts, builds and changes nothing.
"""

from __future__ import annotations

import platform
import sys
from dataclasses import asdict, dataclass
from importlib.metadata import version
from typing import Any

from dockernet_course.engines.build import apt, pack
from dockernet_course.engines.build import vm_image as image
from dockernet_course.engines.build.lab_image import LAB_IMAGE
from dockernet_course.engines.find import capsule as capsules
from dockernet_course.engines.find import private, vm
from dockernet_course.engines.find.choice import Decision, decide
from dockernet_course.engines.find.model import Engine, PassedOver
from dockernet_course.engines.find.own import of_private
from dockernet_course.engines.find.private import TITLES, Kind
from dockernet_course.errors import EngineError, EngineStopped

__all__ = ["SCHEMA", "Ability", "EngineFacts", "Report", "examine"]

_OUTSIDE = "Beyond its host is a small outside of its own (www.example), and no way to any network."
_TEXTS: dict[Kind, str] = {
    "capsule": f"this machine permits one. {_OUTSIDE}",
    "vm": f"one can run here; it is slower than a capsule. {_OUTSIDE}",
}
_BUILT = "not there; it is built when a private engine is needed, or by 'dockernet engine build{}'."
_IMPORTED = (
    "not there, and nothing to build it with: make a file of it elsewhere by 'dockernet engine export{}', "
    "and take that here by 'dockernet engine import'."
)
SCHEMA = 2
"""Version of the report's form (``--json``): a field that goes or changes its meaning raises it, a new one does not."""


@dataclass(frozen=True)
class EngineFacts:
    """An engine that answers, in its own words (``GET /info``)."""

    kind: str
    address: str
    version: str
    api_version: str
    name: str | None
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
        """The report as plain values, for ``dockernet doctor --json``."""
        return asdict(self)


def examine(choice: str = "auto", *, suite: str | None = None, capsule: str | None = None) -> Report:
    """Look at everything :func:`~dockernet_course.engines.find_engine` would look at. Raises nothing of ours."""
    obstacles: dict[Kind, list[str]] = {"capsule": capsules.preflight(), "vm": vm.preflight()}
    ready: dict[Kind, bool] = {"capsule": pack.present(suite), "vm": image.present(suite)}
    abilities = _abilities(suite or pack.default_suite(), obstacles, ready)
    try:
        decision = decide(choice, suite=suite, capsule=capsule)
        engine = decision.engine or _running(decision)
        facts = _facts(engine) if engine else None
    except EngineError as error:
        return _report(False, error.what, None, abilities, (), tuple(filter(None, (error.state, error.cure))))
    if facts is not None:
        return _report(True, decision.why, facts, abilities, decision.passed_over, ())
    missing = tuple(f"{ability.name}: {ability.text}" for ability in abilities if not ability.ok)
    startable = [kind for kind in decision.kinds if not obstacles[kind] and (apt.available() or _has_all(kind, ready))]
    if not startable:
        return _report(False, "No Docker Engine can be used here.", None, abilities, decision.passed_over, missing)
    why = f"{decision.why}; a {TITLES[startable[0]]} will be started when it is needed"
    return _report(True, why, None, abilities, decision.passed_over, ())


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
    """The private engine that would be used, if it runs already. Raises EngineError if it is of another release."""
    names = [private.name_of(kind, decision.name) for kind in decision.kinds]
    for one in private.status(sweep=False):
        if one.ready and one.name in names:
            return of_private(private.of_release(one, decision.suite))
    return None


def _facts(engine: Engine) -> EngineFacts:
    import docker.errors
    import requests

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
        name=engine.name,
        operating_system=str(info.get("OperatingSystem", "")),
        kernel=str(info.get("KernelVersion", "")),
        cgroup=f"v{info.get('CgroupVersion', '?')}, {info.get('CgroupDriver', '?')}",
        storage=str(info.get("Driver", "")),
        firewall=str(backend or "iptables"),
        lab_image=image,
    )


def _abilities(suite: str, obstacles: dict[Kind, list[str]], ready: dict[Kind, bool]) -> tuple[Ability, ...]:
    build = f"apt-get and dpkg-deb are {'there' if apt.available() else 'missing'}."
    absent = _BUILT if apt.available() else _IMPORTED
    pack_is, image_is = ("there." if ready[kind] else absent.format(" --vm" * (kind == "vm")) for kind in TITLES)
    return (
        *(Ability(TITLES[kind], not found, " ".join(found) or _TEXTS[kind]) for kind, found in obstacles.items()),
        Ability("engine pack", ready["capsule"], f"{suite}: {pack_is}"),
        Ability("machine's image", ready["vm"], f"{suite}: {image_is}"),
        Ability("building packs", apt.available(), build),
    )


def _has_all(kind: Kind, ready: dict[Kind, bool]) -> bool:
    """Whether what such an engine is made of is there; a machine is made of the pack and of its own image."""
    return ready["capsule"] and (kind == "capsule" or ready["vm"])
