"""The exercises of chapter 06."""

from __future__ import annotations

from dockernet_course.lab import Lab
from dockernet_course.lessons.exercises import Context, Exercise, May, Outcome, Wrong, correct, not_attempted, wrong
from dockernet_course.lessons.exercises.effects import Lookup, leads, linked, look_up, own
from dockernet_course.lessons.exercises.seen import running
from dockernet_course.observe import Container, Topology, difference

__all__ = ["EXERCISES"]

_WORD = "swordfish"
_GIVEN = "env; xargs -0 -n1 < /proc/1/environ"  # to a new process, and to the first one at its start


def _meeting(*containers: Container) -> set[str]:
    """The networks of one's own that all of them are on."""
    theirs = [{e.network for e in c.endpoints} for c in containers]
    return set.intersection(*theirs) - {"bridge"}


def _linked(lab: Lab) -> None:
    lab.run("db", env={"PASSWORD": _WORD})
    lab.run("web", links="db:database")


def _replace(now: Topology, about: Context) -> Outcome:
    web, db = running(now, about, "web"), running(now, about, "db")
    if web is None or db is None:
        return wrong(f"`{'db' if web else 'web'}` does not run. Both of them should, under these names.")
    if _WORD not in about.lab.container("db").quietly(["sh", "-c", _GIVEN]):
        return wrong("`db` has lost its variable `PASSWORD`. It should keep it, and keep it for itself.")
    if linked(about, "web", db) or _WORD in about.lab.container("web").quietly(["sh", "-c", _GIVEN]):
        return wrong(
            "The link of `web` to `db` is still there, with what a link gives: `web` was started with it.", "M19"
        )
    if others := _others_who_know(now, about):
        return wrong(
            f"The password of `db` is in the environment of `{others[0]}`, too. It should be `db`'s alone.", "M19"
        )
    if amiss := _named(now, about, web, db):
        return amiss
    return correct("Names in both directions, and the password is `db`'s alone.")


def _others_who_know(now: Topology, about: Context) -> list[str]:
    """Other containers that have the password, or a link to db."""
    alive = [c for c in about.lab.containers() if now.container(c).namespace and c.name not in ("db", "web")]
    return [c.name for c in alive if _WORD in c.quietly(["sh", "-c", _GIVEN])]


def _named(now: Topology, about: Context, web: Container, db: Container) -> Outcome | None:
    """Why the names do not lead to and fro; None if they do."""
    found = look_up(about, "web", "database")
    if set(found.addresses) & own(now, web):
        return wrong("In `web` the name `database` leads to `web` itself: the alias belongs to the other one.")
    if not found.addresses and not _meeting(web, db):
        return wrong("The link is gone, and now `web` does not find `database`. Where does Docker resolve names?", "M2")
    if not found.addresses:
        return wrong("Both are on a network that knows names, but nobody there is called `database`.", "M2")
    back = about.lab.container("web").real_name
    if not look_up(about, "db", back).leads_to(now, web) and found.leads_to(now, db):
        return wrong("`web` finds `database`, but `db` does not find `web`: names should go both ways.", "M19")
    return leads(now, about, "web", "database", db) or leads(now, about, "db", back, web)


def _replace_hint(now: Topology, about: Context) -> str:
    web, db = running(now, about, "web"), running(now, about, "db")
    if web is None or db is None:
        return "Both containers have to run in the end. `lesson.reset()` brings back the start of this exercise."
    if not _meeting(web, db):
        return "A network of your own resolves names. Are both on it? `lab.connect` takes `aliases`, as `lab.run` does."
    if linked(about, "web", db):
        return "A link cannot be taken off a container. Who gets no link is a container that is started without one."
    return "Is the alias `database` given to the container that shall be found by it?"


def _replace_reference(lab: Lab) -> None:
    lab.create_network("shop")
    lab.connect("shop", "db", aliases="database")
    lab.remove("web")
    lab.run("web", network="shop")


def _network_and_link(lab: Lab) -> None:
    lab.create_network("shop")
    lab.connect("shop", "db", aliases="database")
    lab.connect("shop", "web")


def _alias_of_the_wrong_one(lab: Lab) -> None:
    lab.create_network("shop")
    lab.connect("shop", "db")
    lab.remove("web")
    lab.run("web", network="shop", aliases="database")


def _only_relinked(lab: Lab) -> None:
    lab.remove("web")
    lab.run("web")


def _name_by_hand(lab: Lab) -> None:
    lab.create_network("shop")
    lab.remove("web")
    lab.run("web", network="shop")
    lab.connect("bridge", "web")
    _by_hand(lab)


def _handwritten(lab: Lab) -> None:
    db = lab.run("db")
    web = lab.run("web")
    web.sh(["sh", "-c", f"echo {db.address()} database >> /etc/hosts"])
    db.stop(timeout=0)
    lab.run("stranger")
    db.start()


