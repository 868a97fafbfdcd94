"""The film of what happens to the network while something runs, step by step, from the kernel's own events.

``record`` does it live; ``make_film`` is the pure part: a recording in, frames out.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

from dockernet_course.observe import decorate, fold, monitor, recording, relate, story
from dockernet_course.observe.discover import Seen, Source
from dockernet_course.observe.fold import World
from dockernet_course.observe.model import Topology
from dockernet_course.observe.recording import Event, Recording
from dockernet_course.observe.story import Meaning

__all__ = ["Film", "Frame", "make_film", "record"]


@dataclass(frozen=True, repr=False)
class Frame:
    """One step.

    ``at_us`` is microseconds since the first event; ``what`` a slug: before, created, attached, detached, moved,
    renamed, mac, addressed, unaddressed, up, down, routed, unrouted, gone, or after (when nothing happened);
    ``title`` the step in words and ``where`` the place; ``event`` what ``ip monitor`` prints for it; ``topology`` the
    network after the step.
    """

    at_us: int
    title: str
    what: str
    where: str
    event: str
    topology: Topology

    def __repr__(self) -> str:
        return f"{self.what}: {self.title}"


@dataclass(frozen=True, repr=False)
class Film:
    """The steps in the order in which they were seen; the first frame shows what was there before."""

    frames: tuple[Frame, ...]

    def __len__(self) -> int:
        return len(self.frames)

    def table(self) -> tuple[tuple[int, float, str, str, str], ...]:
        """Rows: step, milliseconds since the first event, where, what happened, the kernel's words."""
        return tuple((n, f.at_us / 1000, f.where, f.title, f.event) for n, f in enumerate(self.frames))

    def text(self, *, times: bool = True, events: bool = False) -> str:
        """The table as text, on request without the times, which differ from run to run, or with the kernel's words."""
        return "\n".join(self._lines(times=times, events=events))

    def _lines(self, *, times: bool, events: bool) -> Iterator[str]:
        width = max((len(f.where) for f in self.frames), default=0)
        for step, at_ms, where, title, event in self.table():
            yield f"{step:>2}  {f'{at_ms:8.3f} ms  ' if times else ''}{where:<{width}}  {title}"
            if events and event:
                yield from (f"      {line}" for line in event.splitlines())

    def __repr__(self) -> str:
        return self.text(times=False)

    def __str__(self) -> str:
        return self.text()


def record(lab: Source, action: Callable[[], object]) -> Film:
    """Run ``action`` and return the film of what the kernel said meanwhile.

    Raises what ``action`` raises, and ObserveError when the recording is not whole.
    """
    return make_film(recording.capture(lab, action))


def make_film(taken: Recording) -> Film:
    """Fold the events over what was there before, and keep the steps that mean something."""
    before, after = _topology(taken.before), _topology(taken.after)
    events = recording.events(taken.output)
    here = fold.world(before, after, (*taken.before.spaces, *taken.after.spaces), events)
    start = events[0].at_us if events else 0
    frames = [Frame(0, _opening(before), "before", "the host", "", before)]
    last: Meaning | None = None
    state = before
    for event in events:
        old, state = state, fold.fold(state, event, here)
        new = story.meaning(event, old, state, here)
        if last and new and story.merges(last, new):
            frames[-1] = _joined(frames[-1], _frame(event, new, old, state, here, start), story.retitle(last, new))
        elif new:
            frames.append(_frame(event, new, old, state, here, start))
            last = new
        frames[-1] = replace(frames[-1], topology=state)
        here = fold.advance(here, event)
    if len(frames) == 1:
        frames.append(Frame(0, "No interface, address or route came, went or changed", "after", "the host", "", state))
    return Film(_named(_arrivals(frames), here))


def _topology(seen: Seen) -> Topology:
    return decorate.decorate(relate.relate(seen.spaces), seen)


def _opening(before: Topology) -> str:
    """The default bridge, the lab's, and those that no network owns; the others are counted."""
    foreign = {n.name for n in before.networks if not n.mine and n.name != "bridge"}
    shown = [b for b in before.bridges if b.network not in foreign]
    bridges = [f"{b.name} with {len(b.ports)} port{'' if len(b.ports) == 1 else 's'}" for b in shown]
    if others := len(before.bridges) - len(shown):
        bridges.append(f"{others} bridge{'' if others == 1 else 's'} of others")
    return f"Before: {', '.join(bridges) or 'no bridge'}"


def _frame(event: Event, new: Meaning, old: Topology, state: Topology, here: World, start: int) -> Frame:
    inode = fold.place(event.nsid, here)
    space = (old if event.gone else state).space(inode)
    words = monitor.words(event, space) if space else ""
    return Frame(event.at_us - start, new.title, new.what, new.where, words, state)


def _joined(first: Frame, second: Frame, title: str) -> Frame:
    """One frame of two ends of a pair, which may be in two places."""
    where = first.where if first.where == second.where else f"{first.where} and {second.where}"
    return replace(first, title=title, where=where, event=f"{first.event}\n{second.event}")


def _arrivals(frames: list[Frame]) -> tuple[Frame, ...]:
    """Leaving one namespace and arriving in another is one step, though the kernel tells it twice."""
    kept: list[Frame] = []
    for frame in frames:
        if frame.what == "arrived" and kept and kept[-1].what == "moved":
            left = kept.pop()
            title = f"{left.title} and {frame.title.partition(' ')[2]}"
            where, event = f"{left.where} → {frame.where}", f"{left.event}\n{frame.event}"
            kept.append(replace(frame, what="moved", title=title, where=where, event=event, at_us=left.at_us))
        else:
            kept.append(frame)
    return tuple(kept)


def _named(frames: tuple[Frame, ...], here: World) -> tuple[Frame, ...]:
    """Docker's names on each frame's topology."""
    end = len(frames) - 1
    return tuple(replace(f, topology=fold.name_them(f.topology, here, last=n == end)) for n, f in enumerate(frames))
