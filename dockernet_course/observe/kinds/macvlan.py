"""Driver macvlan: an interface with a MAC address of its own, made on one of the host's, its parent (ip-link(8)).

Without the option ``parent`` the engine makes a dummy interface for one (moby, libnetwork/drivers/macvlan).
"""

from __future__ import annotations

from collections.abc import Mapping
from sys import byteorder

from dockernet_course.observe.kinds.kind import Api, NetworkKind, options

__all__ = ["MACVLAN"]

_MODES = {1: "private", 2: "vepa", 4: "bridge", 8: "passthru", 16: "source"}


def _parent(api: Api) -> str:
    return options(api).get("parent") or f"dm-{api['Id'][:12]}"


def _detail(data: Mapping[int, bytes]) -> str:
    """IFLA_MACVLAN_MODE (linux/if_link.h)."""
    mode = int.from_bytes(data.get(1, b""), byteorder)
    return f"mode {_MODES.get(mode, mode)}"


MACVLAN = NetworkKind(
    "macvlan",
    link="macvlan",
    leads_to="parent",
    parent=_parent,
    detail=_detail,
    created=": a macvlan interface, whose parent is {name} on {there}",
)
