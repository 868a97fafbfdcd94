"""What the judges of chapter 09 look for: which ports of the host lead to a container, and who answers behind them."""

from __future__ import annotations

from collections.abc import Iterable

from dockernet_course.experiments import Probe, connect
from dockernet_course.figures import listed
from dockernet_course.lessons.exercises import Context, Outcome, wrong
from dockernet_course.lessons.exercises.effects import host_name, own, page_of, served_by, ways_to
from dockernet_course.observe import Container, PortBinding, Topology, listeners_in

__all__ = ["asked", "for_all", "for_the_host", "leaks", "listeners", "published", "shut"]

_LOOPBACKS = ("127.", "::1", "[::1]")
_ASKED_AT = {"": "127.0.0.1", "0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104, compared with, not bound to


def published(now: Topology, container: Container, protocol: str = "tcp") -> list[PortBinding]:
    """The published ports of the container's namespace, of a protocol ("" for all); a joiner's are its owner's."""
    sharing = [container]
    if container.namespace and container.namespace != now.host.inode:
        sharing += [c for c in now.sharing(container.namespace) if c.id != container.id]
    found = dict.fromkeys(port for c in sharing for port in c.ports if port.host_port)
    return [port for port in found if protocol in ("", port.protocol)]


def for_all(port: PortBinding) -> bool:
    """Whether it is a port of all (IPv4) addresses of the host."""
    return port.host_ip in ("", "0.0.0.0")  # noqa: S104


def for_the_host(port: PortBinding) -> bool:
    """Whether it is a port of the host's loopback."""
    return port.host_ip.startswith(_LOOPBACKS)


def asked(about: Context, port: PortBinding) -> Probe:
    """What the host itself gets there."""
    return connect(about.lab.host, _ASKED_AT.get(port.host_ip, port.host_ip), port.host_port or 0)


def listeners(now: Topology, container: Container) -> list[str]:
    """Where servers listen in the container's namespace: addresses and ports, as ``ss`` prints them."""
    return [str(each) for each in listeners_in(now, container) if each.protocol == "tcp" and each.owners]


def shut(now: Topology, about: Context, name: str, ways: Iterable[PortBinding]) -> Outcome | None:
    """Why the container itself answers at none of its published ports; None if it does at all of them."""
    for port in ways:
        container = about.container(now, name)
        if container is None:
            return wrong(f"`{name}` does not run any more.")
        if not (probe := asked(about, port)).ok:
            return _why(port, name, listeners(now, container))
        if stranger := _stranger(now, about, container, port, page_of(probe)):
            return wrong(
                f"At port {port.host_port} of the host a page comes back, but it is not `{name}` that answers: "
                f"{stranger}. `{name}`'s own server is to be heard."
            )
    return None


def _stranger(now: Topology, about: Context, container: Container, port: PortBinding, page: str) -> str:
    """Who answers at a published port in place of the container; empty if it does so itself."""
    serves = served_by(now, container, own(now, container), port.port)
    if others := serves - {container.id}:
        return f"it is `{next(c.name for c in now.containers if c.id in others)}`, which shares its namespace"
    if page and page != host_name(about.lab, container):
        return f"the page is from `{page}`"
    return "" if serves else "no program of its own listens on that port"


def leaks(now: Topology, about: Context, container: Container) -> str:
    """A way from outside to the container that is no published port of its own: a relay, on the host or another's port.

    In words; empty if there is none.
    """
    mine = {port.host_port or 0 for port in published(now, container)}
    on_host = {str(a.ip) for i in now.host.interfaces for a in i.addresses}
    found = ways_to(now, about, about.lab.host, container, but=mine)
    there = [way for way in found if way.rpartition(":")[0].strip("[]") in on_host]
    return f"at {there[0]} another program passes on what it is asked" if there else ""


def _why(port: PortBinding, name: str, there: list[str]) -> Outcome:
    """What is wrong behind a published port, by where the servers in the container listen."""
    leads = f"Port {port.host_port} of the host leads to port {port.port} at the address of `{name}`"
    where = listed([f"`{each}`" for each in there]) or "no port"
    heard = [each for each in there if each.endswith(f":{port.port}")]
    if heard and all(each.startswith(_LOOPBACKS) for each in heard):
        return wrong(f"{leads}, and its server listens at {where}, where it hears `{name}` alone.", "M5")
    if not heard and there and all(each.startswith(_LOOPBACKS) for each in there):
        return wrong(
            f"{leads}. Its server listens at {where}: on another port, and where it hears `{name}` alone.", "M5"
        )
    if not heard:
        return wrong(f"{leads}, and nobody listens on that one. Its server listens at {where}.", "M3")
    return wrong(f"{leads}, but no page comes back.")
