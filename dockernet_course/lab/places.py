"""The places beside the containers where commands run: the engine's host, and the network outside of it."""

from __future__ import annotations

import json
import shlex
from collections.abc import Callable, Sequence
from typing import Literal, TypeVar

from dockernet_course.engines import outside
from dockernet_course.lab import changes
from dockernet_course.lab.handles import ContainerHandle
from dockernet_course.lab.output import Output
from dockernet_course.lab.session import Session

__all__ = ["Host", "Outside"]

Result = TypeVar("Result")


class _Place:
    """A place with a name, where the observer runs shell commands: its files and programs, the place's network."""

    name: str
    _enter: tuple[str, ...] = ()

    def __init__(self, session: Session) -> None:
        self._session = session

    def sh(self, command: str | Sequence[str], *, timeout: float | None = None) -> Output:
        """Run a command and show what it prints; one that fails is shown too, not raised. Raises WaitTimeout."""
        line = command if isinstance(command, str) else shlex.join(command)
        done = self._session.observer.run([*self._enter, "sh", "-c", f"exec 2>&1\n{line}"], timeout)
        return Output(line, done.text, done.exit_code, prompt=f"{self.name}$")

    def __repr__(self) -> str:
        return f"<{self.name}>"


class Host(_Place):
    """The engine's host, as far as its network and its processes are concerned. ``lab.host("ip addr")``."""

    name = "host"

    def __call__(self, command: str | Sequence[str], *, timeout: float | None = None) -> Output:
        """The same as ``sh``."""
        return self.sh(command, timeout=timeout)

    @property
    def address(self) -> str | None:
        """The IPv4 address with which the host speaks to the outside, None where it has no way out."""
        routes = json.loads(self.sh("ip -json -4 route show default").text or "[]")
        links = json.loads(self.sh("ip -json -4 address show scope global").text or "[]")
        out = [route["dev"] for route in routes if "dev" in route]
        found: list[str] = [a["local"] for link in links if link.get("ifname") in out[:1] for a in link["addr_info"]]
        return next(iter(found), None)

    @property
    def private(self) -> bool:
        """Whether it belongs to the course: the host of a private engine."""
        return self._session.private

    def with_rule(
        self, rule: str, action: Callable[[], Result], *, tool: Literal["iptables", "ip6tables"] = "iptables"
    ) -> Result:
        """What an action gives while a rule is in front of a chain of the firewall: ``iptables -I`` (iptables(8)).

        ``lab.host.with_rule("INPUT -p tcp --dport 8080 -j DROP", lambda: connect(…))``; each family has its own
        ``tool`` and its own chains. Raises Refused on the learner's own host, or when the rule cannot be made.
        """
        with changes.changed(self, f"{tool} -I {rule}", f"{tool} -D {rule}"):
            return action()

    def with_setting(
        self, name: str, value: object, action: Callable[[], Result], *, inside: ContainerHandle | None = None
    ) -> Result:
        """What an action gives while a setting of the kernel's network has another value: ``sysctl -w`` (sysctl(8)).

        The host's, or that of the network namespace ``inside`` a container. Raises Refused where ``can_set`` is false.
        """
        enter = self._into(inside)
        before = self.sh(f"{enter}sysctl -n {name}").text.strip()
        shown, undone = (f"{enter}sysctl -w {name}={each}" for each in (value, before))
        do, undo = (enter + changes.set_to(name, each) for each in (value, before))
        with changes.changed(self, shown, undone, do, undo, ours=inside is not None):
            return action()

    def can_set(self, name: str, *, inside: ContainerHandle | None = None) -> bool:
        """Whether the kernel's setting can be changed: where ``/proc/sys`` can be written, and nothing of yours is."""
        return (inside is not None or self.private) and changes.can_set(self, name, self._into(inside))

    def _into(self, container: ContainerHandle | None) -> str:
        """What leads a command into the container's network namespace (nsenter(1)); nothing for the host's own."""
        return f"nsenter -t {self._session.api.inspect(container.id)['State']['Pid']} -n " if container else ""


class Outside(_Place):
    """Somebody on another network, beyond the host's uplink: ``lab.outside.sh("curl http://host.example:8080")``.

    A private engine has one, with no way further. ``server`` is the name of a web server there, that answers with
    whom it sees; ``host`` and ``host6`` are the names under which the outside knows the engine's host: its IPv4
    address, and its IPv6 address.
    """

    name = "outside"
    server = outside.SERVER
    host, host6 = outside.HOST_NAME, outside.HOST6_NAME
    address = outside.CLIENT
    _enter = ("nsenter", f"--net=/proc/1/root{outside.NAMESPACE}")
