"""What the owner of an engine has set otherwise than Docker does by itself, in the words of its daemon's options.

Sources: dockerd(8), and the options of the bridge driver (Docker documentation, Bridge network driver).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from dockernet_course.capabilities.model import Here
from dockernet_course.errors import NotFound
from dockernet_course.lab import Lab

__all__ = ["PROBED", "defaults_changed", "set_so"]

Json = Mapping[str, Any]
PROBED = ("firewall", "userland-proxy")
"""What the API does not tell, and a look at the engine's host does."""
_BRIDGE = "com.docker.network.bridge."
_MTU = "com.docker.network.driver.mtu"
_BY_DEFAULT = {  # option of the default bridge → its name as the daemon's option, and Docker's own value
    f"{_BRIDGE}name": ("bridge", "docker0"),
    f"{_BRIDGE}enable_icc": ("icc", "true"),
    f"{_BRIDGE}enable_ip_masquerade": ("ip-masq", "true"),
    f"{_BRIDGE}host_binding_ipv4": ("ip", "0.0.0.0"),  # noqa: S104 (not bound, compared)
    _MTU: ("mtu", "1500"),
}


def defaults_changed(lab: Lab, found: Mapping[str, Here]) -> tuple[str, ...]:
    """``("icc=false", "log-driver=none")``; ``found``: the answers to ``PROBED``."""
    try:
        bridge: Json | None = lab.api.inspect_network("bridge")
    except NotFound:
        bridge = None
    return tuple(set_so(lab.api.info(), bridge, found))


def set_so(info: Json, bridge: Json | None, found: Mapping[str, Here]) -> Iterator[str]:
    """The settings, from ``GET /info``, ``GET /networks/bridge`` (None if there is none) and what was probed. Pure."""
    firewall = found.get("firewall")
    of_bridge = ["bridge=none"] if bridge is None else _of_bridge(bridge)
    # Without rules there is no masquerade either.
    yield from (setting for setting in of_bridge if firewall != "none" or setting != "ip-masq=false")
    if firewall == "none":
        yield "iptables=false"
    if firewall == "nftables":
        yield "firewall-backend=nftables"
    if bridge is not None and found.get("userland-proxy") is False:
        yield "userland-proxy=false"
    if (driver := info.get("LoggingDriver") or "json-file") != "json-file":
        yield f"log-driver={driver}"
    if any(option.startswith("name=userns") for option in info.get("SecurityOptions") or ()):
        yield "userns-remap"
    if info.get("LiveRestoreEnabled"):
        yield "live-restore=true"
    if any("containerd.snapshotter" in row[1] for row in info.get("DriverStatus") or ()):
        yield "containerd image store"


def _of_bridge(bridge: Json) -> Iterator[str]:
    options = bridge.get("Options") or {}
    for option, (name, default) in _BY_DEFAULT.items():
        if (value := options.get(option) or default) != default:
            yield f"{name}={value}"
    if bridge.get("EnableIPv6"):
        yield "ipv6=true"
