"""The observer: one container per lab that sees what the host sees.

It is in the host's network and pid namespaces with the few capabilities that looking takes; it is never privileged,
and it never has the engine's socket. Its files are its own, except for ``/run/netns``, which leads to the host's, so
that ``ip netns`` says what it says there.
"""

from __future__ import annotations

import re
import time
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from threading import Lock
from typing import Any

from dockernet_course.engines import LAB_IMAGE
from dockernet_course.errors import CommandFailed, ContainerExited, LabError, NotFound, Refused
from dockernet_course.lab.api import Api, Executed
from dockernet_course.lab.commands import Commands

__all__ = ["OBSERVER", "Observer", "script_argv"]

OBSERVER = "dockernet-observer-"
# NET_BROADCAST: to listen to all namespaces (netlink(7)); SYS_PTRACE: to look at a process's namespaces (proc(5));
# SYS_ADMIN: to enter them (setns(2)).
_CAPABILITIES = ("NET_ADMIN", "NET_RAW", "NET_BROADCAST", "SYS_PTRACE", "SYS_ADMIN")
_RUN = ("/run", "/var/run")  # file systems of its own: with userns-remap, its image's folders are another's
_NETNS = f"for run in {' '.join(_RUN)}; do ln -sfn /proc/1/root/run/netns $run/; done"
_LASTS = "2147483647"  # seconds; as its first process has them among its words, it can be told from others
_LIFE = f"{_NETNS}; exec sleep {_LASTS}"
_GONE = "It cannot be seen any more: the observer was removed by hand, or another lab was opened in this engine."
_FURNISHING = 5.0  # seconds; more than it ever takes, and no reason to fail
_PROBE = ("readlink", "/proc/1/ns/net")
# Its text is no argument, so that the host's list of processes stays readable.
_SERVER = ("python3", "-ISc", "import os; exec(os.environ.pop('SERVER'))")
_FROM_HERE = re.compile(r"^from dockernet_course\.\w+\.in_observer\.(\w+) import .*\n", re.MULTILINE)
_KILLED = Executed(((2, b"It was ended from outside.\n"),), 137)  # 128 and SIGKILL's number, as an exec's exit code


