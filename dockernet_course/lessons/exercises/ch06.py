"""The exercises of chapter 06."""

from __future__ import annotations

from dockernet_course.lab import Lab
from dockernet_course.lessons.exercises import Context, Exercise, Outcome, Wrong, correct, not_attempted, wrong
from dockernet_course.lessons.exercises.seen import inside, running
from dockernet_course.observe import Container, Topology, difference

__all__ = ["EXERCISES"]

_WORD = "swordfish"
_GIVEN = "env; xargs -0 -n1 < /proc/1/environ"  # to a new process, and to the first one at its start


def _found(about: Context, asker: str, name: str) -> str:
    """The address to which a name leads in the container that the text calls ``asker``; "" for none."""
    answer = about.lab.container(asker).sh(f"getent ahostsv4 {name}").text.split()
    return answer[0] if answer else ""


def _addresses(now: Topology, container: Container) -> set[str]:
    return {i.ipv4.ip for i in inside(now, container) if i.ipv4}


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
    if _WORD not in about.lab.container("db").sh("env"):
        return wrong("`db` has lost its variable `PASSWORD`. It should keep it, and keep it for itself.")
    if _WORD in about.lab.container("web").sh(_GIVEN):
        return wrong("The password of `db` is still in the environment of `web`: the link is still there.", "M19")
    if _found(about, "web", "database") not in _addresses(now, db):
        return _nameless(now, about, web, db)
    if _found(about, "db", about.lab.container("web").real_name) not in _addresses(now, web):
        return wrong("`web` finds `database`, but `db` does not find `web`: names should go both ways.", "M19")
    return correct("Names in both directions, and the password is `db`'s alone.")


def _nameless(now: Topology, about: Context, web: Container, db: Container) -> Outcome:
    """Why the name database does not lead to db in web."""
    if _found(about, "web", "database") in _addresses(now, web):
        return wrong("In `web` the name `database` leads to `web` itself: the alias belongs to the other one.")
    if not _meeting(web, db):
        return wrong("The link is gone, and now `web` does not find `database`. Where does Docker resolve names?", "M2")
    return wrong("Both are on a network that knows names, but nobody there is called `database`.", "M2")


def _replace_hint(now: Topology, about: Context) -> str:
    web, db = running(now, about, "web"), running(now, about, "db")
    if web is None or db is None:
        return "Both containers have to run in the end. `lesson.reset()` brings back the start of this exercise."
    if not _meeting(web, db):
        return "A network of your own resolves names. Are both on it? `lab.connect` takes `aliases`, as `lab.run` does."
    if _WORD in about.lab.container("web").sh(_GIVEN):
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
    found = _found(about, "web", "database")
    if found not in _addresses(now, db):
        untouched = not difference(about.start, now) and found == about.lab.container("stranger").address()
        return not_attempted() if untouched else _elsewhere(now, about, found)
    if _looked_after(about, web, db):
        return correct("`database` leads to `db`, and it is Docker that keeps it right.")
    return wrong("It is right now, and only now: at its next start `db` may get yet another address.", "M8")


def _looked_after(about: Context, web: Container, db: Container) -> bool:
    """Whether Docker keeps the name right: by a link, or by its name server on a network that both are on."""
    links = about.lab.api_inspect(web.id)["HostConfig"].get("Links") or []
    if any(link.split(":")[0] == f"/{db.name}" and link.endswith("/database") for link in links):
        return True
    by_hand = any(
        "database" in line.split() for line in about.lab.container("web").sh("cat /etc/hosts").text.splitlines()
    )
    return bool(_meeting(web, db)) and not by_hand


def _elsewhere(now: Topology, about: Context, found: str) -> Outcome:
    """Where the name database leads instead of to db."""
    stranger = running(now, about, "stranger")
    if stranger and found in _addresses(now, stranger):
        return wrong("In `web` the name `database` still leads to `stranger`.", "M8")
    links = about.lab.api_inspect(about.lab.container("db").id)["HostConfig"].get("Links") or []
    if links:
        return wrong("The link goes the wrong way: its receiver is `db`, and it is `web` that needs the name.", "M19")
    return wrong("In `web` the name `database` does not lead to `db`.", "M2")


def _hosts_hint(now: Topology, about: Context) -> str:
    web, db = running(now, about, "web"), running(now, about, "db")
    if web is None or db is None:
        return "Both containers have to run in the end. `lesson.reset()` brings back the start of this exercise."
    if _found(about, "web", "database") not in _addresses(now, db):
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
        password (`swordfish`) shall be in the environment of `db` alone. You may remove a container and start it
        again.""",
        terminal="docker network",
        setup=_linked,
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
        and goes on doing so when `db` gets yet another address. You may remove a container and start it again.""",
        terminal="docker",
        setup=_handwritten,
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
