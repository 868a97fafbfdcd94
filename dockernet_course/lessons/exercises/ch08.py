"""The exercises of chapter 08."""

from __future__ import annotations

from collections.abc import Mapping
from ipaddress import ip_address

from dockernet_course.experiments import Matrix, Verdict, connect, reachability, resolve
from dockernet_course.figures.grammar import listed
from dockernet_course.lab import Lab
from dockernet_course.lessons.exercises import Context, Exercise, Outcome, Wrong, correct, wrong
from dockernet_course.lessons.exercises.seen import inside, running
from dockernet_course.observe import Topology

__all__ = ["EXERCISES"]

_CLIENTS = ("ann", "bob", "cleo", "dan")
_WORDS = (Verdict.OK, Verdict.NAME_NOT_FOUND, Verdict.REFUSED, Verdict.RESET, Verdict.TIMEOUT)


def _apart(lab: Lab) -> None:
    lab.create_network("front")
    lab.create_network("back")
    lab.run("guest", network="front")
    lab.run("web", network="front")
    lab.run("db", network="back")


def _reach(now: Topology, about: Context) -> Outcome:
    for name in ("guest", "web", "db"):
        if running(now, about, name) is None:
            return wrong(f"`{name}` does not run any more. `lesson.reset()` brings back the start of this exercise.")
    seen = reachability(about.lab, ["guest", "web"], ["web", "db"], ["name", "address", "published"])
    if seen.ok("guest", "db", "published"):
        return wrong("`guest` reaches `db` through its published port: the two networks meet at the host.", "M15")
    if seen.ok("guest", "db", "address"):
        return wrong("Now `guest` reaches `db`, too: the two have a network in common.")
    if not seen.ok("guest", "web", "name"):
        return wrong("`guest` no longer reaches `web`. A container may be in two networks; it need not leave one.")
    return _from_web(seen)


def _from_web(seen: Matrix) -> Outcome:
    if seen.ok("web", "db", "name"):
        return correct("`web` reaches `db` by its name, and `guest` reaches `web` only.")
    if seen.ok("web", "db", "address"):
        return wrong("By its address `web` reaches `db`, but on the default bridge no name leads there.", "M2")
    return wrong("`web` does not reach `db` yet: they have no network in common.")


def _reach_hint(now: Topology, about: Context) -> str:
    web, db, guest = (running(now, about, name) for name in ("web", "db", "guest"))
    if not (web and db and guest):
        return "Somebody does not run any more. `lesson.reset()` brings back the start of this exercise."
    of_web, of_db, of_guest = ({end.network for end in c.endpoints} for c in (web, db, guest))
    if of_db & of_guest:
        return "`db` and `guest` are in one network now. Take `db` out of it again: `lab.disconnect(…)`."
    if not of_web & of_guest:
        return "`web` has left the network of `guest`. It needs both."
    return "It is `web` that has to be in two networks. A running container can get a second cable: chapter 07 did it."


def _reach_reference(lab: Lab) -> None:
    lab.connect("back", "web")


def _moved(lab: Lab) -> None:
    lab.connect("back", "web")
    lab.disconnect("front", "web")


def _published(lab: Lab) -> None:
    lab.remove("db")
    lab.run("db", network="back", publish=80)


def _both_on_bridge(lab: Lab) -> None:
    lab.connect("bridge", "web")
    lab.connect("bridge", "db")


def _noted(lab: Lab) -> None:
    lab.create_network("back")
    db = lab.run("db", network="back")
    lab.run("cache", network="back")
    lab.run("client", network="back", env={"DB": db.address()})


def _variable(about: Context, name: str, variable: str) -> str:
    """What an environment variable of a container holds, or nothing."""
    settings = about.lab.api_inspect(about.lab.container(name).id)["Config"]["Env"] or []
    found: dict[str, str] = dict(line.split("=", 1) for line in settings if "=" in line)
    return found.get(variable, "")


def _is_address(text: str) -> bool:
    try:
        ip_address(text)
    except ValueError:
        return False
    return True


def _remembered(now: Topology, about: Context) -> Outcome:
    client, db = running(now, about, "client"), running(now, about, "db")
    if client is None or db is None:
        return wrong("Both have to run: `db`, and a container called `client`.")
    asked = _variable(about, "client", "DB")
    if not asked:
        return wrong("The client has no variable `DB`, and does not know whom to ask.")
    if _is_address(asked):
        return wrong("That is an address again. It may be right today; the next restart may give it away.", "M8")
    if not {e.network for e in client.endpoints} & {e.network for e in db.endpoints}:
        return wrong("The client and `db` have no network in common.", "M2")
    found = resolve(about.lab.container("client"), asked).answers
    if set(found) & {address.ip for i in inside(now, db) for address in i.addresses}:
        return correct(f"`{asked}` leads to `db`, whatever address it has.")
    return wrong(f"In the client, `{asked}` leads to {', '.join(found) or 'nobody'}, and not to `db`.")


def _remembered_hint(now: Topology, about: Context) -> str:
    client = running(now, about, "client")
    if client is None:
        return "The old client is gone. Run a new one in the same network: `env={…}` gives it variables."
    if _is_address(_variable(about, "client", "DB")):
        return "A variable cannot be changed from outside. Remove the client, and run it anew with a better `DB`."
    return "Does `db` lead to `db` in there? `resolve(lab.container('client'), …)` asks."


def _remembered_reference(lab: Lab) -> None:
    lab.remove("client")
    lab.run("client", network="back", env={"DB": lab.container("db").real_name})


