"""Driver macvlan: an interface with a MAC address of its own, made on one of the host's, its parent (ip-link(8)).

Without the option ``parent`` the engine makes a dummy interface for one (moby, libnetwork/drivers/macvlan).
"""

from __future__ import annotations

from typing import Any

from dockernet_course.observe.kinds.kind import Api, NetworkKind, options

__all__ = ["MACVLAN"]


def _parent(api: Api) -> str:
    return options(api).get("parent") or f"dm-{api['Id'][:12]}"


def _detail(data: Any) -> str:
    return f"mode {data.get_attr('IFLA_MACVLAN_MODE')}"


MACVLAN = NetworkKind(
    "macvlan",
    link="macvlan",
    leads_to="parent",
    parent=_parent,
    detail=_detail,
    created=": a macvlan interface, whose parent is {name} on {there}",
)
