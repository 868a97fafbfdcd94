"""The exercises of chapter 05."""

from __future__ import annotations

from dockernet_course.lab import Lab
from dockernet_course.lessons.exercises import Context, Exercise, May, Outcome, Wrong, correct, wrong
from dockernet_course.lessons.exercises.effects import ask, own, served_by
from dockernet_course.lessons.exercises.said import word
from dockernet_course.lessons.exercises.seen import running, undisturbed
from dockernet_course.lessons.exercises.stayed import what_happened
from dockernet_course.observe import Container, Topology, held_by, listeners_in, observe

__all__ = ["EXERCISES"]


def _web(lab: Lab) -> None:
    lab.run("web")


def _joiners(now: Topology, owner: Container) -> list[Container]:
    return [c for c in now.sharing(owner.namespace or 0) if c.id != owner.id]


def _at_8080(now: Topology, about: Context, web: Container) -> set[str]:
    """The ids of those whose programs answer at web's address on port 8080; none if no page comes back."""
    addresses = sorted(address for address in own(now, web) if ":" not in address)
    if not addresses or not all(ask(about.lab.host, address, 8080).ok for address in addresses):
        return set()
    return served_by(now, web, addresses, 8080)


def _sidecar(now: Topology, about: Context) -> Outcome:
    web = undisturbed(now, about, "web")
    if web is None:
        happened = what_happened(now, about, "web") or "`web` does not run"
        return wrong(f"{happened}: it is not the container that ran at the start any more. Leave it alone.")
    serve, joiners = _at_8080(now, about, web), _joiners(now, web)
    if web.id in serve:
        return wrong("Something in `web` itself listens on port 8080 now. Leave `web` alone: let another one do it.")
    if not serve:
        return _no_answer(now, web, joiners)
    if served_by(now, web, own(now, web), 80) - {web.id}:
        return wrong("On port 80 it is not `web` alone that listens now. Only port 8080 is to be another's.")
    helper = next((c.name for c in joiners if c.id in serve), "another one")
    return correct(f"At `web`'s address port 80 is answered by `web`, and port 8080 by `{helper}`.")


def _no_answer(now: Topology, web: Container, joiners: list[Container]) -> Outcome:
    """Why nobody answers at port 8080 of web."""
    itself = [each for each in listeners_in(now, web) if each.port == 8080 and each.to_itself]
    if itself:
        return wrong(
            f"Somebody in `web`'s namespace listens at `{itself[0]}`: only the namespace itself is heard there.",
            "M5",
        )
    if joiners:
        return wrong(
            f"`{joiners[0].name}` is in the right network namespace, but nobody there listens on port 8080.", "M4"
        )
    others = [c for c in now.containers if c.mine and c.namespace]
    if any(c.network_mode == "host" for c in others):
        return wrong(
            "Your container is in the host's network namespace. `web` has one, and an address, of its own.", "M1"
        )
    if any(port.host_port == 8080 for c in others for port in c.ports):
        return wrong("Port 8080 of the *host* leads somewhere now. Nothing listens on port 8080 of `web`.", "M3")
    return wrong("Nobody has joined `web`. Your container answers, if at all, at an address of its own.", "M1")


def _sidecar_hint(now: Topology, about: Context) -> str:
    web = running(now, about, "web")
    if web is None:
        return "`web` has to run. `lesson.reset()` brings back the start of this exercise."
    if not _joiners(now, web):
        return "In the chapter a container called `shop` did just this. How did it come into `web`'s network namespace?"
    return "In the chapter, `shop` was told by `env` on which port to listen. Which ports are taken? `ss -ltn` tells."


def _sidecar_reference(lab: Lab) -> None:
    lab.run("helper", network="container:web", env={"SERVE_PORT": "8080"})


def _three(lab: Lab) -> None:
    lab.run("front", "sleep infinity")
    lab.run("meter", network="container:front", env={"SERVE_PORT": "9100"})
    lab.run("till", network="container:front")


def _holder(_: Topology, about: Context) -> Outcome:
    names = {c.name.lower(): about.names.get(c.id, c.name) for c in about.start.containers}
    answer = word(about.answer)
    found = names.get(answer, answer)
    if found == about.truth:
        return correct(f"All three show port 80 as taken, but the program that listens there runs in `{found}`.")
    if found == "front":
        return wrong(
            "`front` owns the namespace and the address. Is it `front` that listens? Look at its programs.", "M11"
        )
    if found == "meter":
        return wrong("`meter` has a server, but look at its port: it is another one.", "M11")
    return wrong("Answer with the name of one of the three: `front`, `meter` or `till`.")


def _listens_on_80(lab: Lab) -> str:
    """Whose program waits at port 80 of the namespace that the three share."""
    now = observe(lab)
    three = {name: now.container(lab.container(name)) for name in ("front", "meter", "till")}
    return next((n for n, c in three.items() if any(each.port == 80 for each in held_by(now, c))), "till")


def _holder_hint(_: Topology, about: Context) -> str:
    if about.answer is None:
        return "`ss -ltn` shows the same in all three. With `-p` it names the program, where it can see it."
    return "`ss` can name a program only from inside the container in which it runs. Ask each of the three."


