"""The kinds of network that the course knows, looked up by Docker's words or by the kernel's. One module each."""

from __future__ import annotations

from dockernet_course.observe.kinds.bridge import BRIDGE
from dockernet_course.observe.kinds.container import CONTAINER
from dockernet_course.observe.kinds.host import HOST
from dockernet_course.observe.kinds.kind import OTHER, NetworkKind
from dockernet_course.observe.kinds.macvlan import MACVLAN
from dockernet_course.observe.kinds.none import NONE
from dockernet_course.observe.kinds.overlay import OVERLAY

__all__ = ["KINDS", "NetworkKind", "of_driver", "of_link", "of_mode"]

KINDS = (BRIDGE, HOST, NONE, CONTAINER, MACVLAN, OVERLAY)


def of_driver(driver: str) -> NetworkKind:
    """The kind of the networks of that driver."""
    return next((kind for kind in KINDS if kind.name == driver), OTHER)


def of_link(link: str, driver: str = "") -> NetworkKind:
    """The kind of network that gives such interfaces: of several, that of the driver, else the first."""
    found = [kind for kind in KINDS if kind.link == link]
    return next((kind for kind in found if kind.name == driver), found[0] if found else OTHER)


def of_mode(mode: str) -> NetworkKind:
    """The kind of a container's network mode ("host", "container:…"); a network's name tells none."""
    word = mode[: mode.find(":") + 1] or mode
    return next((kind for kind in KINDS if kind.mode == word), OTHER)
