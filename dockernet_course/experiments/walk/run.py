"""Send one real packet, and record it wherever it passes: one exec in the observer."""

from __future__ import annotations

import shlex
from socket import inet_aton

from dockernet_course.errors import CommandFailed, ObserveError
from dockernet_course.experiments.aims import Party
from dockernet_course.experiments.ask import Place, next_command
from dockernet_course.experiments.in_observer import argv
from dockernet_course.experiments.matrix import placed
from dockernet_course.experiments.walk import sieve, table
from dockernet_course.experiments.walk.build import build
from dockernet_course.experiments.walk.model import How, Walk
from dockernet_course.experiments.walk.plan import OUTSIDE, Plan, plan
from dockernet_course.lab import Container, Lab
from dockernet_course.lab.tables import marked
from dockernet_course.observe import observe

__all__ = ["arguments", "record", "walk"]

_DNS_PATIENCE = "RES_OPTIONS='timeout:1 attempts:2'; export RES_OPTIONS"


def walk(lab: Lab, source: str | Place, target: str | Place, how: How = "address") -> Walk:
    """Follow one real question from the source to the target, and its answer back.

    Containers may be given by their names; ``lab.host`` and ``lab.outside`` are sources and targets, too.
    ``how``: ping to the "address" or the "name"; a connection to the "port" 80 of the address, or "port by name"; or
    to the "published" port: from the host at 127.0.0.1, from a container at its gateway, or from both "published at
    the host's address". A container reaches the host at its gateway, the outside at its uplink's address; two in one
    network namespace 127.0.0.1.

    Raises NotFound for a name that no container has, ObserveError when there is nothing to walk to, or when this engine
    cannot be watched.
    """
    whence, where = (_party(placed(lab, who)) for who in (source, target))
    seen = observe(lab)
    chosen = plan(seen, whence, where, how, private=lab.engine.private)
    return build(chosen, record(lab, chosen), how, seen, marked(lab.id))


def _party(who: Place) -> Party:
    return Party(who.real_name if isinstance(who, Container) else who.name, getattr(who, "id", ""))


def record(lab: Lab, chosen: Plan) -> bytes:
    """What the walker prints. Raises ObserveError when it is ended from outside, or somebody has vanished meanwhile."""
    try:
        return lab.observer.exec(argv("walker.py", *arguments(chosen, marked(lab.id))))
    except CommandFailed as error:
        said = error.state.strip().rpartition("\n")[2]
        raise ObserveError("The packet could not be followed to its end.", state=said, cure="Walk again.") from None


def arguments(chosen: Plan, name: str) -> list[str]:
    """What the walker is told. Pure."""
    addresses = [inet_aton(address).hex() for address in chosen.addresses]
    program = sieve.program(chosen.addresses, chosen.ports, names=chosen.names)
    told = [program.hex(), ",".join(addresses), name, str(chosen.start), _line(chosen)]
    for at, place in enumerate(chosen.places):
        text = "" if place.name == OUTSIDE else table.text(chosen, name, guard=at == 0)
        told += [place.path, str(place.inode), text]
    return told


def _line(chosen: Plan) -> str:
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
