"""A Compose project in the lab: brought up by the real plugin, with the lab's labels on all that it makes.

Compose reads the learner's file; a second one, made here, adds the labels (services, networks and volumes that the
file's own reading names) and forbids to pull. So the end of the lab, a watchdog, and the next lab find all of it.
"""

from __future__ import annotations

import json
import os
import re
import shlex
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from dockernet_course.engines import Engine, compose, pack
from dockernet_course.errors import DockernetError, NotFound, Refused
from dockernet_course.lab import cleaning
from dockernet_course.lab.api import Api, Json
from dockernet_course.lab.api_errors import meant, shortened
from dockernet_course.lab.compose_labels import COMPOSE_PROJECT
from dockernet_course.lab.lab_session import LabSession
from dockernet_course.lab.lease import LABEL
from dockernet_course.lab.names import free

__all__ = ["Call", "bring_up", "called", "labelled", "lines", "project_name", "read", "refused", "run"]

_UP = ("up", "-d", "--no-build", "--quiet-pull")
_KINDS = ("services", "networks", "volumes")
_LOG = re.compile(r'^(?:time="[^"]*" level=(\w+) msg=)?(.*)$')
_PROGRESS = re.compile(r"(Network|Container|Volume) \S+ +[A-Z][a-z]+$")
_CURE = "Change the file as it is said, or try 'docker compose config', which reads it without running anything."


class Call:
    """Compose, called for a file: ``argv`` starts it, its ``environment`` says which engine it is for."""

    def __init__(self, argv: Sequence[str], file: Path, environment: Mapping[str, str]) -> None:
        if not file.is_file():
            raise NotFound(f"There is no Compose file {file}.", state=f"This is {Path.cwd()}.")
        self.file, self._argv, self._environment = file, argv, environment

    def __call__(self, *words: str, files: Sequence[str] = (), given: str | None = None) -> str:
        """What Compose prints; ``given`` is what a file ``-`` holds. Raises one of ours, in its words."""
        options = [word for each in (str(self.file), *files) for word in ("-f", each)]
        done = run(self._argv, [*options, *words], self._environment, given)
        if done.returncode:
            raise refused(self.line(*words), done.stderr)
        return done.stdout

    def line(self, *words: str) -> str:
        """What a person types to do the same."""
        return shlex.join(["docker", "compose", "-f", str(self.file), *words])


def run(
    argv: Sequence[str], words: Sequence[str], environment: Mapping[str, str], given: str | None = None
) -> subprocess.CompletedProcess[str]:
    """Compose, however it ends; ``given`` is what it reads as the file ``-``."""
    told: dict[str, Any] = {"stdin": subprocess.DEVNULL} if given is None else {"input": given}
    return subprocess.run([*argv, *words], capture_output=True, text=True, env=dict(environment), check=False, **told)


def called(engine: Engine, file: Path) -> Call:
    """Compose for this engine and this file. Raises NotFound (no such file), PackError (no plugin to be had)."""
    return Call(compose.plugin(engine, lines()), file, {**os.environ, **engine.variables})


def read(call: Call, *options: str) -> Json:
    """The file as Compose itself reads it. Raises Refused with what it does not like."""
    found: Json = json.loads(call(*options, "config", "--format", "json"))
    return found


def bring_up(session: LabSession, call: Call, project: str | None, profiles: Sequence[str]) -> frozenset[str]:
    """``docker compose up -d``: the ids of the project's containers. If it fails, what it has made goes again."""
    api, options = session.api, [word for each in profiles for word in ("--profile", each)]
    config = read(call, *options)
    name = project_name(api, project or config["name"], session)
    options += ["-p", name] if name != config["name"] else []
    there = {thing.id for thing in cleaning.everything(api)}
    with session.doing(call.line(*options, "up", "-d")):
        try:
            call(*options, *_UP, files=["-"], given=json.dumps(labelled(config, session.labels)))
        except BaseException:
            made = cleaning.everything(api, session.lab)
            cleaning.remove(api, [thing for thing in made if thing.id not in there])
            raise
    return frozenset(c["Id"] for c in api.containers() if (c.get("Labels") or {}).get(COMPOSE_PROJECT) == name)


def labelled(config: Json, labels: Mapping[str, str]) -> dict[str, Any]:
    """A second Compose file: labels for everything that the first one makes, and no pull. External ones stay."""
    marks = {"labels": dict(labels)}
    found: dict[str, Any] = {
        kind: {name: marks for name, one in (config.get(kind) or {}).items() if not (one or {}).get("external")}
        for kind in _KINDS
    }
    found["services"] = {name: {**marks, "pull_policy": "never"} for name in found["services"]}
    return {kind: entries for kind, entries in found.items() if entries}


def project_name(api: Api, wanted: str, session: LabSession) -> str:
    """The project's name, or with a suffix if the engine has another one's project of that name."""
    seen = [each.get("Labels") or {} for each in (*api.containers(), *api.networks())]
    others = [] if session.private else [labels for labels in seen if labels.get(LABEL) != session.lab]
    real = free(wanted, [labels.get(COMPOSE_PROJECT, "") for labels in others])
    if real != wanted:
        print(f"This engine has a Compose project {wanted} already: the lab's is called {real}.")
    return real


def lines() -> pack.Progress:
    """Progress as lines: each thing that is done, once."""
    said: set[str] = {""}

    def told(what: str, _part: float) -> None:
        if what not in said:
            said.add(what)
            print(f"({what} …)")

    return told


def refused(line: str, said: str) -> DockernetError:
    """What Compose complains of: its last words, without its warnings and what it says on the way."""
    words = [found[2].strip() for text in said.splitlines() if (found := _LOG.match(text)) and found[1] != "warning"]
    state = "\n".join([text for text in words if text and not _PROGRESS.match(text)][-3:])
    return meant(line, shortened(state)) or Refused(f"Compose refused: {line}", state=shortened(state), cure=_CURE)