def _hosts(now: Topology, about: Context) -> Outcome:
    web, db = running(now, about, "web"), running(now, about, "db")
    if web is None or db is None:
        return wrong(f"`{'db' if web else 'web'}` does not run. Both of them should, under these names.")
    found = look_up(about, "web", "database")
    if not set(found.addresses) & own(now, db) or found.strangers(now, db):
        return _elsewhere(now, about, found)
    amiss = leads(now, about, "web", "database", db)
    return amiss or correct("`database` leads to `db`, and it is Docker that keeps it right.")


def _elsewhere(now: Topology, about: Context, found: Lookup) -> Outcome:
    """Where the name database leads instead of to db alone."""
    stranger, db = running(now, about, "stranger"), about.container(now, "db")
    old = stranger and set(found.addresses) <= own(now, stranger) and found.addresses
    if old and not difference(about.start, now) and not about.by_hand:
        return not_attempted()
    if old:
        return wrong("In `web` the name `database` still leads to `stranger`.", "M8")
    if about.lab.api_inspect(about.lab.container("db").id)["HostConfig"].get("Links"):
        return wrong("The link goes the wrong way: its receiver is `db`, and it is `web` that needs the name.", "M19")
    amiss = leads(now, about, "web", "database", db) if db and found.addresses else None
    return amiss or wrong("In `web` the name `database` does not lead to `db`.", "M2")


def _hosts_hint(now: Topology, about: Context) -> str:
    web, db = running(now, about, "web"), running(now, about, "db")
    if web is None or db is None:
        return "Both containers have to run in the end. `lesson.reset()` brings back the start of this exercise."
    if not look_up(about, "web", "database").leads_to(now, db):
        return "Who wrote the line in `/etc/hosts` that is there now? And who could write one that is looked after?"
    return "Right for today. Let it be Docker that writes the name: by a link, or by a network of your own."


def _hosts_reference(lab: Lab) -> None:
    lab.remove("web")
    lab.run("web", links="db:database")


def _by_hand(lab: Lab) -> None:
    address = lab.container("db").address()
    lab.container("web").sh(
        ["sh", "-c", f"echo 127.0.0.1 localhost > /etc/hosts; echo {address} database >> /etc/hosts"]
    )


def _wrong_way(lab: Lab) -> None:
    lab.remove("db")
    lab.remove("web")
    lab.run("web")
    lab.run("db", links="web:database")


EXERCISES = (
    Exercise(
        id="06.replace",
        title="Without the link",
        task="""`web` has a link to `db`, with the alias `database`, and so it has the password of `db`. Do it the new
        way: in `web` the name `database` shall lead to `db`, in `db` the name `web` shall lead to `web`, and the
        password (`swordfish`) shall be in the environment of `db` alone. Let Docker's name server answer: a link, or a
        line in `/etc/hosts` (by hand or by `--add-host`), is not the new way. You may remove a container and start it
        again.""",
        terminal="docker network",
        setup=_linked,
        may=May(replace=frozenset({"web", "db"}), move=frozenset({"web", "db"})),
        judge=_replace,
        hints=("What did `db2` and `web2` in the chapter have that these two have not?", _replace_hint),
        reference=_replace_reference,
        wrong={
            "a network beside the link": Wrong(_network_and_link, "M19", says="still there"),
            "no link, no network": Wrong(_only_relinked, "M2", says="does not find"),
            "the alias of the wrong one": Wrong(_alias_of_the_wrong_one, says="itself"),
            "a line by hand": Wrong(_name_by_hand, "M19", says="both ways"),
        },
    ),
    Exercise(
        id="06.hosts",
        title="A line that stays right",
        task="""Somebody has written a line for `database` into the file `/etc/hosts` of `web`, by hand. Then `db` got
        another address. Now the name leads to a `stranger`. Mend it so that in `web` the name `database` leads to `db`,
        and goes on doing so when `db` gets yet another address. A link of Docker's will do, or its name server; a line
        that nobody looks after (by hand, or by `--add-host`) will not. You may remove a container and start it
        again.""",
        terminal="docker",
        setup=_handwritten,
        may=May(replace=frozenset({"web", "db"}), move=frozenset({"web", "db"})),
        judge=_hosts,
        looks_closer=True,
        hints=("Which line in `/etc/hosts` did Docker rewrite in this chapter, and which would it not?", _hosts_hint),
        reference=_hosts_reference,
        wrong={
            "by hand again": Wrong(_by_hand, "M8", says="only now"),
            "web restarted": Wrong(lambda lab: lab.container("web").restart(), "M2", says="does not lead"),
            "the wrong way": Wrong(_wrong_way, "M19", says="wrong way"),
        },
    ),
)
