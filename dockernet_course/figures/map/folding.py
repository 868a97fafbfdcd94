"""Replicas of one service drawn once, with their number: what differs among them is their names and addresses. Pure."""

from __future__ import annotations

from dataclasses import dataclass, replace

from dockernet_course.figures.map.scene import Guest, Scene, natural
from dockernet_course.observe import Container, Topology, without

__all__ = ["Fold", "folded", "folds", "named"]

_MOST = 2  # so many are drawn each for itself


@dataclass(frozen=True)
class Fold:
    """Containers that are drawn as one: the ``first`` of them, and the ``rest``."""

    first: Container
    rest: tuple[Container, ...]

    @property
    def name(self) -> str:
        """What the one box is called."""
        return f"{self.first.service} ×{len(self.rest) + 1}"

    def __str__(self) -> str:
        names = sorted((c.name for c in (self.first, *self.rest)), key=natural)
        return f"{self.name} ({', '.join(names)}), each in a network namespace of its own"


def folds(topology: Topology) -> tuple[Fold, ...]:
    """The replicas of a Compose service that are alike, where there are many: same state, same networks."""
    alike: dict[object, list[Container]] = {}
    for container in sorted(topology.containers, key=lambda c: natural(c.name)):
        if container.service and not _shares(topology, container):
            ends = tuple(end.network for end in container.endpoints)
            key = (container.project, container.service, container.state, container.network_mode, ends)
            alike.setdefault(key, []).append(container)
    return tuple(Fold(found[0], tuple(found[1:])) for found in alike.values() if len(found) > _MOST)


def _shares(topology: Topology, container: Container) -> bool:
    return container.namespace is not None and len(topology.sharing(container.namespace)) > 1


def folded(topology: Topology, found: tuple[Fold, ...]) -> Topology:
    """The observation with the first of each fold alone."""
    return without(topology, {c.id for fold in found for c in fold.rest})


def named(scene: Scene, project: str, found: tuple[Fold, ...]) -> Scene:
    """The scene under the project's name, which all names in it begin with; who stands for many is called so."""
    many = {fold.first.id: fold.name for fold in found}

    def guests(shown: tuple[Guest, ...]) -> tuple[Guest, ...]:
        return tuple(replace(g, name=many.get(g.key) or _short(g.name, project)) for g in shown)

    return replace(
        scene,
        boxes=tuple(replace(box, guests=guests(box.guests)) for box in scene.boxes),
        guests=guests(scene.guests),
        bars=tuple(replace(bar, network=_short(bar.network or "", project) or None) for bar in scene.bars),
        published=tuple(replace(port, container=_short(port.container, project)) for port in scene.published),
        folded=tuple(map(str, found)),
    )


def _short(name: str, project: str) -> str:
    """Compose puts the project's name before those that it makes up, with a hyphen, or an underscore (networks)."""
    return name if not project else name.removeprefix(f"{project}-").removeprefix(f"{project}_")
