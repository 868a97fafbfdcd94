"""A rehearsal: the networks of a Compose file in a private engine, with stand-ins for its images."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import redirect_stdout
from dataclasses import dataclass, field, replace
from io import StringIO
from pathlib import Path
from types import TracebackType

from dockernet_course.engines import Engine, compose, find_engine, pack
from dockernet_course.errors import Refused
from dockernet_course.experiments import Matrix, Way, reachability
from dockernet_course.lab import COMPOSE_SERVICE, ContainerHandle, Lab, open_lab
from dockernet_course.lab import compose as projects
from dockernet_course.observe import Topology, observe
from dockernet_course.rehearsal.findings import ComposeFinding, findings
from dockernet_course.rehearsal.model import ComposeProject, project_of
from dockernet_course.rehearsal.ports import listens_at
from dockernet_course.rehearsal.reading import Reading, read
from dockernet_course.rehearsal.source import ENV_FILE, ComposeText, text_of
from dockernet_course.rehearsal.stand_ins import StandIns, stand_ins
from dockernet_course.scratch import scratch

__all__ = ["LeftOut", "Rehearsal", "rehearse"]

_ENGINE = "rehearsal"


@dataclass(frozen=True)
class LeftOut:
    """What cannot be rebuilt, or is rebuilt otherwise, and the line of the file that asks for it."""

    line: int
    text: str

    def __str__(self) -> str:
        return f"line {self.line}: {self.text}"


@dataclass(frozen=True, repr=False)
class Rehearsal:
    """What came of it. ``topology`` is for ``show_map``; ``unknown`` are services of whose ports nothing tells.

    ``containers`` has the name of each service's stand-in.

    Its lab stays open until it is closed: ``with rehearse("compose.yaml") as rehearsal``, or at the process's end.
    """

    file: Path
    project: ComposeProject
    topology: Topology
    findings: tuple[ComposeFinding, ...]
    left_out: tuple[LeftOut, ...]
    unknown: tuple[str, ...]
    containers: Mapping[str, str]
    lab: Lab = field(compare=False)

    def matrix(self, ways: Iterable[Way] = ("name", "address", "port")) -> Matrix:
        """Who reaches whom, measured now: ``show_matrix`` draws it. A service of unknown ports has none to ask at."""
        measured = reachability(self.lab, ways=ways)
        silent = {self.containers[service] for service in self.unknown}
        cells = (
            replace(cell, probe=None) if cell.way == "port" and cell.target in silent else cell for cell in measured
        )
        return replace(measured, cells=tuple(cells))

    def close(self) -> None:
        """Remove all of it. A second call does nothing."""
        self.lab.close()

    def __enter__(self) -> Rehearsal:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def __repr__(self) -> str:
        return "\n".join(self._lines())

    def _lines(self) -> Iterator[str]:
        count = f"{_count(self.project.services, 'service')} in {_count(self.project.networks, 'network')}"
        yield f"Rehearsed: {self.file.name}, {count}, with stand-ins for the images."
        yield from _section("Findings", map(str, self.findings))
        yield from _section("At which ports these listen, nothing tells", self.unknown)
        yield from _section("Not rebuilt, or otherwise", map(str, self.left_out))


def rehearse(
    file: str | Path = "compose.yaml",
    *,
    profiles: str | Sequence[str] = (),
    engine: Engine | None = None,
    progress: pack.Progress | None = None,
) -> Rehearsal:
    """Rebuild the networks of any Compose file, with all who are in them, and look at what the file says.

    The real plugin reads the file. Networks, names, aliases, ports, network modes, links, extra hosts and static
    addresses are rebuilt in a private engine (or the private ``engine`` that is given); nothing of the machine that
    the file names is touched, no image is pulled. Where no service is without a profile, or others are wanted,
    ``profiles`` names some.

    Raises NotFound (no such file), Refused (the plugin's words), PackError (no plugin to be had), EngineError.
    """
    text, progress = text_of(Path(file)), progress or projects.lines()
    reading = read(compose.plugin(progress=progress), text, os.environ)
    project = _active(project_of(reading.config), text, [profiles] if isinstance(profiles, str) else profiles)
    made = stand_ins(project)
    found = engine or find_engine("private", capsule=_ENGINE, progress=progress)
    if not found.private:
        raise Refused("A rehearsal needs a private engine.", cure="Leave it out, or find_engine('private').")
    lab = open_lab(found, "rehearsal")
    try:
        containers = _brought_up(lab, project, made)
        topology = observe(lab)
    except BaseException:
        lab.close()
        raise
    return Rehearsal(
        file=text.path,
        project=project,
        topology=topology,
        findings=findings(project, text),
        left_out=_left_out(made, reading, text, project),
        unknown=tuple(each.name for each in project.services if not listens_at(each)),
        containers={service: handle.name for service, handle in containers.items()},
        lab=lab,
    )


def _active(project: ComposeProject, text: ComposeText, profiles: Sequence[str]) -> ComposeProject:
    """Without the services of profiles that are not asked for, as ``docker compose up`` does it."""
    wanted = {*profiles}
    active = tuple(s for s in project.services if not s.profiles or "*" in wanted or wanted & {*s.profiles})
    if not active:
        names = ", ".join(sorted({name for service in project.services for name in service.profiles}))
        raise Refused(f"{text.path} has no service to rehearse.", state=f"Its profiles: {names}" if names else "")
    used = {each.network for service in active for each in service.networks}
    return ComposeProject(project.name, active, tuple(each for each in project.networks if each.key in used))


def _brought_up(lab: Lab, project: ComposeProject, made: StandIns) -> dict[str, ContainerHandle]:
    """The stand-ins by their services, once they listen."""
    with scratch("rehearsal") as folder:
        file = folder / "compose.json"
        file.write_text(json.dumps(made.file), "utf-8")
        with redirect_stdout(StringIO()):  # its line is of no use to anybody
            handles = lab.compose(file)
    found = {lab.api_inspect(each.id)["Config"]["Labels"][COMPOSE_SERVICE]: each for each in handles}
    for service in project.services:
        first = next((port for port in listens_at(service) if port.endswith("/tcp")), None)
        if first is not None:
            found[service.name].wait_ready(int(first.partition("/")[0]))
    return found


def _left_out(made: StandIns, reading: Reading, text: ComposeText, project: ComposeProject) -> tuple[LeftOut, ...]:
    found = [LeftOut(text.line(*keys), words) for keys, words in made.changed]
    found += [
        LeftOut(text.line("services", each.name, ENV_FILE), f"{each.name}: a file of variables, which is not read")
        for each in project.services
        if text.has("services", each.name, ENV_FILE)
    ]
    unset = dict.fromkeys(reading.blank, "it is blank")
    unset |= {name: f"{value} stands in" for name, value in reading.instead.items()}
    found += [LeftOut(_use(text, name), f"the variable {name} is set nowhere: {how}") for name, how in unset.items()]
    return tuple(sorted(dict.fromkeys(found), key=lambda each: (each.line, each.text)))


def _use(text: ComposeText, variable: str) -> int:
    """The first line that names the variable."""
    numbered = enumerate(text.text.splitlines(), 1)
    return next((number for number, line in numbered if re.search(rf"\${{?{variable}\b", line)), 1)


def _count(things: Sequence[object], what: str) -> str:
    return f"{len(things)} {what}{'' if len(things) == 1 else 's'}"


def _section(title: str, lines: Iterable[str]) -> Iterator[str]:
    shown = [*lines]
    if shown:
        yield f"{title}:"
        yield from (f"  {_plain(line)}" for line in shown)


def _plain(line: str) -> str:
    """A stranger's file may hold signs that would steer the terminal."""
    return "".join(sign if sign.isprintable() else "\N{REPLACEMENT CHARACTER}" for sign in line)
