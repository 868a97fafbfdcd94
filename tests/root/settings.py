"""Settings that owners give their engines: the daemon.json, what is done before the start, and after it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

__all__ = ["SETTINGS", "SUITES", "Setting"]

SUITES = ("trixie", "bookworm")


@dataclass(frozen=True)
class Setting:
    """``daemon``: the daemon.json; ``before``, ``after``: what is done on its host; ``said``: words of ``begin``."""

    daemon: Mapping[str, Any] = field(default_factory=dict)
    said: str = ""
    before: str = ""
    after: str = ""
    suites: tuple[str, ...] = SUITES


_BRIDGE = "ip link add lab0 type bridge && ip addr add 10.99.0.1/24 dev lab0 && ip link set lab0 up"
# The networks are made one after the other: the engine gives them its pools in order.
_CROWD = """
for n in $(seq 25); do docker network create other$n; done
for n in $(seq 60); do docker run -d --name stranger$n --network other$((n % 25 + 1)) dockernet-lab:1 sleep 3600; done
docker run -d --name neighbour dockernet-lab:1 && docker run -d --name neighbour2 dockernet-lab:1
"""
SETTINGS: Mapping[str, Setting] = {
    "userland-proxy": Setting({"userland-proxy": False}, "userland-proxy=false"),
    "icc": Setting({"icc": False}, "icc=false"),
    "ipv6": Setting({"ipv6": True, "fixed-cidr-v6": "fd00:d0c::/64"}, "ipv6=true"),
    "mtu": Setting({"mtu": 1400}, "mtu=1400"),
    "log-driver": Setting({"log-driver": "none"}, "log-driver=none"),
    "userns-remap": Setting({"userns-remap": "default"}, "userns-remap"),
    "iptables": Setting({"iptables": False}, "iptables=false"),
    "bridge": Setting({"bridge": "lab0"}, "bridge=lab0", before=_BRIDGE),
    "bridge-none": Setting({"bridge": "none"}, "bridge=none"),
    "bip": Setting({"bip": "10.98.7.1/24"}),
    "pools": Setting({"default-address-pools": [{"base": "10.96.0.0/16", "size": 26}]}),
    "live-restore": Setting({"live-restore": True}, "live-restore=true"),
    "dns": Setting({"dns": ["192.0.2.54"], "dns-search": ["lab.example"]}),
    "image-store": Setting(
        {"features": {"containerd-snapshotter": True}, "storage-driver": "overlayfs"},
        "containerd image store",
        suites=("trixie",),
    ),
    "crowd": Setting(after=_CROWD),
}
