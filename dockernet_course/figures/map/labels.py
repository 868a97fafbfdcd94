"""What a map writes, at each level of detail. Details are dropped in a fixed order.

====  =================================================================================
0     everything
1     no more namespace numbers, prefix lengths, gateways and peer numbers
2     no more names of the bridges' ports
3     of an address only the part that differs within its subnet
4     boxes in several rows, no more names of interfaces
====  =================================================================================
"""

from __future__ import annotations

from dataclasses import dataclass

from dockernet_course.figures.drawing.metrics import literal, shorten, text_width
from dockernet_course.figures.map.kinds import kind_of
from dockernet_course.figures.map.scene import Bar, End, Fact, NamespaceBox, PublishedPort, Slot, Uplink

__all__ = [
    "BAR_NAME",
    "FACT",
    "NAME",
    "STACKED",
    "Style",
    "bar_lines",
    "bar_width",
    "end_text",
    "fact_lines",
    "note_text",
    "published_text",
    "uplink_text",
]

NAME, BAR_NAME, SMALL_NAME, FACT = 10.5, 9.5, 8.5, 8.0
STACKED = 4
SIGNS = {"new": "+ ", "gone": "− ", "changed": "~ "}


@dataclass(frozen=True)
class Style:
    """How much is written: ``level`` of detail, ``cap`` on the width of names in points.

    Names that are too wide lose first the ``prefix`` that all of them have, so that they stay different.
    ``rows`` of boxes, and ``lane``, the room for a wire that passes by a box, only matter at the last level.
    """

    level: int
    cap: float
    rows: int = 1
    lane: float = 5.0
    prefix: str = ""

    @property
    def name_size(self) -> float:
        """The size of a container's name."""
        return (NAME, NAME, 9.5, 9.5, SMALL_NAME)[self.level]

    @property
    def everything(self) -> bool:
        """Whether no detail is dropped."""
        return self.level == 0

    @property
    def far_tags(self) -> bool:
        """Whether the bridges' ports are named."""
        return self.level < 2

    @property
    def whole_addresses(self) -> bool:
        """Whether addresses are written out."""
        return self.level < 3

    @property
    def stacked(self) -> bool:
        """Whether boxes are in several rows, without names of interfaces."""
        return self.level == STACKED

    @property
    def tag_pad(self) -> float:
        """The space left and right of an interface's name."""
        return 5.0 if self.everything else 4.0

    @property
    def slot_gap(self) -> float:
        """The least space between two interfaces of a box."""
        return 12.0 if self.everything else 4.0

    @property
    def box_gap(self) -> float:
        """The space between two boxes."""
        return 14.0 if self.everything else 6.0


def end_text(end: End, style: Style) -> str:
    """The label of an interface."""
    label = literal(end.label if style.everything else end.name)
    return shorten(label, max(style.cap, 90.0), FACT, "mono")


def fact_lines(slot: Slot, style: Style) -> tuple[tuple[str, Fact], ...]:
    """The lines of small print at an interface."""
    facts = slot.facts
    if not style.everything:
        facts = tuple(f for f in facts if f.kind != "via" or f.mark)
    if not style.whole_addresses:
        decisive = tuple(f for f in facts if f.decides)
        facts = () if slot.near.name == "lo" else (*facts[:1], *decisive)
    return tuple((SIGNS.get(f.mark, "") + _fact_text(f, style), f) for f in facts)


def _fact_text(fact: Fact, style: Style) -> str:
    if fact.kind == "via":
        return f"gateway {fact.ip}"
    if fact.decides:
        return f"! {fact.ip}" if fact.kind == "alert" else fact.ip
    if style.everything:
        return f"{fact.ip}/{fact.prefix}"
    if fact.kind == "ipv6":
        return shorten(fact.ip, 55.0, FACT, "mono")
    return fact.ip if style.whole_addresses else _host_part(fact)


def _host_part(fact: Fact) -> str:
    """The octets that differ between the hosts of one subnet: ``.0.2`` of 172.17.0.2/16."""
    octets = fact.ip.split(".")
    return "." + ".".join(octets[min((fact.prefix or 0) // 8, 3) :])


def note_text(box: NamespaceBox, style: Style) -> str:
    """The small print under a box's name."""
    if box.kind == "stopped":
        return box.note
    return box.note if style.everything else ""


def bar_lines(bar: Bar, cap: float) -> tuple[tuple[str, str], str]:
    """A bar's two lines: Docker's (the network's name, and what it is) and the kernel's (device, addresses, state)."""
    name = shorten(literal(bar.network or ""), cap, BAR_NAME, "bold")
    kind = kind_of(bar.kind)
    what = f"internal {kind.network}" if bar.closed else kind.network if bar.network else "not Docker's"
    parts = [shorten(literal(bar.key), cap, FACT, "mono"), *kind.beside(bar)]
    parts += [*bar.remarks, *filter(None, [bar.state])]
    parts += [f"+{bar.others} port{'s' if bar.others > 1 else ''}"] if bar.others else []
    return (name, what), "  ".join(parts)


def bar_width(bar: Bar, cap: float) -> float:
    """The width that a bar's label needs, the network's sign and the lock included."""
    (name, kind), facts = bar_lines(bar, cap)
    first = text_width(name, BAR_NAME, "bold") + 5 + text_width(kind, FACT)
    return 30 + max(first, text_width(facts, FACT, "mono")) + (20 if bar.closed else 0)


def published_text(port: PublishedPort) -> str:
    """A published port: the host's, and the container's that it leads to."""
    return shorten(literal(port.text), 160.0, FACT, "mono")


def uplink_text(link: Uplink) -> str:
    """An interface of the host with its first address."""
    return " ".join((literal(link.key), *link.addresses[:1]))