def _holder_reference(lab: Lab) -> object:
    lab.container("till").sh("ss -ltnp")
    return "till"


def _left(lab: Lab) -> None:
    web = lab.run("web")
    lab.run("guest", network="container:web", env={"SERVE_PORT": "8080"})
    web.restart()


def _behind(now: Topology, about: Context) -> Outcome:
    web, guest = running(now, about, "web"), running(now, about, "guest")
    if web is None or guest is None:
        return wrong(f"`{'guest' if web else 'web'}` does not run. Both of them should.")
    if guest.namespace == web.namespace:
        return _together(now, about, web, guest)
    if undisturbed(now, about, "web") is None:
        happened = what_happened(now, about, "web") or "`web` does not run"
        return wrong(f"{happened}, and `guest` is left behind once more: it is `guest` that must move.", "M12")
    if guest.owner:
        return wrong("`guest` is still in the network namespace that `web` has left.", "M12")
    return wrong("`guest` has a network namespace of its own now, and answers at another address than `web`.", "M1")


def _together(now: Topology, about: Context, web: Container, guest: Container) -> Outcome:
    serve = _at_8080(now, about, web)
    if guest.id in serve:
        return correct("`guest` has joined the network namespace that `web` has now, and answers at `web`'s address.")
    if serve:
        who = next((f"`{c.name}`" for c in now.containers if c.id in serve), "somebody else")
        return wrong(f"`guest` is with `web`, but on port 8080 it is {who} that answers, and not `guest`.")
    itself = [each for each in held_by(now, guest) if each.port == 8080 and each.to_itself]
    if itself:
        return wrong(
            f"`guest` is with `web`, and waits at `{itself[0]}`: only the namespace itself is heard there.", "M5"
        )
    return wrong("`guest` is with `web`, but its server does not answer on port 8080.", "M4")


def _behind_hint(now: Topology, about: Context) -> str:
    web, guest = running(now, about, "web"), running(now, about, "guest")
    if web is None or guest is None:
        return "A joiner can start only when its owner runs. `lesson.reset()` brings back the start of this exercise."
    if not guest.owner:
        return "Which option of `docker run` let `guest` join `web`?"
    return "When does a joiner look up the namespace of its owner: all the time, or at one moment?"


def _behind_reference(lab: Lab) -> None:
    lab.container("guest").restart()


def _own_namespace(lab: Lab) -> None:
    lab.remove("guest")
    lab.run("guest", env={"SERVE_PORT": "8080"})


EXERCISES = (
    Exercise(
        id="05.sidecar",
        title="A second server",
        task="""`web` runs and answers on port 80. Let its address answer on port 8080 too, by a container of your
        own. Do not touch `web`: it must not be restarted, replaced or told anything. (`SERVE_PORT` tells the course's
        image on which port to listen.)""",
        terminal="docker run -d",
        setup=_web,
        judge=_sidecar,
        hints=("Who could listen at `web`'s address, if `web` itself must not be touched?", _sidecar_hint),
        reference=_sidecar_reference,
        wrong={
            "a namespace of its own": Wrong(
                lambda lab: lab.run("helper", env={"SERVE_PORT": "8080"}), "M1", says="joined"
            ),
            "published on the host": Wrong(lambda lab: lab.run("helper", publish="8080:80"), "M3", says="*host*"),
            "nobody listens": Wrong(
                lambda lab: lab.run("helper", "sleep infinity", network="container:web"), "M4", says="nobody there"
            ),
            "web restarted": Wrong(lambda lab: lab.container("web").restart(), says="restarted"),
        },
    ),
    Exercise(
        id="05.holder",
        title="Who holds port 80?",
        task="""Three containers share one namespace: `front` was there first, `meter` and `till` have joined it. One of
        them listens on port 80. Which one? Answer with `lesson.check("05.holder", "…")`.""",
        asks="the name of the container",
        setup=_three,
        truth=_listens_on_80,
        judge=_holder,
        hints=("All three have port 80. Only one has the program. Who sees programs?", _holder_hint),
        reference=_holder_reference,
        wrong={
            "the owner": Wrong(lambda _: "front", "M11", says="owns the namespace"),
            "the other server": Wrong(lambda _: "meter", "M11", says="another one"),
        },
    ),
    Exercise(
        id="05.behind",
        title="Fetch the guest",
        task="""`guest` had joined `web`, and answered at `web`'s address on port 8080. Then `web` was restarted. Make
        `guest` itself answer there again. You may replace `guest`; `web` must not be touched any more.""",
        terminal="docker",
        setup=_left,
        may=May(replace=frozenset({"guest"})),
        judge=_behind,
        hints=("Look at `ip addr` in `guest`, and at the map. In which network namespace is it?", _behind_hint),
        reference=_behind_reference,
        wrong={
            "the owner once more": Wrong(lambda lab: lab.container("web").restart(), "M12", says="once more"),
            "a namespace of its own": Wrong(_own_namespace, "M1", says="another address"),
            "the guest removed": Wrong(lambda lab: lab.remove("guest"), says="does not run"),
        },
    ),
)
