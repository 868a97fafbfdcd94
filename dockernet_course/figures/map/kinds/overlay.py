"""Driver overlay: no wire, for its other end is in a namespace of the engine's own, which nobody looks into."""

from __future__ import annotations

from dataclasses import replace

from dockernet_course.figures.map.kinds.bridge import BRIDGE
from dockernet_course.figures.map.kinds.kind import Far
from dockernet_course.observe import Interface, Namespace, Topology

__all__ = ["OVERLAY"]


def _far(topology: Topology, namespace: Namespace, interface: Interface) -> Far:
    far, note = BRIDGE.far(topology, namespace, interface)
    return far, f"overlay: {note}" if note else ""


OVERLAY = replace(BRIDGE, far=_far)
