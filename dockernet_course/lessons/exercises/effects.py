"""What the judges ask for: not how something was done, but what comes of it. Who answers, and where a name leads.

The lab's server says its host name and whom it sees. Containers that share a namespace share that name too, so who
answers is told by the process that listens; and an address proves something only where one namespace alone has it.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from dockernet_course.experiments import Place, Probe, batch, connect
from dockernet_course.lab import Lab
from dockernet_course.lessons.exercises import Context, Outcome, wrong
from dockernet_course.lessons.exercises.seen import inside
from dockernet_course.observe import Container, Topology, who_gets

__all__ = [
    "Lookup",
    "ask",
    "doubles",
    "found_by",
    "host_name",
    "leads",
    "leaves_by",
    "linked",
    "look_up",
    "own",
    "page_of",
    "served_by",
    "ways_to",
]


def own(now: Topology, container: Container) -> set[str]:
    """The container's addresses that others can mean: of both families, without its loopback's and link-local ones."""
    found = (a for i in inside(now, container) if i.kind != "loopback" for a in i.addresses)
    return {a.ip for a in found if a.scope == "global"}


def doubles(now: Topology, address: str) -> list[str]:
    """The containers that have an address, by name; more than one where somebody has copied it."""
    names: dict[int, str] = {}
    for each in now.containers:
        if each.namespace and address in own(now, each):
            names.setdefault(each.namespace, each.name)
    return list(names.values())


@dataclass(frozen=True)
class Lookup:
    """Where a name leads in a container: all ``addresses`` of both families, sorted (a name server turns them round).

    ``written`` tells that a line in its ``/etc/hosts`` says so.
    """

    name: str
    addresses: tuple[str, ...]
    written: bool

    def leads_to(self, now: Topology, container: Container) -> bool:
        """Whether every answer is an address of the container, and of nobody else."""
        theirs = own(now, container)
        return bool(self.addresses) and all(a in theirs and len(doubles(now, a)) == 1 for a in self.addresses)

    def strangers(self, now: Topology, container: Container) -> list[str]:
        """The addresses among the answers that are not the container's."""
        return [a for a in self.addresses if a not in own(now, container)]


# Addresses of both halves of the address space, which no packet is sent to: only the route is looked up.
_BEYOND = ("10.254.254.254", "100.64.0.1", "192.0.2.1", "203.0.113.9")


def leaves_by(about: Context, name: str) -> set[str]:
    """By which gateways the container's packets to other subnets leave, "" for no way: ``ip route get``."""
    lines = "; ".join(f"ip -4 route get {address} 2>&1 || echo none" for address in _BEYOND)
    text = about.lab.container(name).quietly(["sh", "-c", lines]).text
    found = [line for line in text.splitlines() if line.startswith((*_BEYOND, "none"))]
    return {line.split()[2] if line.split()[1:2] == ["via"] else "" for line in found}


def ways_to(now: Topology, about: Context, asker: Place, target: Container, *, but: Iterable[int] = ()) -> list[str]:
    """At which addresses and ports, beside the target's own, the asker gets a page of the target's server.

    Whoever listens at an address that is not a loopback's is asked, in one go: a relay answers with the other's page.
    On a host of the learner's own, nobody is asked who has nothing to do with the lab. ``but`` are ports left out.
    """
    at_host = {a.ip for i in now.host.interfaces if i.kind != "loopback" for a in i.addresses if a.scope == "global"}
    homes = {c.namespace: own(now, c) for c in now.containers if c.namespace} | {now.host.inode: at_host}
    published = {port.host_port for c in now.containers for port in c.ports if port.host_port}
    aims = {(address, port) for address in at_host for port in published} | {
        (address, each.port)
        for each in now.listeners
        if each.namespace != target.namespace and each.protocol == "tcp"
        if each.owners or about.lab.engine.private
        for address in homes.get(each.namespace, ())
        if each.waits_at(address)
    }
    wanted = host_name(about.lab, target)
    asked = [f"[{a}]:{port}" if ":" in a else f"{a}:{port}" for a, port in sorted(aims) if port not in set(but)]
    pages = batch.run(asker, [_SIGHT.format(aim) for aim in asked]) if asked else ()
    return [aim for aim, page in zip(asked, pages, strict=True) if page.text.startswith(f"{wanted} sees ")]


