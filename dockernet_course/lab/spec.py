"""One container or network to be made: the ``docker`` line of it, and the same in the API's words. Pure.

What the command's options mean in the API is the CLI's own translation (docker/cli, ``cli/command/container/opts.go``);
a live test runs the lines with the real CLI and compares.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from ipaddress import ip_address
from typing import Any

from dockernet_course.errors import Refused
from dockernet_course.lab.names import PREDEFINED, joined, quoted

__all__ = ["ContainerSpec", "NetworkSpec", "argv_of", "many", "network_options"]

_NOT_MADE = ("", "default", *PREDEFINED)
_NEEDS_SHELL = re.compile(r"[|&;<>()$`\\*?\[\]#~!{}\n]|^\s*\w+=")
_BUILTINS = frozenset(
    ("cd", "command", "eval", "exec", "exit", "export", "read", "set", "type", "ulimit", "umask", "wait")
)


def argv_of(command: str | Sequence[str]) -> list[str]:
    """The words of a command; a string that needs a shell is given to one."""
    if not isinstance(command, str):
        return list(command)
    try:
        words = shlex.split(command)
    except ValueError:  # an open quotation mark: let the shell complain
        return ["sh", "-c", command]
    if _NEEDS_SHELL.search(command) or not words or words[0] in _BUILTINS:
        return ["sh", "-c", command]
    return words


def many(values: str | int | Sequence[str | int]) -> tuple[str, ...]:
    """One value or several, numbers too, as several texts."""
    return (str(values),) if isinstance(values, str | int) else tuple(map(str, values))


@dataclass(frozen=True)
class ContainerSpec:
    """What ``docker run`` is told. Names are the real ones; ``name`` None leaves it to Docker."""

    name: str | None
    image: str
    argv: Sequence[str] = ()
    network: str = ""
    publish: Sequence[str] = ()
    env: Mapping[str, str] = field(default_factory=dict)
    links: Sequence[str] = ()
    aliases: Sequence[str] = ()
    expose: Sequence[str] = ()
    cap_add: Sequence[str] = ()
    restart: str | None = None
    hostname: str | None = None

    def line(self, how: str = "-d") -> str:
        """``docker run -d --name web dockernet-lab:1``."""
        words = ["docker", "run", how, *self._options(), self.image, *self.argv]
        return shlex.join(words)

    def _options(self) -> Iterator[str]:
        single = {
            "--name": self.name,
            "--network": self.network,
            "--hostname": self.hostname,
            "--restart": self.restart,
        }
        several = {
            "--network-alias": self.aliases,
            "--publish": self.publish,
            "--expose": self.expose,
            "--env": [f"{key}={value}" for key, value in self.env.items()],
            "--link": self.links,
            "--cap-add": self.cap_add,
        }
        for option, value in single.items():
            if value:
                yield from (option, value)
        for option, values in several.items():
            for value in values:
                yield from (_SHORT.get(option, option), value)

    def body(self, labels: Mapping[str, str]) -> dict[str, Any]:
        """The body of ``POST /containers/create``. Raises Refused for a port that cannot be understood."""
        bindings = _bindings(self.publish)
        exposed: dict[str, Any] = {f"{port}/{protocol}": {} for port, protocol in map(_port, self.expose)}
        return {
            "Image": self.image,
            "Cmd": list(self.argv) or None,
            "Hostname": self.hostname or "",
            "Env": [f"{key}={value}" for key, value in self.env.items()],
            "ExposedPorts": {port: {} for port in bindings} | exposed,
            "Labels": dict(labels),
            "HostConfig": {
                "NetworkMode": self.network or "default",
                "PortBindings": bindings,
                "Links": list(self.links),
                "CapAdd": list(self.cap_add),
                "RestartPolicy": _policy(self.restart),
            },
            "NetworkingConfig": {"EndpointsConfig": self._endpoints()},
        }

    def _endpoints(self) -> dict[str, Any]:
        """Only a network that somebody made has settings of its own; aliases go along and are refused elsewhere."""
        own = self.network not in _NOT_MADE and not joined(self.network)
        if not own and not self.aliases:
            return {}
        return {self.network or "default": {"Aliases": list(self.aliases), "Links": list(self.links) if own else []}}


@dataclass(frozen=True)
class NetworkSpec:
    """What ``docker network create`` is told."""

    name: str
    driver: str = "bridge"
    subnet: str | None = None
    gateway: str | None = None
    internal: bool = False
    ipv6: bool = False
    options: Mapping[str, str] = field(default_factory=dict)

    def line(self) -> str:
        """``docker network create front``."""
        words = ["docker", "network", "create"]
        words += ["--driver", self.driver] if self.driver != "bridge" else []
        words += ["--subnet", self.subnet] if self.subnet else []
        words += ["--gateway", self.gateway] if self.gateway else []
        words += ["--internal"] if self.internal else []
        words += ["--ipv6"] if self.ipv6 else []
        words += [word for key, value in self.options.items() for word in ("-o", f"{key}={value}")]
        return shlex.join([*words, self.name])

    def body(self, labels: Mapping[str, str]) -> dict[str, Any]:
        """The body of ``POST /networks/create``."""
        pool = {"Subnet": self.subnet, "Gateway": self.gateway}
        return {
            "Name": self.name,
            "CheckDuplicate": True,
            "Driver": self.driver,
            "Internal": self.internal,
            "EnableIPv6": self.ipv6,
            "IPAM": {
                "Driver": "default",
                "Config": [{k: v for k, v in pool.items() if v}] if any(pool.values()) else [],
            },
            "Options": dict(self.options),
            "Labels": dict(labels),
        }


def network_options(aliases: Sequence[str], ip: str | None) -> list[str]:
    """The options of ``docker network connect``."""
    return [word for alias in aliases for word in ("--alias", alias)] + (["--ip", ip] if ip else [])


_PUBLISH = "Write '8080:80', '80', '127.0.0.1:8080:80' or '8080:80/udp'."
_SHORT = {"--publish": "-p", "--env": "-e"}


def _bindings(publish: Sequence[str]) -> dict[str, list[dict[str, str]]]:
    from docker.utils.ports import split_port

    found: dict[str, list[dict[str, str]]] = {}
    for text in publish:
        try:
            inside, outside = split_port(text)
            for port, host in zip(inside, outside or [None] * len(inside), strict=True):
                address, number = host if isinstance(host, tuple) else ("", host)
                binding = {"HostIp": str(ip_address(address)) if address else "", "HostPort": number or ""}
                found.setdefault("/".join(_port(port)), []).append(binding)
        except ValueError:
            raise Refused(f"{quoted(text)} cannot be published.", cure=_PUBLISH) from None
    return found


def _port(text: str) -> tuple[str, str]:
    number, _, protocol = text.partition("/")
    return number, protocol or "tcp"


def _policy(restart: str | None) -> dict[str, Any]:
    name, colon, most = (restart or "no").partition(":")
    if colon and not most.isdecimal():
        raise Refused(f"{quoted(restart)} is no restart policy.", cure="Write 'always' or 'on-failure:3', for example.")
    return {"Name": name, "MaximumRetryCount": int(most or 0)}
