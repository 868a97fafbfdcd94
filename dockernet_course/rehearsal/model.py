"""What a Compose file says of networks, as the plugin reads it (``docker compose config --format json``). Pure.

The fields are those of the Compose specification (https://github.com/compose-spec/compose-spec/blob/main/spec.md).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from dockernet_course.lab import PREDEFINED

__all__ = ["ComposeNetwork", "ComposePort", "ComposeProject", "ComposeService", "Membership", "project_of"]

Json = Mapping[str, Any]
_ALL = ("", "0.0.0.0", "::")  # noqa: S104 (read, not bound)


@dataclass(frozen=True)
class ComposePort:
    """A published port: the container's ``port``, and where it is published; ``published`` "" leaves it to Docker.

    ``published`` may be a range, of which Docker takes one.
    """

    port: int
    protocol: str = "tcp"
    published: str = ""
    host_ip: str = ""

    @property
    def everywhere(self) -> bool:
        """Whether it is published on all addresses of the host."""
        return self.host_ip in _ALL

    def meets(self, other: ComposePort) -> bool:
        """Whether both want one port of the host, at one of its addresses; of a range, Docker takes what is free."""
        if not self.published.isdecimal() or (self.published, self.protocol) != (other.published, other.protocol):
            return False
        one, two = sorted((self.host_ip, other.host_ip), key=_ALL.__contains__)
        return one == two or not two or two == ("::" if ":" in one else "0.0.0.0")  # noqa: S104

    def __str__(self) -> str:
        return f"{self.port}" if self.protocol == "tcp" else f"{self.port}/{self.protocol}"


@dataclass(frozen=True)
class Membership:
    """A service in a network (its key in the file), with what it asks for there."""

    network: str
    aliases: tuple[str, ...] = ()
    addresses: tuple[str, ...] = ()


@dataclass(frozen=True)
class ComposeService:
    """A service. ``mode`` is its ``network_mode`` or "", ``links`` are pairs of service and alias.

    ``expose`` has ports as "80/tcp"; ``depends_on`` the condition for each service; ``raw`` all that the plugin said.
    """

    name: str
    image: str = ""
    container_name: str = ""
    hostname: str = ""
    mode: str = ""
    networks: tuple[Membership, ...] = ()
    ports: tuple[ComposePort, ...] = ()
    expose: tuple[str, ...] = ()
    links: tuple[tuple[str, str], ...] = ()
    extra_hosts: tuple[tuple[str, str], ...] = ()
    environment: Mapping[str, str] = field(default_factory=dict)
    depends_on: Mapping[str, str] = field(default_factory=dict)
    profiles: tuple[str, ...] = ()
    raw: Json = field(default_factory=dict, repr=False)

    @property
    def shares(self) -> str:
        """The service whose network namespace it has (``network_mode: service:…``), or ""."""
        return self.mode.removeprefix("service:") if self.mode.startswith("service:") else ""

    def within(self, network: str) -> Membership | None:
        """Its membership in that network, or None."""
        return next((each for each in self.networks if each.network == network), None)


@dataclass(frozen=True)
class ComposeNetwork:
    """A network: its ``key`` in the file, the ``name`` that the engine is to give it, and its addresses."""

    key: str
    name: str
    driver: str = "bridge"
    internal: bool = False
    external: bool = False
    ipv6: bool = False
    pools: tuple[Json, ...] = ()
    options: Mapping[str, str] = field(default_factory=dict)

    @property
    def subnets(self) -> tuple[str, ...]:
        """The subnets that the file gives it."""
        return tuple(str(pool["subnet"]) for pool in self.pools if pool.get("subnet"))


@dataclass(frozen=True)
class ComposeProject:
    """The whole file."""

    name: str
    services: tuple[ComposeService, ...]
    networks: tuple[ComposeNetwork, ...]

    def service(self, name: str) -> ComposeService | None:
        """The service of that name, or None."""
        return next((each for each in self.services if each.name == name), None)

    def network(self, key: str) -> ComposeNetwork | None:
        """The network of that key, or None."""
        return next((each for each in self.networks if each.key == key), None)

    def owner(self, service: ComposeService) -> ComposeService:
        """The service whose network namespace it really has: its own, or along ``network_mode: service:…``."""
        seen = {service.name}
        while (other := self.service(service.shares)) is not None and other.name not in seen:
            seen.add(other.name)
            service = other
        return service

    def common(self, one: ComposeService, other: ComposeService) -> tuple[str, ...]:
        """The networks that both are in, by themselves or by whose namespace they share."""
        theirs = {each.network for each in self.owner(other).networks}
        return tuple(each.network for each in self.owner(one).networks if each.network in theirs)

    def closed(self, service: ComposeService) -> bool:
        """Whether it is in internal networks only, from which Docker publishes nothing."""
        networks = [self.network(each.network) for each in service.networks]
        return bool(networks) and all(network and network.internal for network in networks)

    def members(self, network: str) -> tuple[ComposeService, ...]:
        """The services that are in a network by themselves."""
        return tuple(each for each in self.services if each.within(network))

    def names(self, service: ComposeService) -> frozenset[str]:
        """Under which names others may know it: its own, its container's, its aliases."""
        aliases = (alias for each in service.networks for alias in each.aliases)
        return frozenset(filter(None, (service.name, service.container_name, *aliases)))


