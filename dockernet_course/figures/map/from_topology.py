"""Topology → Scene: which facts a map shows."""

from __future__ import annotations

from dataclasses import replace

from dockernet_course.figures.map.identity import Identities
from dockernet_course.figures.map.ports import doors, nat, uplinks
from dockernet_course.figures.map.scene import Bar, End, Fact, Guest, NamespaceBox, Scene, Slot, natural
from dockernet_course.lab import PREDEFINED
from dockernet_course.observe import Bridge, Container, Interface, Namespace, Topology, VethPair

__all__ = ["read"]


def read(topology: Topology, who: Identities | None = None) -> Scene:
    """The scene of one observation; ``who`` keeps the keys in step with other observations of the same film."""
    who = (who or Identities([topology])).of(topology)
    boxes = _boxes(topology, who)
    plugged = {slot.far.name for box in boxes for slot in box.slots if slot.far}
    bars, folded = _bars(topology, plugged)
    return Scene(
        host=f"net:[{topology.host.inode}]",
        boxes=boxes,
        bars=bars,
        guests=_guests(topology.sharing(topology.host.inode)),
        doors=doors(topology),
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
    mode = container.network_mode
    note = "host mode" if mode == "host" else "joined" if container.owner else "owner" if shares else ""
    return Guest(container.id, container.name, note, dim=not container.mine)


def _boxes(topology: Topology, who: Identities) -> tuple[NamespaceBox, ...]:
    boxes = {}
    for namespace in topology.namespaces:
        key = who.box(namespace.inode)
        guests = _guests(topology.sharing(namespace.inode))
        slots = _slots(topology, namespace, who)
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


def _slots(topology: Topology, namespace: Namespace, who: Identities) -> tuple[Slot, ...]:
    shown = [i for i in namespace.interfaces if i.kind != "loopback" and _matters(i)]
    if not shown:
        shown = [i for i in namespace.interfaces if i.kind == "loopback"]
    return tuple(_slot(topology, namespace, interface, who) for interface in shown)


def _matters(interface: Interface) -> bool:
    """Kernels put tunnel devices into every namespace; nobody set them up."""
    return interface.kind == "veth" or interface.up or bool(interface.addresses)


def _slot(topology: Topology, namespace: Namespace, interface: Interface, who: Identities) -> Slot:
    far, note = _far_end(topology, namespace, interface)
    host_end = far.name if far else None
    key = who.slot(host_end, who.box(namespace.inode), interface.name)
    return Slot(key, _end(interface, "box"), far, _facts(interface, namespace), note)


def _end(interface: Interface, at: str) -> End:
    peer = interface.peer_index if interface.kind == "veth" else None
    return End(interface.name, at, peer, down=not interface.up, bar=interface.master if at == "host" else None)


def _far_end(topology: Topology, namespace: Namespace, interface: Interface) -> tuple[End | None, str]:
    """The other end if it is in the host's namespace, else where it is."""
    for wire in topology.wires:
        there = _other(wire, (namespace.inode, interface.name))
        if there and there[0] == topology.host.inode:
            peer = topology.host.interface(there[1])
            return (_end(peer, "host"), "") if peer else (None, "")
        if there:
            names = [c.name for c in topology.sharing(there[0])]
            return None, f"to {there[1]} of {', '.join(names) or f'net:[{there[0]}]'}"
    if interface.kind == "loopback":
        return None, ""
    return None, "other end not seen" if interface.kind == "veth" else interface.kind


def _other(wire: VethPair, end: tuple[int, str]) -> tuple[int, str] | None:
    return wire.b if wire.a == end else wire.a if wire.b == end else None


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


def _loose(topology: Topology, who: Identities) -> list[tuple[Slot, str]]:
    """The pairs of which both ends are still in the host's namespace, and the boxes to which they (will) lead."""
    host, found = topology.host, []
    for wire in topology.wires:
        a, b = host.interface(wire.a[1]), host.interface(wire.b[1])
        if wire.a[0] == wire.b[0] == host.inode and a and b:
            far, near = sorted((a, b), key=lambda i: (not who.stays(i.name), i.master is None, i.index))
            box = who.box_of_pair(far.name)
            key = who.slot(far.name, box, near.name)
            found.append((Slot(key, _end(near, "host"), _end(far, "host")), box))
    return found


def _bars(topology: Topology, plugged: set[str]) -> tuple[tuple[Bar, ...], int]:
    """The bridges to draw, oldest first, and how many of other people's were left out."""
    bars = [(_bar(topology, bridge, plugged), bool(plugged & set(bridge.ports))) for bridge in topology.bridges]
    kept = [bar for bar, used in bars if used or not bar.dim]
    return tuple(sorted(kept, key=lambda bar: bar.index)), len(bars) - len(kept)


def _bar(topology: Topology, bridge: Bridge, plugged: set[str]) -> Bar:
    interface = topology.host.interface(bridge.name)
    network = next((n for n in topology.networks if n.name == bridge.network), None)
    addresses = [str(a) for a in interface.addresses if a.scope == "global"] if interface else []
    no_carrier = interface is not None and "NO-CARRIER" in interface.flags
    down = interface is not None and not interface.up
    return Bar(
        key=bridge.name,
        index=interface.index if interface else 0,
        network=bridge.network,
        addresses=tuple(addresses),
        state="DOWN" if down else "NO-CARRIER" if no_carrier else "",
        idle=not bridge.ports or no_carrier or down,
        closed=bool(network and network.internal),
        dim=bool(network and not network.mine and network.name not in PREDEFINED),
        others=len(set(bridge.ports) - plugged),
    )


def _foreign(topology: Topology, networks: int) -> tuple[str, ...]:
    counted = [(topology.foreign, "other container"), (networks, "other network")]
    return tuple(f"{n} {what}{'s' if n > 1 else ''}" for n, what in counted if n)
