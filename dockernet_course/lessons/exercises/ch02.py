"""The exercises of chapter 02."""

from __future__ import annotations

from dockernet_course.lab import Lab
from dockernet_course.lessons.exercises import Context, Exercise, Outcome, Wrong, correct, wrong
from dockernet_course.lessons.exercises.seen import host_ends, inside, running
from dockernet_course.observe import Container, Interface, Topology, observe

__all__ = ["EXERCISES"]


def _two(lab: Lab) -> None:
    lab.run("db")
    lab.run("web")


def _cable(now: Topology, about: Context) -> Outcome:
    ends = []
    for name in ("web", "db"):
        container = running(now, about, name)
        if container is None:
            return wrong(f"`{name}` does not run any more. Cut the cable, and leave the containers alone.")
        if container.endpoint("bridge") is None:
            return wrong(f"Docker has disconnected `{name}`: that takes the whole cable away. Only switch its end off.")
        ends.append(host_ends(now, container))
    docker0 = now.host.interface("docker0")
    if docker0 is None or not docker0.up:
        return wrong("You have switched off `docker0`, the whole switch: now nobody is connected. Switch it on again.")
    if not all(ends):
        return wrong("A cable is gone altogether. Only switch one of its ends off.")
    return _which_end(ends[0][0], ends[1][0])


def _which_end(web: Interface, db: Interface) -> Outcome:
    if web.up and db.up:
        return wrong("Both cables are still on at the host's end.")
    if db.up:
        return correct(f"`{web.name}` is the host's end of `web`'s cable, and it is off. `db` keeps its own.")
    if web.up:
        return wrong(f"You have switched off `{db.name}`. Follow the numbers: it is the other end of `db`'s `eth0`.")
    return wrong("Both cables are off. Only `web`'s should be.")


def _cable_hint(now: Topology, about: Context) -> str:
    docker0 = now.host.interface("docker0")
    if docker0 and not docker0.up:
        return "First bring the switch back: `ip link set docker0 up` on the host."
    web = running(now, about, "web")
    ends = host_ends(now, web) if web else ()
    if not ends:
        return "`web` has no cable now. `lesson.reset()` brings back the start of this exercise."
    if not ends[0].up:
        return "`web`'s cable is off already. See what else is, and switch that on again: `ip link set … up`."
    return "Inside, `ip addr` says `eth0@if` and a number. On the host, `ip link` has that number in front of one name."


def _cable_reference(lab: Lab) -> None:
    port = observe(lab).peer("web", "eth0")
    lab.host(f"ip link set {port.name} down")  # type: ignore[union-attr]  # that web has a cable is known here


def _wrong_cable(lab: Lab) -> None:
    port = observe(lab).peer("db", "eth0")
    lab.host(f"ip link set {port.name} down")  # type: ignore[union-attr]


def _db(lab: Lab) -> None:
    lab.run("db")


def _names(now: Topology, about: Context) -> Outcome:
    db, client = running(now, about, "db"), running(now, about, "client")
    if db is None or db.id != about.start.container(about.lab.container("db")).id:
        return wrong("`db` is not the container that ran at the start. Leave it running: it can join a network live.")
    if client is None:
        return wrong("There is no container called `client` that runs.")
    name = about.lab.container("db").real_name
    answer = about.lab.container("client").sh(f"getent hosts {name}").text.split()
    own = {address.ip for i in inside(now, client) for address in i.addresses}
    if answer and answer[0] in own:
        return wrong("In `client`, the name `db` leads to `client` itself. A name of its own is no help.", "M2")
    if answer and answer[0] in {address.ip for i in inside(now, db) for address in i.addresses}:
        return correct("In `client` the name `db` leads to an address of `db`.")
    return _nameless(db, client)


def _nameless(db: Container, client: Container) -> Outcome:
    """Why client does not find db's name."""
    theirs, own = {e.network for e in client.endpoints}, {e.network for e in db.endpoints}
    if theirs <= {"bridge"}:
        return wrong("`client` is on the default network alone, and there Docker resolves no names.", "M2")
    if not theirs & own - {"bridge"}:
        return wrong("`client` is on a network that knows names, but `db` is not on it.", "M2")
    return wrong("Both are on a network that knows names, and yet `db` is not found. Look at both once more.")


def _names_hint(now: Topology, about: Context) -> str:
    if not any(n.mine for n in now.networks):
        return "You need a network that is not one of the three default ones. Chapter 01 made one."
    if all(e.network == "bridge" for c in now.containers for e in c.endpoints):
        return "There is a network of yours, but nobody is on it. Both containers have to be."
    db = running(now, about, "db")
    if db and all(e.network == "bridge" for e in db.endpoints):
        return (
            "`db` can go on running: `lab.connect(network, container)` plugs a second cable into a running container."
        )
    return "Is `client` on the same network as `db`? `network_inspect(lab, …)` lists who is on it."


def _names_reference(lab: Lab) -> None:
    lab.create_network("shop")
    lab.connect("shop", "db")
    lab.run("client", network="shop")


def _half_way(lab: Lab) -> None:
    lab.create_network("shop")
    lab.run("client", network="shop")


EXERCISES = (
    Exercise(
        id="02.cable",
        title="Cut the right cable",
        task="""`db` and `web` are on the default network. Cut `web` off, and nobody else: find the end of its cable
        on the host, and switch that off with `ip link set … down`. `lab.host("…")` runs a command on the host. Leave
        the containers and Docker's networks as they are.""",
        terminal="ip link set",
        setup=_two,
        judge=_cable,
        hints=(
            "Two cables lead to `docker0`. Which numbers tell you that one of them is `web`'s?",
            _cable_hint,
        ),
        reference=_cable_reference,
        wrong={
            "db's cable": Wrong(_wrong_cable, says="Follow the numbers"),
            "the whole switch": Wrong(lambda lab: lab.host("ip link set docker0 down"), says="the whole switch"),
            "by Docker": Wrong(lambda lab: lab.disconnect("bridge", "web"), says="disconnected"),
            "stopped": Wrong(lambda lab: lab.container("web").stop(timeout=0), says="does not run"),
        },
    ),
    Exercise(
        id="02.names",
        title="A name that leads somewhere",
        task="""`db` is on the default network. Start a container called `client` in which the name `db` leads to `db`.
        `db` must not be stopped or started again.""",
        terminal="docker network",
        setup=_db,
        judge=_names,
        hints=(
            "On the default network Docker answers no questions about names. Is there another kind of network?",
            _names_hint,
        ),
        reference=_names_reference,
        wrong={
            "on the default network": Wrong(lambda lab: lab.run("client"), "M2", says="resolves no names"),
            "a network without db": Wrong(_half_way, "M2", says="not on it"),
            "with db's name as its own": Wrong(lambda lab: lab.run("client", hostname="db"), "M2", says="itself"),
        },
    ),
)
