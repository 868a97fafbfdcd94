"""Topology → Scene: which facts a map shows."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

from dockernet_course.figures.drawing.grammar import listed
from dockernet_course.figures.map.identity import Identities
from dockernet_course.figures.map.kinds import elsewhere, end, kind_of
from dockernet_course.figures.map.ports import nat, published, uplinks
from dockernet_course.figures.map.scene import Bar, Fact, Guest, NamespaceBox, Scene, Slot, natural
from dockernet_course.lab import PREDEFINED
from dockernet_course.observe import Container, Interface, Namespace, Topology, clashes
from dockernet_course.observe.kinds import of_link, of_mode

__all__ = ["read"]

Doubles = dict[tuple[int, str], list[Fact]]
_MTU = 1500  # of Ethernet: what nobody need be told (RFC 894)
_LAST = 1 << 31  # more than any ifindex: parents come after the bridges, which keep their colours


def read(topology: Topology, who: Identities | None = None) -> Scene:
    """The scene of one observation; ``who`` keeps the keys in step with other observations of the same film."""
    who = (who or Identities([topology])).of(topology)
    boxes = _boxes(topology, who)
    ends = [(slot.far, slot.kind) for box in boxes for slot in box.slots if slot.far]
    plugged = {far.name for far, _ in ends if far.shown}
    bars, folded = _bars(topology, plugged, {far.name: kind for far, kind in ends if not far.shown})
    return Scene(
        host=f"net:[{topology.host.inode}]",
        boxes=boxes,
        bars=bars,
        guests=_guests(topology.sharing(topology.host.inode)),
        published=published(topology),
        uplinks=uplinks(topology, plugged),
        nat=nat(topology),
        foreign=_foreign(topology, folded),
        vanished=topology.vanished,
    )


def _by_name(containers: tuple[Container, ...]) -> list[Container]:
    return sorted(containers, key=lambda c: (bool(c.owner), natural(c.name)))


def _guests(containers: tuple[Container, ...]) -> tuple[Guest, ...]:
    return tuple(_guest(c, shares=len(containers) > 1) for c in _by_name(containers))


def _guest(container: Container, *, shares: bool) -> Guest:
    note = kind_of(of_mode(container.network_mode).name).guest or ("owner" if shares else "")
    return Guest(container.id, container.name, note, dim=not container.mine)


def _boxes(topology: Topology, who: Identities) -> tuple[NamespaceBox, ...]:
    boxes, doubles = {}, _doubles(topology)
    for namespace in topology.namespaces:
        key = who.box(namespace.inode)
        guests = _guests(topology.sharing(namespace.inode))
        slots = _slots(topology, namespace, who, doubles)
        dim = bool(guests) and all(guest.dim for guest in guests)
        boxes[key] = NamespaceBox(key, "namespace", guests, f"net:[{namespace.inode}]", dim, slots)
    for container in topology.containers:
        if container.namespace is None and container.id not in boxes:
            guest = Guest(container.id, container.name, dim=not container.mine)
            boxes[container.id] = NamespaceBox(container.id, "stopped", (guest,), _state(container), guest.dim)
    for slot, key in _loose(topology, who):
        box = boxes.get(key) or NamespaceBox(key, "loose")
        boxes[key] = replace(box, slots=(*box.slots, slot))
    return tuple(sorted(boxes.values(), key=lambda box: natural(box.title)))


def _state(container: Container) -> str:
    """Docker's word, unless Docker says that it runs and no namespace was seen."""
    return "no namespace seen" if container.state in {"", "running"} else container.state


def _slots(topology: Topology, namespace: Namespace, who: Identities, doubles: Doubles) -> tuple[Slot, ...]:
    shown = [i for i in namespace.interfaces if i.kind != "loopback" and _matters(i)]
    if not shown:
        shown = [i for i in namespace.interfaces if i.kind == "loopback"]
    slots = ((interface, _slot(topology, namespace, interface, who)) for interface in shown)
    return tuple(
        replace(slot, facts=(*slot.facts, *doubles.get((namespace.inode, interface.name), ())))
        for interface, slot in slots
    )


def _matters(interface: Interface) -> bool:
    """Kernels put tunnel devices into every namespace; nobody set them up."""
    return bool(of_link(interface.kind).leads_to or interface.up or interface.addresses)


def _slot(topology: Topology, namespace: Namespace, interface: Interface, who: Identities) -> Slot:
    kind = _kind(topology, namespace, interface)
    far, note = kind_of(kind).far(topology, namespace, interface)
    host_end = far.name if far and far.shown else None
    key = who.slot(host_end, who.box(namespace.inode), who.name(namespace.inode, interface))
    near, facts = end(interface, "box"), (*_facts(interface, namespace), *_remarks(topology, namespace, interface))
    return Slot(key, near, far, facts, note, kind=kind, detail=interface.detail)


def _kind(topology: Topology, namespace: Namespace, interface: Interface) -> str:
    """The kind of network that gives such interfaces, by Docker's word if several do."""
    sharing = topology.sharing(namespace.inode)
    names = {e.network for c in sharing for e in c.endpoints if e.interface == interface.name}
    return of_link(interface.kind, next((n.driver for n in topology.networks if n.name in names), "")).name


