"""How each kind of network is drawn and told, by its name in ``observe.kinds``. One module each."""

from __future__ import annotations

from dockernet_course.figures.map.kinds.bridge import BRIDGE
from dockernet_course.figures.map.kinds.container import CONTAINER
from dockernet_course.figures.map.kinds.host import HOST
from dockernet_course.figures.map.kinds.kind import OTHER, MapKind, elsewhere, end
from dockernet_course.figures.map.kinds.macvlan import MACVLAN
from dockernet_course.figures.map.kinds.none import NONE
from dockernet_course.figures.map.kinds.overlay import OVERLAY

__all__ = ["KINDS", "MapKind", "elsewhere", "end", "kind_of"]

KINDS = {
    "bridge": BRIDGE,
    "host": HOST,
    "null": NONE,
    "container": CONTAINER,
    "macvlan": MACVLAN,
    "overlay": OVERLAY,
}


def kind_of(name: str) -> MapKind:
    """The kind of that name."""
    return KINDS.get(name, OTHER)
