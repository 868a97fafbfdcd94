"""Before and after: one scene that holds both, every difference marked."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any, TypeVar

from dockernet_course.figures.drawing.primitives import Mark
from dockernet_course.figures.map.scene import Fact, Guest, NamespaceBox, Scene, Slot

__all__ = ["compare"]

T = TypeVar("T")


def compare(before: Scene, after: Scene) -> Scene:
    """``after`` with marks, and with what is gone from ``before`` as ghosts."""
    return replace(
        after,
        boxes=_merged(before.boxes, after.boxes, _box),
        bars=_merged(before.bars, after.bars, _plain),
        guests=_merged(before.guests, after.guests, _plain),
        published=_merged(before.published, after.published, _plain),
        uplinks=_merged(before.uplinks, after.uplinks, _plain),
    )


def _merged(before: Sequence[T], after: Sequence[T], both: Callable[[T, T], T]) -> tuple[T, ...]:
    """What is in both through ``both``, the rest marked; a ghost keeps its place among the old ones."""
    old = {_key(item): item for item in before}
    now = {_key(item) for item in after}
    there = [both(old[_key(item)], item) if _key(item) in old else _marked(item, "new") for item in after]
    return (*there, *(_marked(item, "gone") for item in before if _key(item) not in now))


def _key(item: Any) -> str:
    return str(item.key)


def _marked(item: T, mark: Mark) -> T:
    """The item and everything in it with the mark."""
    changes: dict[str, Any] = {"mark": mark}
    if isinstance(item, NamespaceBox):
        changes["slots"] = tuple(_marked(slot, mark) for slot in item.slots)
    return replace(item, **changes)  # type: ignore[type-var]


def _plain(old: T, new: T) -> T:
    return new if old == new else _marked(new, "changed")


def _box(old: NamespaceBox, new: NamespaceBox) -> NamespaceBox:
    slots = tuple(filter(None, map(_without_news_of_lo, _merged(old.slots, new.slots, _slot))))
    guests = _merged(old.guests, new.guests, _guest)
    same = (old.kind, old.note) == (new.kind, new.note) and not any(guest.mark for guest in guests)
    appeared = old.kind == "loose" and new.kind != "loose"
    return replace(new, slots=slots, guests=guests, mark="new" if appeared else "" if same else "changed")


def _without_news_of_lo(slot: Slot) -> Slot | None:
    """The loopback is shown where nothing else is: when it is shown first, or no more, it has not come or gone."""
    if slot.near.name != "lo":
        return slot
    return None if slot.mark == "gone" else replace(slot, mark="" if slot.mark == "new" else slot.mark)


def _guest(old: Guest, new: Guest) -> Guest:
    return new if (old.name, old.note) == (new.name, new.note) else replace(new, mark="changed")


def _slot(old: Slot, new: Slot) -> Slot:
    facts = tuple(_fact(fact, old) for fact in new.facts)
    known = {(fact.kind, fact.ip) for fact in new.facts}
    gone = tuple(replace(fact, mark="gone") for fact in old.facts if (fact.kind, fact.ip) not in known)
    beyond = old != new and replace(old, far=new.far) == new
    return replace(new, facts=(*facts, *gone), mark="changed" if old != new else "", beyond=beyond)


def _fact(fact: Fact, old: Slot) -> Fact:
    return fact if (fact.kind, fact.ip) in {(f.kind, f.ip) for f in old.facts} else replace(fact, mark="new")
