"""The map in sentences: what somebody who cannot see it needs to draw it. Always in the same order."""

from __future__ import annotations

from collections.abc import Sequence

from dockernet_course.figures.drawing.grammar import capital, count, listed
from dockernet_course.figures.drawing.metrics import literal
from dockernet_course.figures.map.compare import compare
from dockernet_course.figures.map.from_topology import read
from dockernet_course.figures.map.identity import Identities
from dockernet_course.figures.map.kinds import kind_of
from dockernet_course.figures.map.scene import Bar, Fact, NamespaceBox, Scene, Slot, natural
from dockernet_course.observe import Topology

__all__ = ["alt_text", "describe", "describe_changes"]


_REMARKS = {"icc off": "with communication between its containers off (enable_icc=false)"}


def alt_text(topology: Topology, since: Topology | None = None) -> str:
    """Full sentences: the host and its bridges, each container and its wires, then what is new, gone or changed."""
    who = Identities([topology] if since is None else [since, topology])
    scene = read(topology, who)
    return (
        describe(scene) if since is None else f"{describe(scene)} {describe_changes(compare(read(since, who), scene))}"
    )


def describe(scene: Scene) -> str:
    """What a scene shows, marks aside."""
    return literal(" ".join([*_host(scene), *_boxes(scene), *_edge(scene), *_rest(scene)]))


def describe_changes(marked: Scene) -> str:
    """What is marked in a scene."""
    return literal(" ".join(_marks(marked)))


def _host(scene: Scene) -> list[str]:
    bridges = sum(bar.bridge for bar in scene.bars)
    opening = f"The host has its own network namespace, {scene.host}, with {count(bridges, 'bridge')}."
    return [opening, *(_bar(scene, bar) for bar in scene.bars)]


def _bar(scene: Scene, bar: Bar) -> str:
    kind = kind_of(bar.kind)
    owner = f'of the Docker network "{bar.network}"' if bar.network else "of no Docker network"
    traits = ["internal, so closed to the outside"] if bar.closed else []
    traits += ["not the lab's"] if bar.dim else []
    traits += [_REMARKS.get(remark, remark) for remark in bar.remarks if remark != "no address"]
    traits += {"DOWN": ["down"], "NO-CARRIER": ["without carrier"]}.get(bar.state, [])
    what = "".join(f", {trait}" for trait in traits) + ("," if traits else "")
    carries = kind.carries(bar, [slot for slot in _slots(scene) if slot.bar == bar.key])
    others = f", and {count(bar.others, 'port')} of containers not shown" if bar.others else ""
    return f"{capital(kind.bar)} {bar.key} {owner}{what} {carries}{others}."


def _slots(scene: Scene) -> list[Slot]:
    return [slot for box in sorted(scene.boxes, key=lambda b: natural(b.title)) for slot in box.slots]


def _boxes(scene: Scene) -> list[str]:
    return [sentence for box in scene.boxes for sentence in _box(box)]


def _who(box: NamespaceBox) -> str:
    return listed([f'"{guest.name}"' for guest in box.guests])


def _box(box: NamespaceBox) -> list[str]:
    many = len(box.guests) > 1
    if box.kind == "stopped":
        first = f"Container {_who(box)} is {box.note} and has no network namespace."
    elif box.kind == "loose":
        first = ""
    elif not box.guests:
        first = f"There is a network namespace {box.note} without a container."
    else:
        noun, own = ("Containers", "share one") if many else ("Container", "has its own")
        dim = ", not the lab's," if box.dim else ""
        first = f"{noun} {_who(box)}{dim} {own} network namespace, {box.note}."
    return [sentence for sentence in (first, *(_slot(slot) for slot in box.slots)) if sentence]


def _slot(slot: Slot) -> str:
    if slot.near.at == "host":
        far = slot.far.label if slot.far else "nothing"
        bar = f", and {slot.far.name} is a port of {slot.far.bar}" if slot.far and slot.far.bar else ""
        return f"A veth pair {slot.near.label} and {far} has both ends in the host's namespace{bar}."
    if slot.near.name == "lo":
        return f"It has only the loopback interface lo, {_addresses(slot.facts)}."
    down = ", down," if slot.near.down else ""
    decides = f" ({listed(slot.remarks)})" if slot.remarks else ""
    return f"Its interface {slot.near.label}{down} has {_addresses(slot.facts)}{decides}; {_leads(slot)}."


def _addresses(facts: Sequence[Fact]) -> str:
    found = [f"{f.ip}/{f.prefix}" for f in facts if f.prefix is not None]
    via = [f"the default route via {f.ip}" for f in facts if f.kind == "via"]
    addresses = f"the address{'es' if len(found) > 1 else ''} {listed(found)}" if found else "no address"
    return listed([addresses, *via])


def _leads(slot: Slot) -> str:
    if slot.far is None:
        return f"it is wired to nothing that was seen ({slot.note})"
    return kind_of(slot.kind).leads(slot, slot.far)


def _edge(scene: Scene) -> list[str]:
    guests = [f'"{guest.name}"' for guest in scene.guests]
    sentences = []
    if guests:
        verb, whose = ("is", "its") if len(guests) == 1 else ("are", "their")
        sentences.append(f"In the host's namespace {verb} {listed(guests)}, without a namespace of {whose} own.")
    sentences += [f"Published: port {port.host} of the host leads to {port.container}." for port in scene.published]
    for link in scene.uplinks:
        way = ", the way to the outside" if link.default else ""
        sentences.append(f"The host has the interface {link.key} with {listed(link.addresses)}{way}.")
    if scene.masqueraded:
        whose = f" from {listed(scene.only)}" if scene.only else ""
        sentences.append(f"What leaves through it{whose} gets the host's address (NAT).")
    return sentences


def _rest(scene: Scene) -> list[str]:
    sentences = [f"One is drawn for all: {words}." for words in scene.folded]
    sentences += [f"Not shown, only counted: {listed(scene.foreign)}."] if scene.foreign else []
    if scene.vanished:
        sentences.append(f"Vanished while we looked: {listed(scene.vanished)}.")
    return sentences


def _marks(scene: Scene) -> list[str]:
    words = {"new": "New since before", "gone": "Gone since before", "changed": "Changed since before"}
    found = {mark: [name for name, of in _marked(scene) if of == mark] for mark in words}
    sentences = [f"{words[mark]}: {listed(names)}." for mark, names in found.items() if names]
    return sentences or ["Nothing changed since before."]


def _marked(scene: Scene) -> list[tuple[str, str]]:
    found: list[tuple[str, str]] = []
    for box in scene.boxes:
        guests = [(f'container "{guest.name}"', guest.mark or box.mark) for guest in box.guests]
        if len(guests) > 1 or not any(mark for _, mark in guests):
            guests = [(f'container "{g.name}"', g.mark) for g in box.guests] if not box.mark else guests
        found += guests
        found += [(_pair(slot), slot.mark) for slot in box.slots if slot.far]
    found += [(f"{kind_of(bar.kind).bar} {bar.key}", bar.mark) for bar in scene.bars]
    found += [(f'container "{guest.name}" in the host\'s namespace', guest.mark) for guest in scene.guests]
    found += [(f"published port {port.text}", port.mark) for port in scene.published]
    found += [(f"interface {link.key}", link.mark) for link in scene.uplinks]
    return found


def _pair(slot: Slot) -> str:
    return f"wire {slot.near.label} to {slot.far.label if slot.far else 'nothing'}"
