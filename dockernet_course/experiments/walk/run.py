"""Send one real packet, and record it wherever it passes: one command in the observer."""

from __future__ import annotations

import shlex
from dataclasses import replace
from ipaddress import ip_address

from dockernet_course.errors import CommandFailed, ObserveError
from dockernet_course.experiments.ask import Place, next_command, silently
from dockernet_course.experiments.model import Family, Protocol
from dockernet_course.experiments.places import holder, placed
from dockernet_course.experiments.targets import Party, canonical, is_address, space, with_port
from dockernet_course.experiments.walk import bpf_filter, names, trace_table
from dockernet_course.experiments.walk.build import build
from dockernet_course.experiments.walk.model import How
from dockernet_course.experiments.walk.plan import OUTSIDE, WalkPlan, files, plan
from dockernet_course.experiments.walk.result import Walk
from dockernet_course.experiments.walk.written import families
from dockernet_course.lab import SeenContainer, View, marked, script_argv
from dockernet_course.observe import Topology, observe

__all__ = ["arguments", "leaves", "record", "walk"]

_DNS_PATIENCE = "RES_OPTIONS='timeout:1 attempts:2'; export RES_OPTIONS"


def walk(
    lab: View,
    source: str | Place,
    target: str | Place,
    how: How = "address",
    port: int | None = None,
    *,
    family: Family | None = None,
    protocol: Protocol = "tcp",
    size: int | None = None,
    patience: int | None = None,
) -> Walk:
    """Follow one real question from the source to the target, and its answer back.

    Containers may be given by their names, a target by its address, and with its port ("web:5432"); ``lab.host`` and
    ``lab.outside`` are sources and targets, too. ``family``: IPv4 (4) or IPv6 (6). Without one it is the address's, or
    IPv4 where the target has an address of it; with a name that leads to both, whichever the source's programs take.
    ``how``: ping to the "address" or the "name"; a connection to the "port" at the address, or "port by name"; or to
    the "published" port: from the host at 127.0.0.1, from a container at its gateway, or from both "published at the
    host's address". ``port`` is the target's own; without one, that at which it listens, or else 80. A container
    reaches the host at its gateway, the outside at its uplink's address; two in one network namespace 127.0.0.1.
    ``protocol`` "udp": a datagram with an empty line to the "port", or to a "published" one.
    ``size``: how many bytes the ping carries, which may then not be taken apart on the way.
    ``patience``: seconds to wait for an answer, four without it.

    Raises NotFound for a name or an address that nobody here has, ObserveError when there is nothing to walk to, when
    this engine cannot be watched, or when a name could be asked outside of an engine of the learner's own.
    """
    seen = observe(lab)
    if isinstance(target, str):
        target, given = with_port(target)
        port, how = (given, "port" if how == "address" else how) if given else (port, how)
    at = canonical(target) if isinstance(target, str) and is_address(target) else ""
    here = placed(lab, source)
    whence, where = _party(here), _party(holder(lab, seen, at, here) if at else placed(lab, target))
    by: Family | None = (6 if ":" in at else 4) if at else family
    chosen = plan(seen, whence, where, how, port, private=lab.engine.private, family=by, at=at, protocol=protocol)
    asked = silently(chosen.question) if lab.strange else chosen.question
    if size and asked.kind != "ping":
        raise ObserveError(
            "Only a ping has a size that can be chosen.", cure="Walk to the address, or the name: size=1472."
        )
    chosen = replace(chosen, question=replace(asked, patience=patience or asked.patience, size=size))
    if chosen.names and not lab.engine.private:
        _refuse_to_ask_outside(lab, seen, chosen, whence)
    line = f"{chosen.source}$ {next_command(chosen.question)}"
    with lab.permitted("This sends a packet, and has the host's firewall trace it for a moment.", line):
        return build(chosen, record(lab, chosen), how, seen, marked(lab.id))


def leaves(lab: View, seen: Topology, source: Party, name: str) -> str:
    """Why a question about the name could leave an engine of the learner's own; empty if it cannot (see ``names``)."""
    paths = (f"{files(seen, source)}/etc/{file}" for file in ("hosts", "resolv.conf"))
    hosts, resolv = (lab.observer.run(["cat", path]).stdout.decode() for path in paths)
    held = frozenset(address.ip for interface in seen.host.interfaces for address in interface.addresses)
    here = space(seen, source)
    own = None if here is None or here.host else held
    return names.leaves(name, hosts, resolv, names.known(seen, source), own)


def _refuse_to_ask_outside(lab: View, seen: Topology, chosen: WalkPlan, source: Party) -> None:
    if why := leaves(lab, seen, source, chosen.question.target):
        raise ObserveError(
            f"This walk is not begun: nothing may leave your engine, and here the name could: {why}.",
            cure="Walk to the address, or by a name in a network that both are in; on a private engine "
            "(DOCKERNET_ENGINE=capsule) every walk can be made.",
        )


def _party(who: Place) -> Party:
    return Party(who.real_name if isinstance(who, SeenContainer) else who.name, getattr(who, "id", ""))


def record(lab: View, chosen: WalkPlan) -> bytes:
    """What the walker prints. Raises ObserveError when it is ended from outside, or somebody has vanished meanwhile."""
    try:
        return lab.observer.exec(script_argv("experiments", "walker.py", *arguments(chosen, marked(lab.id))))
    except CommandFailed as error:
        said = error.state.strip().rpartition("\n")[2]
        raise ObserveError("The packet could not be followed to its end.", state=said, cure="Walk again.") from None


def arguments(chosen: WalkPlan, name: str) -> list[str]:
    """What the walker is told. Pure."""
    addresses = [ip_address(address).packed.hex() for address in chosen.addresses]
    program = bpf_filter.program(chosen.addresses, chosen.ports, names=chosen.names, udp=chosen.datagram)
    kinds = "".join(map(str, families(chosen.addresses)))
    told = [program.hex(), ",".join(addresses), name, trace_table.delete(chosen, name), kinds]
    told += [str(chosen.start), _line(chosen)]
    for at, place in enumerate(chosen.places):
        text = "" if place.name == OUTSIDE else trace_table.text(chosen, name, guard=at == 0)
        told += [place.path, str(place.inode), text]
    return told


def _line(chosen: WalkPlan) -> str:
    """The command as it is shown; for a name, with the source's own files of names in place of the observer's."""
    command = next_command(chosen.question)
    if not chosen.files:
        return f"{_DNS_PATIENCE}; exec {command}"
    copied = " && ".join(
        f"cp {chosen.files}/etc/{name} /mnt/{name} && mount --bind /mnt/{name} /etc/{name}"
        for name in ("resolv.conf", "hosts")
    )
    # A mount of its own: nobody else sees it. 125 is none of the command's own exit codes.
    inside = f"mount -t tmpfs names /mnt && {copied} || exit 125; exec {command}"
    return f"{_DNS_PATIENCE}; exec unshare -m sh -c {shlex.quote(inside)}"
