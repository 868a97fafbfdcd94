"""What the learner holds of a container or a network: its names, and what can be done with it."""

from __future__ import annotations

import shlex
import time
from collections.abc import Mapping, Sequence
from typing import Protocol

from dockernet_course.errors import ContainerExited, Refused, WaitTimeout
from dockernet_course.lab import addressing, starting, unused
from dockernet_course.lab.lab_session import LabSession
from dockernet_course.lab.output import Output
from dockernet_course.lab.seen import SeenContainer
from dockernet_course.lab.spec import argv_of

__all__ = ["ContainerHandle", "NetworkHandle"]

_LIST_LAG = 2.0  # seconds; more than it ever was, and bounded where a restart policy starts it again


class Names(Protocol):
    """Which of the text's names stands for what in the engine: see ``registry``."""

    session: LabSession

    def network(self, wanted: str | NetworkHandle) -> NetworkHandle:
        """The lab's network of that name."""

    def real_container_name(self, name: str) -> str:
        """Under which name a new container can be made."""


class NetworkHandle:
    """A network. ``name`` is the one in the text, ``real_name`` the one that the engine knows."""

    kind = "network"

    def __init__(self, session: LabSession, name: str, real_name: str, ident: str) -> None:
        self._session, self.name, self.real_name, self.id = session, name, real_name, ident

    def remove(self) -> None:
        """Remove it. Raises InUse when containers are in it, Refused for one of Docker's own."""
        line = shlex.join(["docker", "network", "rm", self.real_name])
        with self._session.doing(line):
            self._session.api.delete(f"/networks/{self.id}", line)

    def __repr__(self) -> str:
        return f"<network {self.name}>"


class ContainerHandle(SeenContainer):
    """A container of the lab's, in which commands run, too."""

    def __init__(self, names: Names, name: str, real_name: str, ident: str) -> None:
        self._names = names
        self._session: LabSession = names.session
        super().__init__(self._session, name, real_name, ident)

    def sh(self, command: str | Sequence[str], *, timeout: float | None = None) -> Output:
        """Run a command in it and show what it prints; a command that fails is shown too, not raised.

        ``timeout`` is in seconds of silence. Raises ContainerExited when the container does not run, WaitTimeout.
        """
        output = self.quietly(argv_of(command), timeout=timeout)
        self._session.note(output.command)
        return output

    @property
    def within(self) -> SeenContainer:
        """The same container, asked from its network with our tools: for an image without a shell."""
        return SeenContainer(self._session, self.name, self.real_name, self.id)

    def quietly(self, argv: Sequence[str], *, timeout: float | None = None) -> Output:
        """The same, without a line among the lab's ``commands``."""
        line = shlex.join(["docker", "exec", self.real_name, *argv])
        try:
            done = self._session.api.exec(self.id, argv, line, timeout)
        except ContainerExited as error:
            raise _exited(self._session, self.id, error.what) from None
        except WaitTimeout:
            silence = timeout or self._session.api.patience
            raise WaitTimeout(
                f"The command has printed nothing for {silence:g} seconds and has not ended: {line}",
                state=starting.last_words(self._session.api, self.id),
                cure="It goes on in the container; .restart() ends it.",
            ) from None
        return Output(line, done.text, done.exit_code)

    def address(self, network: str | NetworkHandle | None = None) -> str:
        """Its IPv4 address in that network, or its only one; one that joined another container has that one's.

        Raises NotFound when it has none there: it does not run, or is in no network, or in several.
        """
        wanted = self._names.network(network) if isinstance(network, str) else network
        held = addressing.addresses(self._session.api, self.id)
        return addressing.the_one(self.real_name, held, wanted.real_name if wanted else None)

    def stop(self, timeout: int | None = None) -> None:
        """Ask it to end, and kill it after ``timeout`` seconds (Docker's default is 10)."""
        if timeout is None:
            self._act("stop", self._line("stop"))
        else:
            self._act("stop", self._line("stop", "-t", str(timeout)), takes=timeout, query={"t": timeout})

    def start(self) -> None:
        """Start it again, as ``lab.run`` does. Raises ContainerExited when it ends at once."""
        self._begin("start")

    def restart(self) -> None:
        """Stop it and start it again; it may get another address. Raises ContainerExited when it ends at once."""
        self._begin("restart")

    def kill(self) -> None:
        """End it at once, by SIGKILL: ``docker kill``."""
        self._act("kill", self._line("kill"))

    def rename(self, new: str) -> None:
        """Give it another name. Raises InvalidName, NameTaken."""
        real = self._names.real_container_name(new)
        line = shlex.join(["docker", "rename", self.real_name, real])
        with self._session.doing(line):
            self._session.api.post(f"/containers/{self.id}/rename", line, query={"name": real})
        self.name, self.real_name = new, real

    def remove(self) -> None:
        """Remove it, running or not: ``docker rm -f``."""
        line = shlex.join(["docker", "rm", "-f", self.real_name])
        with self._session.doing(line):
            self._session.api.delete(f"/containers/{self.id}", line, query={"force": 1})

    def logs(self) -> Output:
        """What its main process printed; where the log driver keeps nothing, the engine's words, and exit code 1."""
        line = self._line("logs")
        try:
            return Output(line, self._session.api.logs(self.id))
        except Refused as error:
            return Output(line, f"{error.state}\n", 1)

    def wait_ready(self, port: int = 80, *, timeout: float | None = None) -> None:
        """Wait until something in its network namespace listens on the TCP port: running is not ready.

        Raises ContainerExited when it ends meanwhile, WaitTimeout with its state and last words.
        """
        limit = timeout or self._session.api.patience
        end = time.monotonic() + limit
        while not self._listens(port):
            if time.monotonic() > end:
                raise WaitTimeout(
                    f"Nothing in the container {self.real_name} listens on port {port} after {limit:g} seconds.",
                    state=starting.last_words(self._session.api, self.id),
                    cure="Look at what it printed; is it the right port?",
                )
            time.sleep(0.05)

    def _listens(self, port: int) -> bool:
        state = self._session.api.inspect(self.id)["State"]
        if not state["Running"]:
            raise _exited(
                self._session, self.id, f"The container {self.real_name} ended before it listened on port {port}."
            )
        tables = self._session.observer.run(["sh", "-c", f"cat /proc/{state['Pid']}/net/tcp*"]).text
        return port in unused.listening(tables)

    def _begin(self, action: str) -> None:
        line = self._line(action)
        with self._session.doing(line):
            starting.started(self._session.api, self._session.observer, self.id, line, action)

    def _line(self, action: str, *options: str) -> str:
        return shlex.join(["docker", action, *options, self.real_name])

    def _act(self, action: str, line: str, *, takes: int = 0, query: Mapping[str, int] | None = None) -> None:
        with self._session.doing(line):
            self._session.api.post(f"/containers/{self.id}/{action}", line, takes=takes, query=query)
            self._until_listed_as_ended()

    def _until_listed_as_ended(self) -> None:
        """The engine's list of containers says a moment later than its answer that one has ended."""
        end = time.monotonic() + _LIST_LAG
        while time.monotonic() < end:
            states = [c["State"] for c in self._session.api.containers() if c["Id"] == self.id]
            if states != ["running"]:
                return
            time.sleep(0.01)


def _exited(session: LabSession, ident: str, what: str) -> ContainerExited:
    return ContainerExited(
        what, state=starting.last_words(session.api, ident), cure="Start it again with .start(), or remove it."
    )