def _facts(interface: Interface, namespace: Namespace) -> tuple[Fact, ...]:
    local = interface.kind == "loopback"
    facts = [
        Fact(f"ipv{a.family}", a.ip, a.prefix)
        for a in sorted(interface.addresses, key=lambda a: a.family)
        if a.scope == "global" or (local and a.family == 4)
    ]
    route = namespace.default_route
    if route and route.device == interface.name and route.gateway:
        facts.append(Fact("via", route.gateway))
    return tuple(facts)


def _remarks(topology: Topology, namespace: Namespace, interface: Interface) -> Iterator[Fact]:
    """What decides about packets there, and nobody would see in its address."""
    here = (namespace.inode, interface.name)
    if interface.mtu != _MTU and interface.kind != "loopback":
        yield Fact("mtu", f"mtu {interface.mtu}")
    there = topology.beyond(here)
    far = topology.host.interface(there[1]) if there and there[0] == topology.host.inode else None
    if far and _of_bridge(topology, namespace, interface):
        yield from (Fact("alert", words) for words in _at_the_bridge(interface, far))


def _doubles(topology: Topology) -> Doubles:
    """For each interface that has what another one has, too, whose that is."""
    found: Doubles = {}
    for clash in clashes(topology):
        for here in clash.ends:
            others = [_named(topology, end) for end in clash.ends if end != here]
            found.setdefault(here, []).append(Fact("alert", f"same {clash.kind} as {listed(others)}"))
    return found


def _of_bridge(topology: Topology, namespace: Namespace, interface: Interface) -> bool:
    """Whether Docker has attached it to a bridge of its own."""
    names = {e.network for c in topology.sharing(namespace.inode) for e in c.endpoints if e.interface == interface.name}
    return any(n.name in names and n.driver == "bridge" for n in topology.networks)


def _named(topology: Topology, there: tuple[int, str]) -> str:
    return f"{there[1]} on the host" if there[0] == topology.host.inode else elsewhere(topology, there)


def _at_the_bridge(near: Interface, far: Interface) -> Iterator[str]:
    if far.master is None:
        yield "attached to no bridge"
    elif far.port_state not in ("", "forwarding") and near.up and far.up:
        yield f"bridge port {far.port_state}"
    if far.isolated:
        yield "bridge port isolated"


def _loose(topology: Topology, who: Identities) -> list[tuple[Slot, str]]:
    """The pairs of which both ends are still in the host's namespace, and the boxes to which they (will) lead."""
    host, found = topology.host, []
    for wire in topology.wires:
        a, b = host.interface(wire.a[1]), host.interface(wire.b[1])
        if wire.a[0] == wire.b[0] == host.inode and a and b:
            far, near = sorted((a, b), key=lambda i: (not who.stays(i.name), i.master is None, i.index))
            box = who.box_of_pair(far.name)
            key = who.slot(far.name, box, near.name)
            found.append((Slot(key, end(near, "host"), end(far, "host")), box))
    return found


def _bars(topology: Topology, plugged: set[str], parents: Mapping[str, str]) -> tuple[tuple[Bar, ...], int]:
    """The bars to draw, and how many of other people's were left out: bridges, oldest first, then parents."""
    ports = {bridge.name: set(bridge.ports) for bridge in topology.bridges}
    bars = [_bar(topology, b.name, b.network, len(b.ports), len(ports[b.name] - plugged)) for b in topology.bridges]
    bars += [bar for bar in _parents(topology, parents) if bar.key not in ports]
    used = {*parents, *(name for name in ports if plugged & ports[name])}
    kept = [bar for bar in bars if bar.key in used or not bar.dim]
    return tuple(sorted(kept, key=lambda bar: bar.index)), len(bars) - len(kept)


def _parents(topology: Topology, seen: Mapping[str, str]) -> Iterator[Bar]:
    """The host's interfaces of which a network says that they are its parent, and those ``seen`` as one of a kind."""
    networks = {n.parent: n for n in topology.networks if n.parent}
    for name in dict.fromkeys((*networks, *seen)):
        network = networks.get(name)
        bar = _bar(topology, name, network.name if network else None, ports=1, others=0)
        yield replace(bar, index=bar.index + _LAST, kind=network.driver if network else seen[name])


def _bar(topology: Topology, name: str, owner: str | None, ports: int, others: int) -> Bar:
    interface = topology.host.interface(name)
    network = next((n for n in topology.networks if n.name == owner), None)
    addresses = [str(a) for a in interface.addresses if a.scope == "global"] if interface else []
    mtu = (f"mtu {interface.mtu}",) if interface and interface.mtu != _MTU else ()
    apart = () if network is None or network.icc else ("icc off",)
    bare = ("no address",) if network and network.bridge == name and network.gateways and not addresses else ()
    no_carrier = interface is not None and "NO-CARRIER" in interface.flags
    down = interface is not None and not interface.up
    return Bar(
        key=name,
        index=interface.index if interface else 0,
        network=owner,
        addresses=tuple(addresses),
        state="DOWN" if down else "NO-CARRIER" if no_carrier else "",
        idle=not ports or no_carrier or down,
        closed=bool(network and network.internal),
        dim=bool(network and not network.mine and network.name not in PREDEFINED),
        others=others,
        remarks=(*bare, *apart, *mtu),
    )


def _foreign(topology: Topology, networks: int) -> tuple[str, ...]:
    counted = [(topology.foreign, "other container"), (networks, "other network")]
    return tuple(f"{n} {what}{'s' if n > 1 else ''}" for n, what in counted if n)
