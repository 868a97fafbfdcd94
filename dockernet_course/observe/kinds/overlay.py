"""Driver overlay: a veth pair, whose other end is in a network namespace that the engine made for the network.

There it is a port of a bridge, beside a VXLAN interface (moby, libnetwork/drivers/overlay). No container is in that
namespace, so it is not looked into: the other end is one that was not seen.
"""

from __future__ import annotations

from dockernet_course.observe.kinds.kind import NetworkKind

__all__ = ["OVERLAY"]

OVERLAY = NetworkKind("overlay", link="veth", leads_to="other end")
