"""Driver bridge: a veth pair for each endpoint (veth(4)), whose other end is a port of the network's Linux bridge."""

from __future__ import annotations

from dockernet_course.observe.kinds.kind import Api, NetworkKind, options

__all__ = ["BRIDGE"]


def _bridge(api: Api) -> str:
    return options(api).get("com.docker.network.bridge.name") or f"br-{api['Id'][:12]}"


BRIDGE = NetworkKind(
    "bridge",
    link="veth",
    leads_to="other end",
    bridge=_bridge,
    created=": one end of a veth pair, whose other end is made in {there}, not here",
)
