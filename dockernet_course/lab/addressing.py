"""Which addresses a container has, read as every engine gives them: ``NetworkSettings.Networks``."""

from __future__ import annotations

from collections.abc import Mapping

from dockernet_course.errors import NotFound
from dockernet_course.lab.api import Api, Json
from dockernet_course.lab.names import joined

__all__ = ["addresses", "owner", "the_one"]


def addresses(api: Api, container: str) -> dict[str, str]:
    """Its IPv4 addresses by network; those of the container whose network it shares, if it does."""
    seen = api.inspect(container)
    while other := owner(seen):
        seen = api.inspect(other)
    return {name: end["IPAddress"] for name, end in seen["NetworkSettings"]["Networks"].items() if end["IPAddress"]}


def owner(seen: Json) -> str:
    """The id of the container whose network it shares, or nothing."""
    return joined(str(seen["HostConfig"]["NetworkMode"]))


def the_one(name: str, held: Mapping[str, str], network: str | None) -> str:
    """The address in the network, or the only one there is. Raises NotFound. Pure."""
    if network is not None and network in held:
        return held[network]
    if network is None and len(held) == 1:
        return next(iter(held.values()))
    there = ", ".join(f"{ip} in {net}" for net, ip in held.items()) or "none"
    if network is None and held:
        raise NotFound(f"The container {name} has several addresses: {there}.", cure="Name the network, too.")
    raise NotFound(
        f"The container {name} has no address{f' in the network {network}' if network else ''}.",
        state=f"It has: {there}.",
        cure="Only a running container in a network has one; in the modes host and none it has none of its own.",
    )
