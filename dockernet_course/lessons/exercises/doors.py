"""What the judges of chapter 09 look for: which ports of the host lead to a container, and who answers behind them."""

from __future__ import annotations

from collections.abc import Iterable

from dockernet_course.experiments import Probe, connect
from dockernet_course.figures.grammar import listed
from dockernet_course.lessons.exercises import Context, Outcome, wrong
from dockernet_course.observe import Container, PortBinding

__all__ = ["asked", "doors", "for_all", "for_the_host", "listeners", "shut"]

_LOOPBACKS = ("127.", "::1", "[::1]")
_ASKED_AT = {"": "127.0.0.1", "0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104, compared with, not bound to


def doors(container: Container) -> list[PortBinding]:
    """The container's published TCP ports, by its own ports and the host's addresses."""
    return [port for port in container.ports if port.host_port and port.protocol == "tcp"]


def for_all(door: PortBinding) -> bool:
    """Whether it is a port of all addresses of the host."""
    return door.host_ip in _ASKED_AT


def for_the_host(door: PortBinding) -> bool:
    """Whether it is a port of the host's loopback."""
    return door.host_ip.startswith(_LOOPBACKS)


def asked(about: Context, door: PortBinding) -> Probe:
    """What the host itself gets there."""
    return connect(about.lab.host, _ASKED_AT.get(door.host_ip, door.host_ip), door.host_port or 0)


def listeners(about: Context, name: str) -> list[str]:
    """Where servers listen in a container: addresses and ports, as ``ss`` prints them."""
    rows = about.lab.container(name).quietly(["ss", "-Hltn"]).text.splitlines()
    return [row.split()[3] for row in rows if row.startswith("LISTEN")]


def shut(about: Context, name: str, ways: Iterable[PortBinding]) -> Outcome | None:
    """Why nobody answers behind any of the doors of a container; None if somebody does."""
    found = list(ways)
    return None if any(asked(about, door).ok for door in found) else _why(found[0], name, listeners(about, name))


def _why(door: PortBinding, name: str, there: list[str]) -> Outcome:
    """What is wrong behind a door, by where the servers in the container listen."""
    leads = f"Port {door.host_port} of the host leads to port {door.port} at the address of `{name}`"
    where = listed([f"`{each}`" for each in there]) or "no port"
    heard = [each for each in there if each.endswith(f":{door.port}")]
    if not heard:
        return wrong(f"{leads}, and nobody listens on that one. Its server listens at {where}.", "M3")
    if all(each.startswith(_LOOPBACKS) for each in heard):
        return wrong(f"{leads}, and its server listens at {where}, where it hears `{name}` alone.", "M5")
    return wrong(f"{leads}, but no page comes back.")
