"""The exercises of chapter 02."""

from __future__ import annotations

from dockernet_course.lab import Lab
from dockernet_course.lessons.exercises import Context, Exercise, Outcome, Wrong, correct, wrong
from dockernet_course.observe import Topology

__all__ = ["EXERCISES"]


def _web(lab: Lab) -> None:
    lab.run("web")


def _second(now: Topology, about: Context) -> Outcome:
    if "db" not in {c.name for c in now.containers}:
        return wrong("There is no container called `db`.")
    db = now.container("db")
    if db.state != "running":
        return wrong("`db` is there, but it does not run, so it has no network namespace and no interface.")
    port = now.peer("db", "eth0")
    if port is None:
        return wrong(f"`db` was started with `--network {db.network_mode}`: it has no veth pair of its own.", "M20")
    if port.master != "docker0":
        return wrong(f"The other end of `db`'s pair is a port of `{port.master}`, not of `docker0`.", "M20")
    return correct(f"`{port.name}` on the host is the other end of `db`'s `eth0`, and a port of `docker0`.")


def _second_hint(now: Topology, about: Context) -> str:
    if "db" in {c.name for c in now.containers}:
        return "Which network does a container get when nobody says `--network`?"
    return "`web` was started with one call; the name was its first argument."


def _second_reference(lab: Lab) -> None:
    lab.run("db")


EXERCISES = (
    Exercise(
        id="02.second",
        title="Plug in a second container",
        task="Start a container called `db` so that the other end of its `eth0` becomes a port of `docker0`.",
        terminal="docker run -d",
        setup=_web,
        judge=_second,
        hints=("What did `docker run` do for `web`?", _second_hint),
        reference=_second_reference,
        wrong={
            "in host mode": Wrong(lambda lab: lab.run("db", network="host"), "M20", says="--network host"),
            "another name": Wrong(lambda lab: lab.run("database"), says="no container called"),
        },
    ),
)
