"""The exercise of chapter 00: how exercises work."""

from __future__ import annotations

from dockernet_course.lab import Lab
from dockernet_course.lessons.exercises import Context, Exercise, Outcome, Wrong, correct, wrong
from dockernet_course.lessons.exercises.seen import running
from dockernet_course.observe import Topology

__all__ = ["EXERCISES"]


def _hello(lab: Lab) -> None:
    lab.run("hello")


def _second(now: Topology, about: Context) -> Outcome:
    if running(now, about, "hello") is None:
        return wrong("`hello` does not run any more. A second container needs no room made for it.")
    if running(now, about, "second"):
        return correct("`hello` and `second` run side by side, each with a network of its own.")
    if ended := [c.name for c in now.containers if c.namespace is None]:
        return wrong(f"`{ended[0]}` is there, but it does not run.")
    if others := [c.name for c in now.containers if c.mine and c.id not in {old.id for old in about.start.containers}]:
        return wrong(f"There is a new container, but it is called `{others[0]}`, not `second`.")
    return wrong("Something has changed, but there is no container called `second`.")


def _second_hint(now: Topology, about: Context) -> str:
    if running(now, about, "hello") is None:
        return "`lesson.reset()` brings `hello` back."
    if [c for c in now.containers if c.mine and c.name not in ("hello", "second")]:
        return "The name comes first in `lab.run(…)`, and after `--name` in `docker run`."
    return "`hello` was started with one call. Which word in it was the name?"


def _second_reference(lab: Lab) -> None:
    lab.run("second")


def _ended(lab: Lab) -> None:
    lab.run("second").stop(timeout=0)


EXERCISES = (
    Exercise(
        id="00.second",
        title="A second container",
        task="`hello` runs. Start a second container beside it, and call it `second`.",
        terminal="docker run -d",
        setup=_hello,
        judge=_second,
        hints=("Look at the line that the lab showed for `hello`.", _second_hint),
        reference=_second_reference,
        wrong={
            "another name": Wrong(lambda lab: lab.run("third"), says="called `third`"),
            "ended": Wrong(_ended, says="does not run"),
            "instead of hello": Wrong(lambda lab: lab.remove("hello"), says="`hello` does not run"),
        },
    ),
)
