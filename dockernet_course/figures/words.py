"""What a map writes, at each level of detail. Details are dropped in a fixed order.

0: everything. 1: no namespace numbers, prefix lengths, gateways or peer numbers. 2: names and the last part of
addresses only.
"""

from __future__ import annotations

from dataclasses import dataclass

from dockernet_course.figures.metrics import literal, shorten, text_width
from dockernet_course.figures.scene import Bar, Box, End, Fact, Slot, Uplink

__all__ = ["FACT", "NAME", "SMALL_NAME", "Style", "bar_lines", "end_text", "fact_lines", "note_text", "uplink_text"]

NAME, SMALL_NAME, FACT = 10.5, 8.5, 8.0
SIGNS = {"new": "+ ", "gone": "− ", "changed": "~ "}


@dataclass(frozen=True)
class Style:
    """How much is written: ``level`` of detail, ``cap`` on the width of names in points, ``rows`` of boxes."""

    level: int
    cap: float
    rows: int = 1

    @property
    def name_size(self) -> float:
        """The size of a container's name."""
        return SMALL_NAME if self.level == 2 else NAME


def end_text(end: End, style: Style) -> str:
    """The label of an interface."""
    label = literal(end.label if style.level == 0 else end.name)
    return shorten(label, max(style.cap, 90.0), FACT, "mono")


def fact_lines(slot: Slot, style: Style) -> tuple[tuple[str, Fact], ...]:
    """The lines of small print at an interface."""
    facts = slot.facts
    if style.level > 0:
        facts = tuple(f for f in facts if f.kind != "via" or f.mark)
    if style.level == 2:
        facts = facts[:1]
    return tuple((SIGNS.get(f.mark, "") + _fact_text(f, style), f) for f in facts)


def _fact_text(fact: Fact, style: Style) -> str:
    if fact.kind == "via":
        return f"via {fact.ip}"
    if style.level == 0:
        return f"{fact.ip}/{fact.prefix}"
    if fact.kind == "ipv6":
        return shorten(fact.ip, 55.0, FACT, "mono")
    return fact.ip if style.level == 1 else _host_part(fact)


def _host_part(fact: Fact) -> str:
    """The octets that differ between the hosts of one subnet: ``.0.2`` of 172.17.0.2/16."""
    octets = fact.ip.split(".")
    return "." + ".".join(octets[min((fact.prefix or 0) // 8, 3) :])


def note_text(box: Box, style: Style) -> str:
    """The small print under a box's name."""
    if box.kind == "stopped":
        return box.note
    return box.note if style.level == 0 else ""


def bar_lines(bar: Bar, cap: float) -> tuple[tuple[str, str], str]:
    """A bar's two lines: (network, device), and its addresses and state."""
    name = shorten(literal(bar.network or "no Docker network"), cap, 9.5, "bold")
    device = shorten(literal(bar.key), cap, FACT, "mono")
    parts = list(bar.addresses) or (["no address"] if not bar.state else [])
    parts += [bar.state] if bar.state else []
    parts += ["internal"] if bar.closed else []
    parts += [f"{bar.others} other port{'s' if bar.others > 1 else ''}"] if bar.others else []
    return (name, device), "  ".join(parts)


def bar_width(bar: Bar, cap: float) -> float:
    """The width that a bar's label needs, the network's sign and the lock included."""
    (name, device), facts = bar_lines(bar, cap)
    first = text_width(name, 9.5, "bold") + 8 + text_width(device, FACT, "mono")
    return 24 + max(first, text_width(facts, FACT, "mono")) + (16 if bar.closed else 0)


def uplink_text(link: Uplink) -> str:
    """An interface of the host with its first address."""
    return " ".join((literal(link.key), *link.addresses[:1]))
