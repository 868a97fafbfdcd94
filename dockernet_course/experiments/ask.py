"""Three questions: what is behind a name, does it answer, does a server answer on its port.

Each runs the very command that it shows, where it shows it; where the container's image lacks it, the course's own, in
the container's network (``SeenContainer``).
"""

from __future__ import annotations

import shlex
from dataclasses import dataclass, replace
from typing import Protocol

from dockernet_course.errors import CommandFailed
from dockernet_course.experiments.model import KINDS, Family, Kind, Probe
from dockernet_course.experiments.model import Protocol as Transport
from dockernet_course.experiments.verdicts import answers, judge, lacking
from dockernet_course.lab import ContainerHandle, Output, SeenContainer

__all__ = ["Place", "Question", "asked_from", "connect", "next_command", "ping", "probe_of", "resolve", "silently"]

# Seconds to wait for an answer. A kernel that cannot find a neighbour asks three times for its MAC address, a second
# apart (arp(7): mcast_solicit, retrans_time; RFC 4861 has the same for IPv6), and says "no route to host" after three
# seconds. Who gives up sooner takes that for silence. The rest is for a busy machine.
_PATIENCE = 4
# A connection is the kernels' work; what a server then says is a program's, which may be slow: so, as long again.
_IN_ALL = 2
# An empty line, and what comes back: data, or what an ICMP message has told the kernel (udp(7)), of which netcat is
# silent; of all such messages with IPV6_RECVERR or IP_RECVERR (ip(7)).
_DATAGRAM = (
    "import socket, sys; sys.tracebacklimit = 0; *there, by, patience = sys.argv[1:]; "
    "family, kind, _, _, at = socket.getaddrinfo(*there, int(by), socket.SOCK_DGRAM)[0]; "
    "s = socket.socket(family, kind); s.settimeout(int(patience)); "
    "s.setsockopt(*((41, 25, 1) if family == 10 else (0, 11, 1))); s.connect(at); s.send(b'\\n'); "
    "print('answered:', s.recv(65535))"
)
_OF_FAMILY = {None: 0, 4: 2, 6: 10}  # AF_UNSPEC, AF_INET, AF_INET6


class Place(Protocol):
    """Where commands run: a container, ``lab.host``, ``lab.outside``."""

    @property
    def name(self) -> str:
        """The place's name in the text: a container's, "host" or "outside"."""

    def sh(self, command: str, /) -> Output:
        """Run a command there, however it ends."""


@dataclass(frozen=True)
class Question:
    """What is asked: ``kind``, of whom (a name or an address), at which port; ``patience`` in seconds for an answer.

    ``family``: by which a name is asked, 4 or 6; None leaves that to getaddrinfo(3), as programs do. ``size``: how many
    bytes a ping carries, which nobody on the way may then take apart.
    """

    kind: Kind
    target: str
    port: int | None = None
    patience: int = _PATIENCE
    family: Family | None = None
    size: int | None = None


def silently(question: Question) -> Question:
    """The same, but over a connection nothing is said."""
    return replace(question, kind="open") if question.kind == "connect" else question


def resolve(source: Place, name: object) -> Probe:
    """All addresses that programs there find behind a name, in ``/etc/hosts`` or by DNS: ``getent ahosts``.

    Of both families, as far as an interface there has an address of the family (getaddrinfo(3), AI_ADDRCONFIG).

    Like the other questions, raises ContainerExited where nothing runs, and CommandFailed where the command says
    something that has nothing to do with the network.
    """
    return _ask(source, Question("resolve", _named(name)))


def ping(source: Place, target: object) -> Probe:
    """One packet to a name or an address, and its answer: ``ping -c 1``. Waits four seconds for it."""
    return _ask(source, Question("ping", _named(target)))