def _client(lab: Lab, network: str | None, variables: Mapping[str, str]) -> None:
    lab.remove("client")
    lab.run("client", network=network, env=variables)


def _four(lab: Lab) -> None:
    lab.create_network("front")
    lab.create_network("back")
    shop = lab.run("shop", network="front")
    lab.run("ann", network="front", env={"SHOP": f"{shop.real_name}:81"})
    lab.run("bob", network="back", env={"SHOP": shop.real_name})
    lab.run("cleo", network="back", env={"SHOP": shop.address()})
    lab.run("dan", network="front", env={"SHOP": shop.real_name})


def _told(about: Context) -> dict[str, str]:
    """What each client really gets."""
    found = {}
    for name in _CLIENTS:
        host, _, port = _variable(about, name, "SHOP").partition(":")
        found[name] = str(connect(about.lab.container(name), host, int(port or 80)).verdict)
    return found


def _faults(now: Topology, about: Context) -> Outcome:
    said = about.answer
    if not isinstance(said, Mapping) or set(said) != set(_CLIENTS):
        return wrong('Answer with all four: `{"ann": …, "bob": …, "cleo": …, "dan": …}`.')
    words = ", ".join(f"`{word}`" for word in _WORDS)
    if strange := [str(word) for word in said.values() if word not in list(_WORDS)]:
        return wrong(f"`{strange[0]}` is none of the words {words}.")
    if not all(running(now, about, name) for name in (*_CLIENTS, "shop")):
        return wrong("Somebody does not run any more. `lesson.reset()` brings back the start of this exercise.")
    seen = _told(about)
    failed = {name for name in _CLIENTS if said[name] != seen[name]}
    if not failed:
        return correct("Each of the four has an answer of its own, and so a cause of its own.")
    if len({said[name] for name in _CLIENTS if seen[name] != Verdict.OK}) == 1:
        return wrong("You say that all fail in the same way. Read what each of them prints.", "M25")
    return wrong(f"Look again: what comes back to {listed([f'`{name}`' for name in sorted(failed)])}?", "M25")


def _faults_reference(_: Lab) -> dict[str, str]:
    return {"ann": "refused", "bob": "name not found", "cleo": "timeout", "dan": "ok"}


EXERCISES = (
    Exercise(
        id="08.reach",
        title="A way for web, and for nobody else",
        task="""`guest` and `web` are in the network `front`, `db` is in `back`. Let `web` reach `db` by its name.
        `guest` must go on reaching `web`, and must not reach `db` by any way. Nothing need be stopped.""",
        terminal="docker network",
        setup=_apart,
        judge=_reach,
        hints=("Who has to have a network in common, and who must not?", _reach_hint),
        reference=_reach_reference,
        wrong={
            "db moved in with guest": Wrong(lambda lab: lab.connect("front", "db"), says="too"),
            "web moved out": Wrong(_moved, says="no longer"),
            "db published": Wrong(_published, "M15", says="meet at the host"),
            "both on the default bridge": Wrong(_both_on_bridge, "M2", says="no name"),
        },
    ),
    Exercise(
        id="08.faults",
        title="Four clients, one shop",
        task="""`ann`, `bob`, `cleo` and `dan` want the page of `shop`. Each of them asks whom its variable `SHOP`
        names: `curl -m 2 $SHOP`. One gets the page; the others fail, each in its own way. What does each of them get?
        Answer with one of these words for each: `ok`, `name not found`, `refused`, `reset`, `timeout`.
        Leave the containers as they are.""",
        terminal="docker exec",
        asks='`{"ann": "…", "bob": "…", "cleo": "…", "dan": "…"}`',
        setup=_four,
        judge=_faults,
        hints=(
            "`lab.container(…).sh(…)` runs a command in a container. Ask each of the four.",
            "Is there a complaint about a name? Did it fail at once, or did it wait? Who can have answered?",
        ),
        reference=_faults_reference,
        wrong={
            "all the same": Wrong(lambda _: {**dict.fromkeys(_CLIENTS, "timeout"), "dan": "ok"}, "M25", "same way"),
            "two mixed up": Wrong(
                lambda _: {"ann": "timeout", "bob": "name not found", "cleo": "refused", "dan": "ok"}, "M25", "`ann`"
            ),
            "a word of its own": Wrong(lambda _: dict.fromkeys(_CLIENTS, "broken"), says="none of the words"),
        },
    ),
    Exercise(
        id="08.remembered",
        title="A client with a better memory",
        task="""`client` asks the server that its variable `DB` names. Somebody wrote the address of `db` there. Put a
        better one in its place: a container called `client` whose `DB` leads to `db` after the next restart, too.
        `db` keeps running.""",
        terminal="docker run -d --name client",
        setup=_noted,
        judge=_remembered,
        hints=("What of `db` stays the same when it is restarted?", _remembered_hint),
        reference=_remembered_reference,
        wrong={
            "today's address": Wrong(
                lambda lab: _client(lab, "back", {"DB": lab.container("db").address()}), "M8", says="an address again"
            ),
            "on the default bridge": Wrong(
                lambda lab: _client(lab, None, {"DB": lab.container("db").real_name}), "M2", says="in common"
            ),
            "somebody else's name": Wrong(
                lambda lab: _client(lab, "back", {"DB": lab.container("cache").real_name}), says="not to `db`"
            ),
            "nothing": Wrong(lambda lab: _client(lab, "back", {}), says="no variable"),
        },
    ),
)
