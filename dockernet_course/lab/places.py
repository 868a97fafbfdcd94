"""The places beside the containers where commands run: the engine's host, and the network outside of it."""

from __future__ import annotations

import contextlib
import json
import shlex
from collections.abc import Sequence
from typing import TYPE_CHECKING

from dockernet_course.engines.capsule import outside
from dockernet_course.lab import changes
from dockernet_course.lab.output import Output

if TYPE_CHECKING:
    from dockernet_course.lab.core import Lab

__all__ = ["Host", "Outside"]


class _Place:
    """A place with a name, where the observer runs shell commands: its files and programs, the place's network."""

    name: str
    _enter: tuple[str, ...] = ()

    def __init__(self, lab: Lab) -> None:
        self._lab = lab

    def sh(self, command: str | Sequence[str], *, timeout: float = 60) -> Output:
        """Run a command and show what it prints; one that fails is shown too, not raised. Raises WaitTimeout."""
        line = command if isinstance(command, str) else shlex.join(command)
        done = self._lab.observer.run([*self._enter, "sh", "-c", f"exec 2>&1\n{line}"], timeout)
        return Output(line, done.text, done.exit_code, prompt=f"{self.name}$")

    def __repr__(self) -> str:
        return f"<{self.name}>"


class Host(_Place):
    """The engine's host, as far as its network and its processes are concerned. ``lab.host("ip addr")``."""

    name = "host"

    def __call__(self, command: str | Sequence[str], *, timeout: float = 60) -> Output:
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

    def rule(self, rule: str) -> contextlib.AbstractContextManager[None]:
        """Have a rule in front of a chain of the firewall while a block runs: ``iptables -I`` (iptables(8)).

        ``with lab.host.rule("INPUT -p tcp --dport 8080 -j DROP"): …`` Raises Refused: see ``lab/changes.py``.
        """
        return changes.changed(self, f"iptables -I {rule}", f"iptables -D {rule}")

    def setting(self, name: str, value: object) -> contextlib.AbstractContextManager[None]:
        """Have a setting of the kernel's network at another value while a block runs: ``sysctl -w`` (sysctl(8)).

        Raises Refused where ``can_set`` is false.
        """
        before = self.sh(f"sysctl -n {name}").text.strip()
        shown, undone = (f"sysctl -w {name}={each}" for each in (value, before))
        return changes.changed(self, shown, undone, changes.set_to(name, value), changes.set_to(name, before))

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
