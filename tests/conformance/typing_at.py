"""Someone types an operation of the table at a shell on an engine's host."""

from __future__ import annotations

import json
import shlex
import socket
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

from tests.conformance.table import DEADLINE, IMAGE, Answer, Operation, State, names_in, normalised, state_of

__all__ = ["Host", "Seen"]

_HOSTS_SIDE = "ip -j addr; echo; iptables-save | grep ^-"


@dataclass(frozen=True)
class Seen:
    """What an operation answered, and how the engine and its host were afterwards."""

    answer: Answer
    state: State


@dataclass(frozen=True)
class Host:
    """An engine's host. ``argv`` makes, of a command, the one that runs it there; ``socket`` is the engine's."""

    name: str
    suite: str
    argv: Callable[[list[str]], list[str]]
    socket: Path

    def do(self, operation: Operation) -> Seen:
        """Clean, prepare, do it, look. Raises AssertionError if the preparation fails or anything hangs."""
        self.clean()
        for line in operation.given:
            code, text = self._type(line)
            assert code == 0, f"{operation.id} on {self.name}: given {line!r}: {text}"
        code, text = self._type(operation.run)
        assert code != 137, f"{operation.id} hangs on {self.name}: {text}"
        state, names = self._look()
        return Seen(Answer(code, normalised(text, names)), state)

    def state(self) -> State:
        """How the engine and its host are now."""
        return self._look()[0]

    def clean(self) -> None:
        """Take everything out of the engine but the lab image."""
        for one in self._ask("GET", "/containers/json?all=1"):
            self._ask("DELETE", f"/containers/{one['Id']}?force=1&v=1")
        for one in self._ask("GET", '/networks?filters={"type":["custom"]}'):
            self._ask("DELETE", f"/networks/{one['Id']}")
        for one in self._ask("GET", "/volumes")["Volumes"] or ():
            self._ask("DELETE", f"/volumes/{one['Name']}")
        for one in self._ask("GET", "/images/json"):
            for tag in one["RepoTags"] or ():
                if tag != IMAGE:
                    self._ask("DELETE", f"/images/{tag}?force=1")

    def load(self, image: Path) -> None:
        """Give the engine the lab image."""
        self._ask("POST", "/images/load", image.read_bytes())

    def _look(self) -> tuple[State, dict[str, str]]:
        containers = [
            self._ask("GET", f"/containers/{one['Id']}/json") for one in self._ask("GET", "/containers/json?all=1")
        ]
        networks = [self._ask("GET", f"/networks/{one['Id']}") for one in self._ask("GET", "/networks")]
        links, _, rules = self._type(_HOSTS_SIDE)[1].partition("\n\n")
        names = names_in(containers, networks)
        seen = (containers, networks, self._ask("GET", "/volumes")["Volumes"] or [], json.loads(links), rules)
        return state_of(*json.loads(normalised(json.dumps(seen), names))), names

    def _ask(self, method: str, path: str, body: bytes | None = None) -> Any:
        connection = HTTPConnection("docker", timeout=DEADLINE)
        connection.sock = socket.socket(socket.AF_UNIX)
        connection.sock.settimeout(DEADLINE)
        connection.sock.connect(str(self.socket))
        connection.request(method, path, body)
        text = connection.getresponse().read()
        connection.close()
        return json.loads(text) if text.startswith((b"{", b"[")) else None

    def _type(self, line: str) -> tuple[int, str]:
        """One line, and what comes of it; standard error goes where standard output goes, as on a terminal.

        The exit code is 137 if it had to be killed.
        """
        script = f"export I={IMAGE}; exec timeout -s KILL {DEADLINE} sh -c {shlex.quote(line)} 2>&1"
        argv = self.argv(["sh", "-c", script])
        ran = subprocess.run(argv, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True, timeout=DEADLINE + 10)
        return ran.returncode, ran.stdout
