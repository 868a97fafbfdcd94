"""The exercises of chapter 02."""

from __future__ import annotations

from dockernet_course.lab import Lab
from dockernet_course.lessons.exercises import Context, Exercise, May, Outcome, Wrong, correct, wrong
from dockernet_course.lessons.exercises.effects import leads, look_up, own
from dockernet_course.lessons.exercises.seen import default_bridge, host_ends, running, undisturbed
from dockernet_course.lessons.exercises.stayed import what_happened
from dockernet_course.observe import Container, Interface, Topology, observe

__all__ = ["EXERCISES"]


def _two(lab: Lab) -> None:
    lab.run("db")
    lab.run("web")


def _cut(now: Topology, about: Context) -> Outcome:
    ends = []
    for name in ("web", "db"):
        container = undisturbed(now, about, name)
        if container is None:
            happened = what_happened(now, about, name) or f"`{name}` does not run"
            return wrong(f"{happened}. Cut the cable, and leave the containers alone.")
        if container.endpoint("bridge") is None:
            return wrong(f"Docker has disconnected `{name}`: that takes the whole cable away. Only set its end down.")
        ends.append([end for end in host_ends(now, container) if end.name in _at_start(about, name)])
    bridge = now.host.interface(default_bridge(now))
    if bridge is None or not bridge.up:
        return wrong(
            f"You have set `{default_bridge(now)}` down, the whole switch: now nobody is connected. Set it up again."
        )
    if not all(ends):
        return wrong("A cable is gone altogether. Only set one of its ends down.")
    return _which_end(about, ends[0][0], ends[1][0])


def _at_start(about: Context, name: str) -> set[str]:
    """The host ends of the container's veth pairs at the start."""
    then = about.at_start(name)
    return {end.name for end in host_ends(about.start, then)} if then else set()


def _which_end(about: Context, web: Interface, db: Interface) -> Outcome:
    if web.up and db.up:
        return _other_change(about, web) or wrong("Both cables are still up at the host end.")
    if not web.up and not db.up:
        return wrong("Both cables are down. Only `web`'s should be.")
    if web.up:
        return wrong(f"You have set `{db.name}` down. Follow the numbers: it is the other end of `db`'s `eth0`.")
    return _other_change(about, web) or correct(
        f"`{web.name}` is the host end of `web`'s cable, and it is down. `db` keeps its own."
    )


def _other_change(about: Context, web: Interface) -> Outcome | None:
    """What else was changed on the host than that web's end was set down."""
    more = [change for change in about.by_hand if not (change.of == web.name and "is down" in change.text)]
    return wrong(f"On the host, {more[0]}. Only `web`'s end is to be set down.") if more else None


def _cut_hint(now: Topology, about: Context) -> str:
    bridge = now.host.interface(default_bridge(now))
    if bridge and not bridge.up:
        return f"First bring the switch up again: `ip link set {bridge.name} up` on the host."
    web = running(now, about, "web")
    ends = host_ends(now, web) if web else ()
    if not ends:
        return "`web` has no cable now. `lesson.reset()` brings back the start of this exercise."
    if not ends[0].up:
        return "`web`'s cable is down already. See what else is, and put that back: `ip link`, `brctl show`."
    return "Inside, `ip addr` says `eth0@if` and a number. On the host, `ip link` has that number in front of one name."


def _cut_reference(lab: Lab) -> None:
    port = observe(lab).peer("web", "eth0")
    lab.host(f"ip link set {port.name} down")  # type: ignore[union-attr]  # that web has a veth pair is known here


def _wrong_cut(lab: Lab) -> None:
    port = observe(lab).peer("db", "eth0")
    lab.host(f"ip link set {port.name} down")  # type: ignore[union-attr]


def _db(lab: Lab) -> None:
    lab.run("db")


def _names(now: Topology, about: Context) -> Outcome:
    db, client = undisturbed(now, about, "db"), running(now, about, "client")
    if db is None:
        happened = what_happened(now, about, "db") or "`db` does not run"
        return wrong(f"{happened}: it is not as it was at the start. Leave it running: it can join a network live.")
    if client is None:
        return wrong("There is no container called `client` that runs.")
    name = about.lab.container("db").real_name
    found = look_up(about, "client", name)
    if client.namespace != db.namespace and set(found.addresses) & (own(now, client) | {"127.0.0.1", "::1"}):
        return wrong("In `client`, the name `db` leads to `client` itself. A name of its own is no help.", "M2")
    if not found.addresses:
        return _nameless(db, client)
    return leads(now, about, "client", name, db) or correct("In `client` the name `db` leads to an address of `db`.")


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
        return "`db` can go on running: `lab.connect(network, container)` gives a running container a second cable."
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
        on the host, and set that down with `ip link set … down`. `lab.host("…")` runs a command on the host. Leave
        the containers, their networks and all other links as they are.""",
        terminal="ip link set",
        setup=_two,
        may=May(links=("",)),
        judge=_cut,
        hints=(
            "Two cables lead to `docker0`. Which numbers tell you that one of them is `web`'s?",
            _cut_hint,
        ),
        reference=_cut_reference,
        wrong={
            "db's cable": Wrong(_wrong_cut, says="Follow the numbers"),
            "the whole switch": Wrong(
                lambda lab: lab.host(f"ip link set {default_bridge(observe(lab))} down"), says="the whole switch"
            ),
            "by Docker": Wrong(lambda lab: lab.disconnect("bridge", "web"), says="disconnected"),
            "stopped": Wrong(lambda lab: lab.container("web").stop(timeout=0), says="was stopped"),
        },
    ),
    Exercise(
        id="02.names",
        title="A name that leads somewhere",
        task="""`db` is on the default network. Start a container called `client` in which the name `db` leads to `db`.
        `db` must not be stopped or started again. A line in `/etc/hosts` (by hand, or by `--add-host`) does not count:
        nobody keeps it right.""",
        terminal="docker network",
        setup=_db,
        may=May(move=frozenset({"db"})),
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