def project_of(config: Json) -> ComposeProject:
    """The project, from the plugin's JSON. Docker's own networks are modes, also where they stand as external ones."""
    services = tuple(_service(name, raw or {}) for name, raw in (config.get("services") or {}).items())
    networks = [_network(key, raw or {}) for key, raw in (config.get("networks") or {}).items()]
    own = {each.key: each.name for each in networks if each.external and each.name in PREDEFINED}
    return ComposeProject(
        str(config.get("name") or "rehearsal"),
        tuple(_in_mode(each, own) for each in services),
        tuple(each for each in networks if each.key not in own),
    )


def _in_mode(service: ComposeService, own: Mapping[str, str]) -> ComposeService:
    rest = tuple(each for each in service.networks if each.network not in own)
    modes = [own[each.network] for each in service.networks if each.network in own]
    return replace(service, networks=rest, mode=service.mode or ("" if rest else modes[0])) if modes else service


def _service(name: str, raw: Json) -> ComposeService:
    return ComposeService(
        name=name,
        image=str(raw.get("image") or ""),
        container_name=str(raw.get("container_name") or ""),
        hostname=str(raw.get("hostname") or ""),
        mode=str(raw.get("network_mode") or ""),
        networks=tuple(_membership(key, one or {}) for key, one in (raw.get("networks") or {}).items()),
        ports=tuple(_port(one) for one in raw.get("ports") or ()),
        expose=tuple(port for one in raw.get("expose") or () for port in _exposed(str(one))),
        links=tuple(_link(str(one)) for one in raw.get("links") or ()),
        extra_hosts=tuple(_pair(str(one)) for one in raw.get("extra_hosts") or ()),
        environment={key: str(value or "") for key, value in (raw.get("environment") or {}).items()},
        depends_on={key: str(one.get("condition", "")) for key, one in (raw.get("depends_on") or {}).items()},
        profiles=tuple(raw.get("profiles") or ()),
        raw=raw,
    )


def _membership(key: str, one: Json) -> Membership:
    addresses = tuple(str(one[kind]) for kind in ("ipv4_address", "ipv6_address") if one.get(kind))
    return Membership(key, tuple(one.get("aliases") or ()), addresses)


def _port(one: Json) -> ComposePort:
    published, protocol = str(one.get("published") or ""), one.get("protocol") or "tcp"
    return ComposePort(int(one["target"]), protocol, published, str(one.get("host_ip") or ""))


def _exposed(text: str) -> Iterator[str]:
    """One port each, of "80", "53/udp" or "4000-4002"."""
    numbers, _, protocol = text.partition("/")
    first, _, last = numbers.partition("-")
    if first.isdecimal():
        for number in range(int(first), int(last or first) + 1):
            yield f"{number}/{protocol or 'tcp'}"


def _link(text: str) -> tuple[str, str]:
    service, _, alias = text.partition(":")
    return service, alias or service


def _pair(text: str) -> tuple[str, str]:
    name, _, address = text.partition("=" if "=" in text else ":")
    return name, address


def _network(key: str, raw: Json) -> ComposeNetwork:
    return ComposeNetwork(
        key=key,
        name=str(raw.get("name") or key),
        driver=str(raw.get("driver") or "bridge"),
        internal=bool(raw.get("internal")),
        external=bool(raw.get("external")),
        ipv6=bool(raw.get("enable_ipv6")),
        pools=tuple((raw.get("ipam") or {}).get("config") or ()),
        options={key: str(value) for key, value in (raw.get("driver_opts") or {}).items()},
    )
