"""The addresses of a file: which subnets and static addresses can be, and which an engine would refuse. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from itertools import count, islice

from dockernet_course.rehearsal.model import ComposeNetwork, ComposeProject, ComposeService

__all__ = [
    "DEFAULT_BRIDGE",
    "BadAddress",
    "Overlap",
    "bad_addresses",
    "family",
    "free_subnets",
    "nets",
    "other_addresses",
    "overlaps",
]

DEFAULT_BRIDGE = "172.17.0.0/16"
"""docker0's subnet, if its owner has not set another (Docker docs: dockerd, default-address-pools)."""

Net = IPv4Network | IPv6Network
Address = IPv4Address | IPv6Address
Given = dict[str, list[str]]


@dataclass(frozen=True)
class Overlap:
    """A network's subnet that overlaps with another's; ``other`` is "" for the default bridge's."""

    network: str
    subnet: str
    other: str
    others: str


@dataclass(frozen=True)
class BadAddress:
    """A static address that the engine refuses, and why."""

    service: str
    network: str
    address: str
    why: str


def nets(network: ComposeNetwork) -> tuple[Net, ...]:
    """Its subnets, as far as they are some."""
    return tuple(found for text in network.subnets if (found := _net(text)) is not None)


def overlaps(project: ComposeProject) -> tuple[Overlap, ...]:
    """Subnets that overlap with one that stands before them in the file, or with the default bridge's."""
    taken: list[tuple[str, Net]] = [("", ip_network(DEFAULT_BRIDGE))]
    found = []
    for network in project.networks:
        mine = [] if network.external else nets(network)
        met = [(own, *other) for own in mine for other in taken if _overlap(own, other[1])]
        found += [Overlap(network.key, str(own), key, str(theirs)) for own, key, theirs in met[:1]]
        taken += [] if met else [(network.key, own) for own in mine]
    return tuple(found)


def bad_addresses(project: ComposeProject) -> tuple[BadAddress, ...]:
    """Static addresses that are in no subnet of their network, the gateway's, or another service's."""
    return tuple(
        BadAddress(service.name, network.key, address, why)
        for network in project.networks
        for service, address, why in _bad_in(project, network)
    )


def other_addresses(network: ComposeNetwork, given: Mapping[str, Sequence[str]], all_of: Iterable[str]) -> Given:
    """Where some are ``given`` a static address: one for each of the others of ``all_of``, and whose it is.

    Docker might give one of the others a static address otherwise: it depends on who is started first.
    """
    static = frozenset(address for held in given.values() for address in held)
    found: Given = {}
    for version in sorted({family(address) for address in static}):
        free = _free_in(network, version, static)
        for name in all_of:
            if not any(family(address) == version for address in given.get(name, ())):
                found.setdefault(name, []).extend(islice(free, 1))
    return found


def _free_in(network: ComposeNetwork, version: int, static: frozenset[str]) -> Iterator[str]:
    """The addresses of a network from which Docker chooses, without those that are taken."""
    pool = next(each for each in network.pools if family(str(each.get("subnet"))) == version)
    whole = ip_network(str(pool["subnet"]), strict=False)
    hosts = ip_network(str(pool.get("ip_range") or whole), strict=False).hosts()
    aside = (pool.get("aux_addresses") or {}).values()
    taken = {*static, str(pool.get("gateway")), str(whole[1]), *map(str, aside)}
    return (str(each) for each in hosts if str(each) not in taken)


def _bad_in(project: ComposeProject, network: ComposeNetwork) -> Iterator[tuple[ComposeService, str, str]]:
    gateways = {str(pool.get("gateway")) for pool in network.pools}
    taken: dict[str, str] = {}
    for service in project.members(network.key):
        member = service.within(network.key)
        for address in member.addresses if member else ():
            why = _why_bad(address, network, gateways, taken)
            if why:
                yield service, address, why
            else:
                taken[address] = service.name


def _why_bad(address: str, network: ComposeNetwork, gateways: set[str], taken: dict[str, str]) -> str:
    given = _address(address)
    if given is None:
        return "it is no address"
    if network.external:
        return ""
    mine = nets(network)
    if not any(each.version == given.version for each in mine):
        return f"the network has no IPv{given.version} subnet of the file's own, and without one Docker takes none"
    if not any(given in each for each in mine):
        return f"it is in no subnet of the network ({', '.join(map(str, mine))})"
    if address in gateways:
        return "it is the network's gateway"
    return f"{taken[address]} has it already" if address in taken else ""


def free_subnets(taken: Iterable[Net]) -> tuple[Iterator[str], Iterator[str]]:
    """Subnets of IPv4 and of IPv6 for networks that the file gives none."""
    used = [ip_network(DEFAULT_BRIDGE), *taken]
    return _free("172.{}.{}.0/24", used, 18 * 256), _free("fd00:d0c:{:x}{:02x}::/64", used, 0)


def _free(form: str, used: list[Net], first: int) -> Iterator[str]:
    candidates = (ip_network(form.format(*divmod(number, 256))) for number in count(first))
    return (str(each) for each in candidates if not any(_overlap(each, other) for other in used))


def family(address: str) -> int:
    """4 or 6."""
    return 6 if ":" in address else 4


def _overlap(one: Net, other: Net) -> bool:
    return one.version == other.version and one.overlaps(other)


def _net(text: str) -> Net | None:
    try:
        return ip_network(text, strict=False)
    except ValueError:
        return None


def _address(text: str) -> Address | None:
    try:
        return ip_address(text)
    except ValueError:
        return None
