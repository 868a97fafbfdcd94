"""The exercises of chapter 08."""

from __future__ import annotations

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor

from dockernet_course.experiments import Matrix, Verdict, connect, is_address, reachability
from dockernet_course.figures import listed
from dockernet_course.lab import Lab
from dockernet_course.lessons.exercises import Context, Exercise, May, Outcome, Wrong, correct, wrong
from dockernet_course.lessons.exercises.effects import leads, look_up, ways_to
from dockernet_course.lessons.exercises.said import answers, port_in
from dockernet_course.lessons.exercises.seen import running
from dockernet_course.observe import Container, Topology

__all__ = ["EXERCISES"]

_CLIENTS = ("ann", "bob", "cleo", "dan")
_THREE = frozenset({"guest", "web", "db"})
_WORDS = (Verdict.OK, Verdict.NAME_NOT_FOUND, Verdict.REFUSED, Verdict.RESET, Verdict.NO_ROUTE, Verdict.TIMEOUT)


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
    web, db = (now.container(about.lab.container(name)) for name in ("web", "db"))
    if seen.ok("guest", "db", "published"):
        return wrong("`guest` reaches `db` through its published port: the two networks meet at the host.", "M15")
    if seen.ok("guest", "db", "address"):
        return wrong(f"Now `guest` reaches `db`, too: {_why_reached(now, about, db)}.")
    if look_up(about, "guest", about.lab.container("web").real_name).addresses and (
        amiss := leads(now, about, "guest", about.lab.container("web").real_name, web)
    ):
        return amiss
    if not seen.ok("guest", "web", "name"):
        return wrong("`guest` no longer reaches `web`. A container may be in two networks; it need not leave one.")
    if ways := ways_to(now, about, about.lab.container("guest"), db):
        return wrong(f"At {ways[0]} `guest` gets the page of `db`: somebody passes it on.")
    return _from_web(now, about, seen, db)


def _why_reached(now: Topology, about: Context, db: Container) -> str:
    """How guest comes to db by its address."""
    guest = now.container(about.lab.container("guest"))
    common = {e.network for e in guest.endpoints} & {e.network for e in db.endpoints}
    return f"the two have a network in common, `{min(common)}`" if common else "somebody lets its packets pass"


def _from_web(now: Topology, about: Context, seen: Matrix, db: Container) -> Outcome:
    name = about.lab.container("db").real_name
    if look_up(about, "web", name).addresses and (amiss := leads(now, about, "web", name, db)):
        return amiss
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
    return "It is `web` that has to be in two networks. Chapter 07 connected a running container to a second network."


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
    return _of(about.lab, name, variable)


def _of(lab: Lab, name: str, variable: str) -> str:
    """What an environment variable of a container holds, or nothing."""
    settings = lab.api_inspect(lab.container(name).id)["Config"]["Env"] or []
    found: dict[str, str] = dict(line.split("=", 1) for line in settings if "=" in line)
    return found.get(variable, "")


def _remembered(now: Topology, about: Context) -> Outcome:
    client, db = running(now, about, "client"), running(now, about, "db")
    if client is None or db is None:
        return wrong("Both have to run: `db`, and a container called `client`.")
    said = _variable(about, "client", "DB")
    asked, port = port_in(said)
    if not asked:
        return wrong("The client has no variable `DB`, and does not know whom to ask.")
    if port not in ("", "80"):
        return wrong(f"`{said}` names port {port}, and the server of `db` waits on port 80.", "M3")
    return _asked(now, about, client, db, asked)


def _asked(now: Topology, about: Context, client: Container, db: Container, asked: str) -> Outcome:
    """What to say of a client that asks somebody."""
    if client.namespace == db.namespace:
        return wrong(
            "The client is in the network namespace of `db`, and is left behind at the next restart of `db`.", "M12"
        )
    if is_address(asked):
        return wrong("That is an address again. It may be right today; the next restart may give it away.", "M8")
    found = look_up(about, "client", asked)
    if any(address.startswith("127.") or address == "::1" for address in found.addresses):
        return wrong(f"In the client, `{asked}` leads to the client itself, and not to `db`.", "M1")
    if not found.addresses and not {e.network for e in client.endpoints} & {e.network for e in db.endpoints}:
        return wrong("The client and `db` have no network in common.", "M2")
    return leads(now, about, "client", asked, db) or correct(f"`{asked}` leads to `db`, whatever address it has.")


def _remembered_hint(now: Topology, about: Context) -> str:
    client = running(now, about, "client")
    if client is None:
        return "The old client is gone. Run a new one in the same network: `env={…}` gives it variables."
    if is_address(port_in(_variable(about, "client", "DB"))[0]):
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


def _told(lab: Lab) -> dict[str, str]:
    """What each client really gets."""

    def asked(name: str) -> str:
        host, port = port_in(_of(lab, name, "SHOP"))
        return str(connect(lab.container(name), host, int(port or 80)).verdict)

    with ThreadPoolExecutor(len(_CLIENTS)) as pool:
        return dict(zip(_CLIENTS, pool.map(asked, _CLIENTS), strict=True))


def _faults(_: Topology, about: Context) -> Outcome:
    said, seen = answers(about.answer), about.truth
    if set(said) != set(_CLIENTS) or not isinstance(seen, Mapping):
        return wrong('Answer with all four: `{"ann": …, "bob": …, "cleo": …, "dan": …}`.')
    words = ", ".join(f"`{each}`" for each in _WORDS)
    if strange := [each for each in said.values() if each not in {*_WORDS, *seen.values()}]:
        return wrong(f"`{strange[0]}` is none of the words {words}.")
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
        `guest` must go on reaching `web` by its name, and must not reach `db` by any way, be it the host's or another
        program's. Nothing need be stopped. A line in `/etc/hosts` does not count.""",
        terminal="docker network",
        setup=_apart,
        may=May(replace=_THREE, move=_THREE),
        judge=_reach,
        hints=("Who has to have a network in common, and who must not?", _reach_hint),
        reference=_reach_reference,
        wrong={
            "db in guest's network": Wrong(lambda lab: lab.connect("front", "db"), says="too"),
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
        Answer with one of these words for each: `ok`, `name not found`, `refused`, `reset`, `no route`, `timeout`.
        Leave the containers as they are.""",
        terminal="docker exec",
        asks='`{"ann": "…", "bob": "…", "cleo": "…", "dan": "…"}`',
        setup=_four,
        truth=_told,
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
        better one in its place: a container called `client` whose `DB` leads to `db` after the next restart of `db`,
        too (a line in `/etc/hosts`, by hand or by `--add-host`, will not). `db` and `cache` keep running.""",
        terminal="docker run -d --name client",
        setup=_noted,
        may=May(replace=frozenset({"client"}), move=frozenset({"db"})),
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
                lambda lab: _client(lab, "back", {"DB": lab.container("cache").real_name}), says="not `db`"
            ),
            "nothing": Wrong(lambda lab: _client(lab, "back", {}), says="no variable"),
        },
    ),
)
