"""What a kind of network differs in on a map and in its words: a module of this folder for each."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from dockernet_course.figures.map.scene import Bar, End, Slot
from dockernet_course.observe import Interface, Namespace, Topology

__all__ = ["OTHER", "Far", "MapKind", "elsewhere", "end"]

Far = tuple[End | None, str]
"""The far end of an interface where that is drawn, else what is said in its place."""


def end(interface: Interface, at: str) -> End:
    """The interface as an end of a wire."""
    bar = interface.master if at == "host" else None
    return End(interface.name, at, interface.peer_index, down=not interface.up, bar=bar)


def elsewhere(topology: Topology, there: tuple[int, str]) -> str:
    """An interface in a namespace that is not the host's, in words."""
    names = [c.name for c in topology.sharing(there[0])]
    return f"{there[1]} of {', '.join(names) or f'net:[{there[0]}]'}"


def _nowhere(_: Topology, __: Namespace, interface: Interface) -> Far:
    return None, "" if interface.kind == "loopback" else interface.kind


def _nothing(*_: Any) -> str:
    return ""


@dataclass(frozen=True)
class MapKind:
    """How a kind of network is drawn and told; what is left out is what none of its containers has.

    ``guest`` is the small print of a container whose namespace is another one's. ``far`` finds where an interface
    leads; ``leads`` says it in a sentence, ``row`` in the table. That ends at a bar: ``bar`` is what the kernel's thing
    is called there, ``network`` Docker's, ``beside`` stands on the bar after its name, and ``carries`` ends its
    sentence, with the slots that lead to it.
    """

    guest: str = ""
    far: Callable[[Topology, Namespace, Interface], Far] = _nowhere
    leads: Callable[[Slot, End], str] = _nothing
    row: Callable[[Slot, End], str] = _nothing
    bar: str = ""
    network: str = ""
    beside: Callable[[Bar], Sequence[str]] = _nothing
    carries: Callable[[Bar, Sequence[Slot]], str] = _nothing


OTHER = MapKind()
"""Of which the course knows nothing: its interfaces are drawn without a wire, with their kind."""