_SIGHT = "curl -sS --connect-timeout 1 -m 2 '{}'"
_LOOK = "getent ahosts {0}; echo; sed 's/#.*//' /etc/hosts"


def look_up(about: Context, asker: str, name: str) -> Lookup:
    """Look a name up in the container that the text calls ``asker``, as its programs do."""
    text = about.lab.container(asker).quietly(["sh", "-c", _LOOK.format(f"'{name}'")]).text
    answers, _, hosts = text.partition("\n\n") if not text.startswith("\n") else ("", "", text)
    found = sorted({line.split()[0] for line in answers.splitlines() if line.strip()})
    return Lookup(name, tuple(found), any(name in line.split()[1:] for line in hosts.splitlines()))


def found_by(now: Topology, lookup: Lookup) -> str:
    """Whom the answers mean, in words."""
    named = {a: doubles(now, a) for a in lookup.addresses}
    words = [f"{a} ({' and '.join(f'`{name}`' for name in who) or 'nobody here'})" for a, who in named.items()]
    return " and to ".join(words) or "nobody"


def leads(now: Topology, about: Context, asker: str, name: str, to: Container) -> Outcome | None:
    """Why a name does not lead the asker to that container, and will not go on doing so; None if all is well.

    A line in ``/etc/hosts`` does not count, unless Docker keeps it right: that of a link.
    """
    found = look_up(about, asker, name)
    shown = about.names.get(to.id, to.name)
    if not found.addresses:
        return wrong(f"In `{asker}` the name `{name}` leads to nobody.", "M2")
    if strange := found.strangers(now, to):
        who = found_by(now, found)
        some = len(strange) < len(found.addresses)
        more = f"All answers should be `{shown}`'s." if some else f"That is not `{shown}`."
        return wrong(f"In `{asker}` the name `{name}` leads to {who}. {more}")
    if not found.leads_to(now, to):
        return wrong(f"In `{asker}` the name `{name}` leads to an address that two have: {found_by(now, found)}.")
    if found.written and not linked(about, asker, to):
        return wrong(
            f"In `{asker}` a line in `/etc/hosts` says where `{name}` leads. It is right now, and only now: nobody "
            f"changes it when `{shown}` gets another address.",
            "M8",
        )
    return None


def linked(about: Context, asker: str, to: Container) -> bool:
    """Whether the asker has a link to that container: Docker writes its line, and keeps it."""
    links = about.lab.api_inspect(about.lab.container(asker).id)["HostConfig"].get("Links") or []
    return any(link.partition(":")[0] == f"/{to.name}" for link in links)


def host_name(lab: Lab, container: Container) -> str:
    """The name under which the container's server answers; a joiner has that of the namespace's owner."""
    config = lab.api_inspect(container.owner or container.id)
    return str(config["Config"].get("Hostname") or "")


def ask(place: Place, address: str, port: int) -> Probe:
    """Ask for a page there."""
    return connect(place, address, port)


def page_of(probe: Probe) -> str:
    """The host name of the server whose page came back; empty without a page of the lab's server."""
    words = " ".join(probe.answers).split()
    return words[0] if probe.ok and len(words) >= 3 and words[-2] == "sees" else ""


def served_by(now: Topology, container: Container, addresses: Iterable[str], port: int) -> set[str]:
    """The ids of the containers whose programs wait at that port of these addresses in the namespace."""
    waiting = [each for address in addresses for each in who_gets(now.listeners, container.namespace, address, port)]
    return {owner for each in waiting for owner in each.owners}