class Observer:
    """A running observer. ``start`` makes it."""

    def __init__(self, api: Api, ident: str, name: str, *, served: bool = False) -> None:
        """``served``: a server in it is to start the commands; whoever only cleans takes an exec for each."""
        self._api, self.id, self.name = api, ident, name
        self._commands: Commands | None = None
        self._starting, self._served = Lock(), served

    @classmethod
    def start(cls, api: Api, lab: str, labels: Mapping[str, str]) -> Observer:
        """Start the lab's observer; without AppArmor's profile only where a look at the host fails with it.

        Raises Refused when it cannot look at the host at all.
        """
        name = OBSERVER + lab
        observer = cls._started(api, name, labels, [])
        if any("apparmor" in option for option in api.info().get("SecurityOptions") or ()) and not observer._sees():
            api.delete(f"/containers/{observer.id}", f"docker rm -f {name}", query={"force": 1})
            observer = cls._started(api, name, labels, ["apparmor=unconfined"])
            if not observer._sees():
                raise Refused(
                    "This engine does not let a container look at the host's namespaces.",
                    state=observer._look().text,
                    cure="Use the private engine instead: DOCKERNET_ENGINE=capsule.",
                )
        return observer

    @classmethod
    def _started(cls, api: Api, name: str, labels: Mapping[str, str], security: list[str]) -> Observer:
        doing = f"docker run -d --name {name} --network host --pid host {LAB_IMAGE}"
        ident, _ = api.create(name, _body(labels, security), doing)
        api.post(f"/containers/{ident}/start", doing)
        observer = cls(api, ident, name, served=True)
        try:
            observer._require_the_hosts_processes(observer._furnished())
        except LabError:
            api.delete(f"/containers/{ident}", f"docker rm -f {name}", query={"force": 1})
            raise
        return observer

    def exec(self, argv: Sequence[str]) -> bytes:
        """Run a command in the observer; its standard output. Raises CommandFailed when it fails."""
        done = self.run(argv)
        if done.exit_code:
            raise CommandFailed(
                f"A command in the observer ended with exit code {done.exit_code}: {argv[0]}", state=done.text[-2000:]
            )
        return done.stdout

    def run(self, argv: Sequence[str], timeout: float | None = None) -> Executed:
        """Run a command in the observer, however it ends. Raises LabError when there is no observer any more."""
        doing = f"docker exec {self.name} {argv[0]} …"
        try:
            commands = self._server()
            if commands is None:
                return self._api.exec(self.id, argv, doing, timeout)
            with self._api.asking(doing):
                done = commands.run(argv, doing, timeout)
        except (NotFound, ContainerExited) as error:
            raise LabError(_GONE, state=error.state, cure="Begin the chapter, or open the view, again.") from None
        if done is None:
            self.require()
        return done or _KILLED

    def close(self) -> None:
        """End what runs in it by ``run``."""
        if self._commands:
            self._commands.close()

    def _server(self) -> Commands | None:
        """What starts commands in it; None where each takes an exec, as connection or kernel are not made for it."""
        with self._starting:
            if self._served and not (self._commands and self._commands.usable):
                doing = f"docker exec -i {self.name} python3 …"
                argv = [*_SERVER, str(self._api.inspect(self.id)["State"]["Pid"])]
                stream = self._api.open_exec(self.id, argv, {"SERVER": source("lab", "server.py")}, doing)
                self._commands = Commands(stream, self._api.patience, self.require) if stream else None
                with self._api.asking(doing):
                    self._served = self._commands is not None and self._commands.run(["true"], doing) is not None
            return self._commands if self._served else None

    def require(self) -> None:
        """Raise LabError when there is no observer any more: then the lab is not open any more, either."""
        try:
            there = self._api.inspect(self.id)["State"]["Running"]
        except NotFound:
            there = False
        if not there:
            raise LabError(_GONE, cure="Begin the chapter, or open the view, again.")

    def _furnished(self) -> str:
        """Wait until its first process has made the way to the host's ``/run/netns``, a moment after the start.

        The words of the process that has, where the observer looks, the number of its first process on the host.
        Raises LabError when the way is not made.
        """
        end, pid = time.monotonic() + _FURNISHING, self._api.inspect(self.id)["State"]["Pid"]
        look = ["sh", "-c", f"test -L /run/netns || exit 9; cat /proc/{pid}/cmdline 2>/dev/null"]  # before: runc's
        while ((seen := self.run(look)).exit_code or not seen.text) and time.monotonic() < end:
            time.sleep(0.01)  # while it becomes ``sleep`` (execve(2)), it has no words for an instant
        if seen.exit_code == 9:
            raise LabError(
                "The observer could not make a way to the host's network namespaces.",
                state=self._api.logs(self.id) or "It printed nothing.",
                cure="Use the private engine instead: DOCKERNET_ENGINE=capsule.",
            )
        return seen.text

    def _require_the_hosts_processes(self, words: str) -> None:
        """Raise Refused where its pid namespace is not the host's, though that was asked for: it would see nobody."""
        if _LASTS not in words:
            raise Refused(
                "This engine does not show a container the host's processes: --pid=host gave it others.",
                state="crun does so where the engine asks for a time namespace, as Docker Engine does from 29.5 on.",
                cure="Let the engine use runc, or take the private engine instead: DOCKERNET_ENGINE=capsule.",
            )

    def _look(self) -> Executed:
        return self.run(_PROBE)

    def _sees(self) -> bool:
        return not self._look().exit_code


def _body(labels: Mapping[str, str], security: list[str]) -> dict[str, Any]:
    return {
        "Image": LAB_IMAGE,
        "Cmd": ["sh", "-c", _LIFE],
        "Labels": dict(labels),
        "HostConfig": {
            "NetworkMode": "host",
            "PidMode": "host",
            "UsernsMode": "host",
            "CapDrop": ["ALL"],
            "CapAdd": list(_CAPABILITIES),
            "SecurityOpt": security,
            "Tmpfs": dict.fromkeys(_RUN, ""),
        },
    }


def script_argv(package: str, script: str, *arguments: str) -> list[str]:
    """The command that runs a script in the observer, as text: see ``source``."""
    return ["python3", "-ISc", source(package, script), *arguments]


@cache
def source(package: str, script: str) -> str:
    """The text of a file in the folder ``in_observer`` of that package.

    In the observer there is no package: in place of an import from the same folder stands that file, once.
    """
    folder = Path(__file__).parents[1] / package / "in_observer"  # also where a watchdog has no real packages
    there: set[str] = set()

    def inlined(name: str) -> str:
        if name in there:
            return ""
        there.add(name)
        return _FROM_HERE.sub(lambda found: inlined(found[1]), (folder / f"{name}.py").read_text(encoding="utf-8"))

    return inlined(script.removesuffix(".py"))
