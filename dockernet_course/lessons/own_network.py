"""The network that the page *Your own network* is about: the learner's own, or one that is rehearsed."""

from __future__ import annotations

from pathlib import Path

from dockernet_course.engines import decide, find_engine
from dockernet_course.lab import View, open_view
from dockernet_course.lessons.card import told_in
from dockernet_course.lessons.notes import Note, OutputSlot
from dockernet_course.observe import observe, projects
from dockernet_course.rehearsal import rehearse

__all__ = ["your_network"]


def your_network(engine: str = "auto", compose: str | Path = "compose.yaml", *, permit: bool = False) -> View:
    """Everything on the learner's own engine, as it is; where there is no such engine, the rehearsed Compose file.

    Says which it is. ``permit``: packets may be sent on an engine of the learner's own (see ``open_view``). In a
    rehearsal they always may. Raises what ``find_engine`` and ``rehearse`` raise.
    """
    chosen = decide(engine).engine
    if chosen is None or chosen.name is not None:
        slot = OutputSlot()
        held = rehearse(compose, progress=told_in(slot))
        slot.put(Note("There is no engine of your own here", f"So `{Path(compose).name}` is rehearsed."))
        print(held)
        return held.lab
    view = open_view(find_engine(engine), permit=permit)
    seen = observe(view)
    named = ", ".join(projects(seen)) or "none"
    print(f"Docker Engine {seen.engine}: {len(seen.containers)} containers. Compose projects: {named}.")
    return view
