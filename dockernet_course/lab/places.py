"""The places beside the containers where commands run: the engine's host, and the network outside of it."""

from __future__ import annotations

import json
import shlex
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, TypeVar

from dockernet_course.engines.capsule import outside
from dockernet_course.lab import changes
from dockernet_course.lab.output import Output

if TYPE_CHECKING:
    from dockernet_course.lab.core import Lab

__all__ = ["Host", "Outside"]

Result = TypeVar("Result")


class _Place:
    """A place with a name, where the observer runs shell commands: its files and programs, the place's network."""

    name: str
    _enter: tuple[str, ...] = ()

    def __init__(self, lab: Lab) -> None:
        self._lab = lab

    def sh(self, command: str | Sequence[str], *, timeout: float | None = None) -> Output:
        """Run a command and show what it prints; one that fails is shown too, not raised. Raises WaitTimeout."""
        line = command if isinstance(command, str) else shlex.join(command)
        done = self._lab.observer.run([*self._enter, "sh", "-c", f"exec 2>&1\n{line}"], timeout)
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
        return self._lab.engine.private

    def with_rule(self, rule: str, action: Callable[[], Result]) -> Result:
        """What an action gives while a rule is in front of a chain of the firewall: ``iptables -I`` (iptables(8)).

        ``lab.host.with_rule("INPUT -p tcp --dport 8080 -j DROP", lambda: connect(…))``
        Raises Refused on the learner's own host, or when the rule cannot be made.
        """
        with changes.changed(self, f"iptables -I {rule}", f"iptables -D {rule}"):
            return action()

    def with_setting(self, name: str, value: object, action: Callable[[], Result]) -> Result:
        """What an action gives while a setting of the kernel's network has another value: ``sysctl -w`` (sysctl(8)).

        Raises Refused where ``can_set`` is false.
        """
        before = self.sh(f"sysctl -n {name}").text.strip()
        shown, undone = (f"sysctl -w {name}={each}" for each in (value, before))
        with changes.changed(self, shown, undone, changes.set_to(name, value), changes.set_to(name, before)):
            return action()

    def can_set(self, name: str) -> bool:
        """Whether the kernel's setting can be changed: on a private engine, where ``/proc/sys`` can be written."""
        return changes.can_set(self, name)


class Outside(_Place):
    """Somebody on another network, beyond the host's uplink: ``lab.outside.sh("curl http://host.example:8080")``.

    A private engine has one, with no way further. ``server`` is the name of a web server there, that answers with
    whom it sees; ``host`` is the name under which the outside knows the engine's host.
    """

    name = "outside"
    server = outside.SERVER
    host = outside.HOST_NAME
    address = outside.CLIENT
    _enter = ("nsenter", f"--net=/proc/1/root{outside.NAMESPACE}")
