"""What is still free on the engine's host: a TCP port, an address of a network. Pure.

Docker chooses both itself wherever it can. Where a container has the host's network, or a veth pair is made by hand,
somebody else has to.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from ipaddress import IPv4Interface, IPv4Network, ip_interface, ip_network
from itertools import count

from dockernet_course.errors import NotFound
from dockernet_course.lab.api import Json

__all__ = ["SOCKETS", "address", "listening", "listens", "port"]

SOCKETS = "cat /proc/1/net/tcp /proc/1/net/tcp6; ls -l /proc/1/fd; true"
"""A shell command in a container: the TCP sockets of its namespace, and the files that its first process has open."""

_LISTENS = "0A"  # TCP_LISTEN in /proc/net/tcp, proc(5)


def listening(tables: str) -> set[int]:
    """The ports on which somebody listens, from the text of ``/proc/net/tcp`` and ``tcp6``."""
    rows = (line.split() for line in tables.splitlines())
    return {int(row[1].rpartition(":")[2], 16) for row in rows if len(row) > 3 and row[3] == _LISTENS}


def listens(sockets: str) -> bool:
    """Whether the process itself listens, from what ``SOCKETS`` prints: others may, in a namespace that it shares."""
    rows = (line.split() for line in sockets.splitlines())
    inodes = {row[9] for row in rows if len(row) > 9 and row[3] == _LISTENS}
    return not inodes.isdisjoint(re.findall(r"-> socket:\[(\d+)\]", sockets))


def port(first: int, taken: Collection[int]) -> int:
    """The first port from ``first`` on that is not taken."""
    return next(number for number in count(first) if number not in taken)


def address(network: Json) -> IPv4Interface:
    """The last address of the network that nobody has, with the length of its prefix: Docker begins at the other end.

    ``network`` is what ``GET /networks/{id}`` answers. Raises NotFound.
    """
    pools = [pool for pool in (network.get("IPAM") or {}).get("Config") or () if "." in pool.get("Subnet", "")]
    taken = {str(pool.get("Gateway")).partition("/")[0] for pool in pools} | set(_held(network))
    for pool in pools:
        subnet = ip_network(pool["Subnet"], strict=False)
        if isinstance(subnet, IPv4Network):
            for number in range(int(subnet.broadcast_address) - 1, int(subnet.network_address), -1):
                found = IPv4Interface((number, subnet.prefixlen))
                if str(found.ip) not in taken:
                    return found
    raise NotFound(f"The network {network.get('Name')} has no free IPv4 address.")


def _held(network: Json) -> Iterable[str]:
    """The addresses that Docker has given to containers."""
    given = (end.get("IPv4Address") for end in (network.get("Containers") or {}).values())
    return (str(ip_interface(text).ip) for text in given if text)
