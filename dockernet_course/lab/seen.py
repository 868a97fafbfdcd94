"""A container that somebody made, as far as it can be asked: from its network namespace, with the observer's tools."""

from __future__ import annotations

import shlex
from collections.abc import Sequence

from dockernet_course.errors import ContainerExited
from dockernet_course.lab.output import Output
from dockernet_course.lab.session import Session
from dockernet_course.lab.spec import argv_of

__all__ = ["SeenContainer"]

_FILES = ("hosts", "resolv.conf")
_NO_FILE = 125  # none of the exit codes of the commands that are asked with


class SeenContainer:
    """A container. ``name`` is the one in the text, ``real_name`` the one that the engine knows."""

    kind = "container"

    def __init__(self, session: Session, name: str, real_name: str, ident: str) -> None:
        self._session = session
        self.name, self.real_name, self.id = name, real_name, ident

    def sh(self, command: str | Sequence[str], *, timeout: float | None = None) -> Output:
        """Run a command in its network namespace, with its resolver's files, and show what it prints.

        No process of it is in the container: programs and all other files are the observer's. Raises ContainerExited
        when the container does not run, WaitTimeout after ``timeout`` seconds of silence.
        """
        line = command if isinstance(command, str) else shlex.join(command)
        pid = self._session.api.inspect(self.id)["State"].get("Pid")
        if not pid:
            raise ContainerExited(f"The container {self.real_name} does not run.", cure="Start it first.")
        done = self._session.observer.run(_inside(pid, argv_of(command)), timeout)
        return Output(line, done.text, done.exit_code, prompt=f"{self.name}$")

    def __repr__(self) -> str:
        return f"<container {self.name}>"


def _inside(pid: int, argv: Sequence[str]) -> list[str]:
    """A command in the network namespace of a process, which finds names as it does (resolv.conf(5), hosts(5)).

    The files are copied to where a mount of the command's own, that nobody else sees, puts them over the observer's.
    """
    copied = " && ".join(
        f"cp /proc/{pid}/root/etc/{name} /mnt/{name} && mount --bind /mnt/{name} /etc/{name}" for name in _FILES
    )
    script = f'mount -t tmpfs names /mnt && {copied} || exit {_NO_FILE}; exec nsenter -t {pid} -n "$@"'
    return ["unshare", "-m", "sh", "-c", script, "sh", *argv]
