"""What a judge may need beside the observation."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from dockernet_course.lab import Lab
from dockernet_course.observe import ByHand, Container, Network, Topology

__all__ = ["Context"]


@dataclass(frozen=True)
class Context:
    """The ``lab``, the state at the ``start``, the learner's ``answer``, and what was right at the start: ``truth``.

    ``names`` holds the text's names of the start's containers and networks by their ids, ``by_hand`` what somebody has
    changed on the engine's host.
    """

    lab: Lab
    start: Topology
    answer: object = None
    truth: object = None
    names: Mapping[str, str] = field(default_factory=dict)
    by_hand: tuple[ByHand, ...] = ()

    def container(self, now: Topology, name: str) -> Container | None:
        """The observed container that the text calls ``name`` (a taken name got a suffix), or None."""
        ids = [handle.id for handle in self.lab.containers() if handle.name == name]
        return next((c for c in now.containers if c.id in ids), None)

    def network(self, now: Topology, name: str) -> Network | None:
        """The observed network that the text calls ``name``, or None."""
        ids = [handle.id for handle in self.lab.networks() if handle.name == name]
        return next((n for n in now.networks if n.id in ids or (n.name == name and not n.mine)), None)

    def at_start(self, name: str) -> Container | None:
        """The container that the text called ``name`` at the start, or None."""
        return next((c for c in self.start.containers if self.names.get(c.id, c.name) == name), None)
