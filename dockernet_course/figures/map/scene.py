"""From a topology to what a map shows of it: boxes with interfaces, bars, ports on the edge. No numbers yet.

A *slot* is one interface of a box and what it is wired to. Its key stays the same from one observation to the next,
also while a veth pair is still on its way (the film of a ``docker run``), so that nothing jumps between two maps.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from dockernet_course.figures.drawing.primitives import Mark

__all__ = ["Bar", "End", "Fact", "Guest", "NamespaceBox", "PublishedPort", "Scene", "Slot", "Uplink", "natural"]


def natural(name: str) -> tuple[tuple[int, int, str], ...]:
    """A sort key that puts web-2 before web-10."""
    parts = re.findall(r"[0-9]+|[^0-9]+", name)
    return tuple((0, int(part), "") if part[0].isdecimal() else (1, 0, part) for part in parts)


@dataclass(frozen=True)
class End:
    """An interface at an end of a wire: ``at`` is "box" or "host"; ``down`` if it is not set up.

    On the host ``bar`` is what it is a port of; a parent is the bar itself.
    """

    name: str
    at: str
    peer_index: int | None = None
    down: bool = False
    bar: str | None = None

    @property
    def label(self) -> str:
        """As ``ip link`` writes it: ``eth0@if22``."""
        return self.name if self.peer_index is None else f"{self.name}@if{self.peer_index}"

    @property
    def shown(self) -> bool:
        """Whether it is drawn beside its bar: it is not the bar itself."""
        return self.name != self.bar


@dataclass(frozen=True)
class Fact:
    """What stands at an interface: ``kind`` "ipv4" or "ipv6" an address, "via" a gateway, "mtu" one that is not 1500.

    "alert": what keeps packets from it, or sends them to another one. ``ip`` is the text, ``prefix`` an address's.
    """

    kind: str
    ip: str
    prefix: int | None = None
    mark: Mark = ""

    @property
    def decides(self) -> bool:
        """Whether it tells what becomes of packets there, and not whose address it is."""
        return self.kind in ("mtu", "alert")


@dataclass(frozen=True)
class Slot:
    """An interface of a box: the near end (the container's), the far end (the host's), and its addresses.

    ``kind`` is that of its network (``kinds``), ``detail`` what the kernel says of it. ``beyond`` tells that what has
    changed is at the far end alone.
    """

    key: str
    near: End
    far: End | None = None
    facts: tuple[Fact, ...] = ()
    note: str = ""
    mark: Mark = ""
    beyond: bool = False
    kind: str = ""
    detail: str = ""

    @property
    def addresses(self) -> tuple[Fact, ...]:
        """The facts that are addresses."""
        return tuple(fact for fact in self.facts if fact.prefix is not None)

    @property
    def remarks(self) -> tuple[str, ...]:
        """What else decides about packets there."""
        return tuple(fact.ip for fact in self.facts if fact.decides and fact.mark != "gone")

    @property
    def bar(self) -> str | None:
        """The bar at which the far end is."""
        return self.far.bar if self.far else None


@dataclass(frozen=True)
class Guest:
    """A container: its name, and what is said of it in small print."""

    key: str
    name: str
    note: str = ""
    dim: bool = False
    mark: Mark = ""


@dataclass(frozen=True)
class NamespaceBox:
    """``kind`` is "namespace", "stopped" (a container without one), "loose" (a pair that is in no namespace yet)."""

    key: str
    kind: str
    guests: tuple[Guest, ...] = ()
    note: str = ""
    dim: bool = False
    slots: tuple[Slot, ...] = ()
    mark: Mark = ""

    @property
    def title(self) -> str:
        """The names of its containers."""
        return " ".join(guest.name for guest in self.guests)


@dataclass(frozen=True)
class Bar:
    """A Linux bridge, or the parent of interfaces, and the Docker network that is on it.

    ``kind`` is the network's (``kinds``); ``others`` counts ports whose containers are not shown; ``remarks`` say what
    else decides about packets there.
    """

    key: str
    index: int
    network: str | None
    addresses: tuple[str, ...] = ()
    state: str = ""
    idle: bool = False
    closed: bool = False
    dim: bool = False
    others: int = 0
    mark: Mark = ""
    kind: str = "bridge"
    remarks: tuple[str, ...] = ()

    @property
    def bridge(self) -> bool:
        """Whether it is a Linux bridge."""
        return self.kind == "bridge"


@dataclass(frozen=True)
class PublishedPort:
    """A port published on the host's edge."""

    key: str
    host: str
    container: str
    mark: Mark = ""

    @property
    def text(self) -> str:
        """The port of the host, and the container's that it leads to."""
        return f"{self.host} → {self.container}"


@dataclass(frozen=True)
class Uplink:
    """An interface of the host that is no bridge and no port; ``default`` if the default route leads through it."""

    key: str
    addresses: tuple[str, ...] = ()
    default: bool = False
    mark: Mark = ""


@dataclass(frozen=True)
class Scene:
    """All that one map shows; ``nat`` names the bridges whose packets leave under the host's address.

    ``folded`` says of whom one is drawn for many.
    """

    host: str
    boxes: tuple[NamespaceBox, ...] = ()
    bars: tuple[Bar, ...] = ()
    guests: tuple[Guest, ...] = ()
    published: tuple[PublishedPort, ...] = ()
    uplinks: tuple[Uplink, ...] = ()
    nat: tuple[str, ...] = ()
    foreign: tuple[str, ...] = ()
    vanished: tuple[str, ...] = ()
    folded: tuple[str, ...] = ()

    @property
    def masqueraded(self) -> tuple[str, ...]:
        """Those of ``nat`` that are shown."""
        return tuple(bar.key for bar in self.bars if bar.key in self.nat and bar.mark != "gone")

    @property
    def only(self) -> tuple[str, ...]:
        """The same, where other bridges have a way out without it; nothing where it is so for all."""
        others = [bar for bar in self.bars if not bar.closed and bar.mark != "gone" and bar.key not in self.nat]
        return self.masqueraded if others else ()