def connect(source: Place, target: object, port: int = 80, protocol: Transport = "tcp") -> Probe:
    """What a web server answers at a name or an address: ``curl``.

    By "udp" what a datagram with an empty line meets there; any answer counts. Silence is told as that: who received
    the datagram need not answer it, so it says neither that somebody is there nor that nobody is. ``why`` finds out.

    Waits four seconds for a connection, and then for the answer, eight seconds in all.
    If curl could not connect, netcat and ping are asked why; what they say is shown too.
    """
    return _ask(source, Question(KINDS[protocol], _named(target), port))


def _named(target: object) -> str:
    """A handle's real name, else the text itself."""
    return str(getattr(target, "real_name", None) or getattr(target, "name", None) or target)


def _ask(source: Place, question: Question) -> Probe:
    seen = _run(source, question)
    if lacking(seen[-1]) and (within := asked_from(source)):
        seen = _run(within, question)
    return probe_of(source.name, question, seen)


def asked_from(source: Place) -> SeenContainer | None:
    """From where to ask instead where the source lacks the commands; None where it is no container."""
    return source.within if isinstance(source, ContainerHandle) else None


def _run(source: Place, question: Question) -> tuple[Output, ...]:
    seen: list[Output] = []
    while command := next_command(question, tuple(seen)):
        seen.append(source.sh(command))
    return tuple(seen)


def next_command(question: Question, seen: tuple[Output, ...] = ()) -> str:
    """The command to run after those that were; empty when they are enough. Pure."""
    if seen and (lacking(seen[-1]) or judge(question.kind, seen) or len(seen) == len(_commands(question))):
        return ""
    return _commands(question)[len(seen)]


def _commands(question: Question) -> tuple[str, ...]:
    patience = question.patience
    by = f"-{question.family} " if question.family else ""
    whole = f"-M do -s {question.size} " if question.size else ""
    ping_it = f"ping {by}{whole}-c 1 -W {patience} {shlex.quote(question.target)}"
    if question.kind == "resolve":
        return (f"getent ahosts {shlex.quote(question.target)}",)
    if question.kind == "ping":
        return (ping_it, ping_it)  # the second one where it took somebody else's answer
    open_it = f"nc {by}-zv -w {patience} {shlex.quote(question.target)} {question.port}"
    if question.kind == "open":
        return (open_it, ping_it)
    if question.kind == "datagram":
        words = (_DATAGRAM, question.target, question.port, _OF_FAMILY[question.family], patience)
        return (f"python3 -c {shlex.join(map(str, words))}", ping_it)
    at = f"[{question.target}]" if ":" in question.target else question.target
    waits = f"--connect-timeout {patience} -m {_IN_ALL * patience}"
    curl = f"curl {by}-sS {waits} {shlex.quote(f'{at}:{question.port}')}"
    return (curl, open_it, ping_it)


def probe_of(source: str, question: Question, seen: tuple[Output, ...]) -> Probe:
    """What the commands' answers amount to. Raises CommandFailed when they are no answers. Pure."""
    if lacking(seen[-1]):
        raise _missing(source, seen[-1])
    verdict = judge(question.kind, seen)
    if verdict is None:
        raise CommandFailed(
            f"This says nothing about the network: {seen[-1].command}",
            state=seen[-1].text.strip() or f"It printed nothing and ended with exit code {seen[-1].exit_code}.",
        )
    if question.kind == "ping":
        seen = seen[-1:]
    found = answers(question.kind, seen[0])
    return Probe(question.kind, source, question.target, verdict, _joined(seen), question.port, found)


def _joined(seen: tuple[Output, ...]) -> Output:
    """One text of several commands, as in a terminal; the first one leads."""
    first, *more = seen
    lines = [first.text.rstrip("\n"), *(repr(output) for output in more)]
    return Output(first.command, "\n".join(lines) + "\n" if more else first.text, first.exit_code, first.prompt)


def _missing(source: str, seen: Output) -> CommandFailed:
    return CommandFailed(
        f"There is no such command in {source}: {seen.command}",
        state=seen.text.strip(),
        cure=f"That says nothing about its network. Ask from a container that shares it and has the command: "
        f"lab.run('tools', 'sleep 1000', network='container:{source}').",
    )
