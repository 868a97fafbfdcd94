"""What differs between two observations, in words. Pure.

Left out: what comes and goes by itself (neighbours, link-local addresses and their routes) and every ``lo``.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from dockernet_course.observe.kinds import of_link
from dockernet_course.observe.model import (
    Container,
    Endpoint,
    Interface,
    Namespace,
    Network,
    Route,
    RoutingRule,
    Topology,
)

__all__ = ["Change", "Difference", "difference"]


@dataclass(frozen=True)
class Change:
    """One thing that appeared, went or changed.

    ``kind`` is "container", "network", "endpoint", "interface" or "route"; ``name`` what it is called in ``text``.
    """

    kind: str
    name: str
    text: str

    def __str__(self) -> str:
        return self.text


@dataclass(frozen=True, repr=False)
class Difference:
    """What a second observation has that the first had not (``appeared``), no more (``gone``) or otherwise."""

    appeared: tuple[Change, ...] = ()
    gone: tuple[Change, ...] = ()
    changed: tuple[Change, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.appeared or self.gone or self.changed)

    def __repr__(self) -> str:
        signs = (("＋", self.appeared), ("－", self.gone), ("~", self.changed))
        return "\n".join(f"{sign} {change}" for sign, changes in signs for change in changes) or "no difference"


@dataclass(frozen=True)
class _Fact:
    """Something that is there: what to say when it appears, when it goes, of whom, and what may change."""

    kind: str
    name: str
    appears: str
    goes: str
    subject: str
    state: Mapping[str, str] = field(default_factory=dict)


Keyed = tuple[tuple[object, ...], _Fact]


def difference(before: Topology, after: Topology) -> Difference:
    """Compare two observations of the same lab."""
    old, new = dict(_facts(before)), dict(_facts(after))
    both = [(old[key], fact) for key, fact in new.items() if key in old]
    return Difference(
        appeared=tuple(Change(f.kind, f.name, f.appears) for key, f in new.items() if key not in old),
        gone=tuple(Change(f.kind, f.name, f.goes) for key, f in old.items() if key not in new),
        changed=tuple(
            Change(f.kind, f.name, f"{f.subject}: {changes}")
            for was, f in both
            if (changes := _changes(was.state, f.state))
        ),
    )


def _changes(old: Mapping[str, str], new: Mapping[str, str]) -> str:
    return ", ".join(
        f"{what} {old.get(what) or 'none'} → {new[what] or 'none'}" for what in new if old.get(what) != new[what]
    )


def _facts(seen: Topology) -> Iterator[Keyed]:
    """Everything comparable in an observation; a key stays the same while the thing is the same."""
    yield from map(_container, seen.containers)
    yield from map(_network, seen.networks)
    yield from (_endpoint(c, e) for c in seen.containers for e in c.endpoints)
    for space in (seen.host, *seen.namespaces):
        place = "the host" if space.host else _inside(seen, space.inode)
        preposition = "on" if space.host else "in"
        yield from (
            _interface(seen, space, i, f"{preposition} {place}") for i in space.interfaces if i.kind != "loopback"
        )
        yield from (
            _route(space, r, f"{preposition} {place}") for r in space.routes if not r.destination.startswith("fe80:")
        )
        yield from (_rule(space, rule, f"{preposition} {place}") for rule in space.rules)


def _container(c: Container) -> Keyed:
    subject = f"container {c.name}"
    state = {"name": c.name, "state": c.state}
    return ("container", c.id), _Fact(
        "container", c.name, f"{subject} appeared, {c.state}", f"{subject} is gone", subject, state
    )


def _network(n: Network) -> Keyed:
    subject = f"network {n.name}"
    detail = ", ".join((f"driver {n.driver}", *n.subnets))
    return ("network", n.id), _Fact("network", n.name, f"{subject} appeared, {detail}", f"{subject} is gone", subject)


def _endpoint(c: Container, e: Endpoint) -> Keyed:
    joined = f"{c.name} joined the network {e.network}{f' as {e.ip}' if e.ip else ''}"
    left = f"{c.name} left the network {e.network}"
    fact = _Fact("endpoint", c.name, joined, left, f"{c.name} on the network {e.network}", {"address": e.ip})
    return ("endpoint", c.id, e.network), fact


def _route(space: Namespace, r: Route, where: str) -> Keyed:
    subject = f"route {r} {where}"
    return ("route", space.inode, str(r)), _Fact("route", str(r), f"{subject} appeared", f"{subject} is gone", subject)


def _rule(space: Namespace, r: RoutingRule, where: str) -> Keyed:
    subject = f"routing rule {r} {where}"
    return ("rule", space.inode, r.family, str(r)), _Fact(
        "routing rule", str(r), f"{subject} appeared", f"{subject} is gone", subject
    )


def _interface(seen: Topology, space: Namespace, i: Interface, where: str) -> Keyed:
    subject = f"{i.name} {where}"
    addresses = ", ".join(str(a) for a in i.addresses if a.scope != "link")
    far, relation = _far(seen, space.inode, i.name), of_link(i.kind).leads_to
    details = (
        f", port of {i.master}" if i.master else "",
        f", address {addresses}" if addresses else "",
        f", {relation} {far}" if far and not space.host else "",
    )
    state: dict[str, str] = {
        "name": i.name,
        "state": i.state,
        "port of": i.master or "",
        "address": addresses,
        "MAC": i.mac,
        "MTU": str(i.mtu),
    }
    if relation:
        state[relation] = far
    fact = _Fact(
        "interface", i.name, f"{i.name} appeared {where}{''.join(details)}", f"{subject} is gone", subject, state
    )
    return ("interface", space.inode, i.index), fact


def _far(seen: Topology, inode: int, name: str) -> str:
    """Where an interface leads, in words; empty when that was not seen."""
    far = seen.beyond((inode, name))
    return f"{far[1]} {'on the host' if far[0] == seen.host.inode else f'in {_inside(seen, far[0])}'}" if far else ""


def _inside(seen: Topology, inode: int) -> str:
    return " and ".join(c.name for c in seen.sharing(inode))
