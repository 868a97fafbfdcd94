"""Who listens where: which container's program waits at which port of which network namespace.

Several containers may share a namespace, its addresses and its name (UTS); only the processes tell who of them answers.
Sources: ss(8), pid_namespaces(7).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from dockernet_course.lab import Lab
from dockernet_course.observe import Container, Topology

__all__ = ["Listener", "at", "holders", "listening", "of"]

_ANYWHERE = {"*", "0.0.0.0", "[::]", "::"}  # noqa: S104, compared with, not bound to
_LOOPBACKS = ("127.", "[::1]", "::1")
_ASK = """seen=$(for pid in {pids}; do echo "@ $pid"; nsenter -t $pid -n ss -Hltunp 2>/dev/null; done)
echo "$seen"
for pid in $(echo "$seen" | grep -o 'pid=[0-9]*' | cut -d= -f2 | sort -u) {pids}; do
  echo "= $pid $(readlink /proc/$pid/ns/pid)"
done"""
_ROW = re.compile(r"(tcp|udp)\s+(?:LISTEN|UNCONN)\s+\d+\s+\d+\s+(\S+):(\d+)\s")


@dataclass(frozen=True)
class Listener:
    """A socket that waits: in which ``namespace``, at which address and port, and whose it is (container ids).

    ``owners`` is empty for a program of the host, and holds more than one id where containers share their processes.
    """

    namespace: int
    protocol: str
    address: str
    port: int
    owners: frozenset[str] = frozenset()

    @property
    def everywhere(self) -> bool:
        """Whether it waits at all addresses."""
        return self.address in _ANYWHERE

    @property
    def to_itself(self) -> bool:
        """Whether it waits at a loopback address only."""
        return self.address.startswith(_LOOPBACKS)

    def waits_at(self, address: str) -> bool:
        """Whether a packet to that address comes to it."""
        plain = self.address.strip("[]").partition("%")[0].removeprefix("::ffff:")
        return plain == address or self.address in ("*", "[::]", "::") or (self.everywhere and ":" not in address)

    def __str__(self) -> str:
        return f"{self.address}:{self.port}"


def listening(lab: Lab, now: Topology) -> tuple[Listener, ...]:
    """All that listen on the host and in the lab's containers, asked in one go."""
    namespaces = {c.namespace: c.pid for c in now.containers if c.namespace and c.pid}
    namespaces = {now.host.inode: 1} | {inode: pid for inode, pid in namespaces.items() if inode != now.host.inode}
    pids = {c.pid: c.id for c in now.containers if c.pid}
    everybody = " ".join(str(pid) for pid in sorted({*namespaces.values(), *pids}))
    text = lab.host(_ASK.format(pids=everybody)).text
    return tuple(dict.fromkeys(_parsed(text, {pid: inode for inode, pid in namespaces.items()}, pids)))


def _parsed(text: str, namespaces: dict[int, int], pids: dict[int, str]) -> Iterator[Listener]:
    """What the shell's lines say. Pure."""
    worlds = {int(words[1]): words[-1] for line in text.splitlines() if (words := line.split())[:1] == ["="]}
    namespace = None
    for line in text.splitlines():
        if line.startswith("@ "):
            namespace = namespaces.get(int(line.split()[1]))
        elif namespace is not None and (row := _ROW.match(line)):
            owners = {o for pid in re.findall(r"pid=(\d+)", line) for o in _owners(int(pid), pids, worlds)}
            yield Listener(namespace, row[1], row[2], int(row[3]), frozenset(owners))


def _owners(pid: int, pids: dict[int, str], worlds: dict[int, str]) -> list[str]:
    """The containers whose processes a process belongs to: its own, or all that share its pid namespace."""
    if pid in pids:
        return [pids[pid]]
    world = worlds.get(pid)
    return [owner for first, owner in pids.items() if world and world == worlds.get(first) != worlds.get(1)]


def of(found: tuple[Listener, ...], container: Container) -> tuple[Listener, ...]:
    """Those in the container's namespace, whoever of those in it they belong to."""
    return tuple(each for each in found if each.namespace == container.namespace)


def at(found: tuple[Listener, ...], namespace: int | None, address: str, port: int) -> tuple[Listener, ...]:
    """Who gets a connection to that address and port: who waits at the address itself, else who waits at all."""
    able = [each for each in found if (each.namespace, each.protocol, each.port) == (namespace, "tcp", port)]
    able = [each for each in able if each.waits_at(address)]
    exact = [each for each in able if not each.everywhere]
    return tuple(exact or able)


def holders(found: tuple[Listener, ...], container: Container) -> tuple[Listener, ...]:
    """What the container's own programs wait at."""
    return tuple(each for each in found if container.id in each.owners)
