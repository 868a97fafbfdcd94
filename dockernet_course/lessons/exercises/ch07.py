"""The exercises of chapter 07."""

from __future__ import annotations

from dockernet_course.lab import Lab
from dockernet_course.lessons.exercises import Context, Exercise, May, Outcome, Wrong, correct, wrong
from dockernet_course.lessons.exercises.effects import leads, leaves_by, look_up
from dockernet_course.lessons.exercises.seen import running, undisturbed
from dockernet_course.lessons.exercises.stayed import what_happened
from dockernet_course.observe import Container, Topology

__all__ = ["EXERCISES"]


def _disturbed(now: Topology, about: Context, name: str) -> Outcome:
    happened = what_happened(now, about, name) or f"`{name}` does not run"
    more = " Its networks can be changed while its process runs on." if "called" not in happened else ""
    return wrong(f"{happened}. It should run on under its name.{more}", "M36" if more else "")


def _networks(container: Container) -> set[str]:
    return {endpoint.network for endpoint in container.endpoints}


def _shop_and_client(lab: Lab) -> None:
    lab.create_network("market")
    lab.run("bbox01")
    lab.run("client", network="market")


def _move(now: Topology, about: Context) -> Outcome:
    market, client = about.network(now, "market"), undisturbed(now, about, "client")
    box = undisturbed(now, about, "bbox01")
    if box is None:
        return _disturbed(now, about, "bbox01")
    if client is None or market is None or market.name not in _networks(client):
        return wrong("`client` should run on, and stay on `market`. `bbox01` is the one that moves.")
    if market.name not in _networks(box):
        return _apart(box, client)
    if not look_up(about, "client", "shop").addresses:
        return wrong(
            "Both are on `market`, but nobody there is called `shop`. A container is given an alias when it joins."
        )
    if amiss := leads(now, about, "client", "shop", box):
        return amiss
    if "bridge" in _networks(box):
        return wrong("`client` finds `shop`. But `bbox01` is on `bridge` too: it can leave that while it runs.", "M36")
    return correct("`bbox01` moved from `bridge` to `market`, its process ran on, and `client` finds it as `shop`.")


def _apart(box: Container, client: Container) -> Outcome:
    """Why client does not find a container that is not on its network."""
    if "bridge" in _networks(box) & _networks(client):
        return wrong("Now both are on `bridge`, and there Docker answers no questions about names.", "M2")
    return wrong("`bbox01` is not on `market`.")


def _move_hint(now: Topology, about: Context) -> str:
    box, market = running(now, about, "bbox01"), about.network(now, "market")
    if box is None or market is None:
        return "Something that is needed is gone. `lesson.reset()` brings back the start of this exercise."
    if market.name not in _networks(box):
        return "Connect the new network first: `lab.connect` takes a network, a container, and `aliases=`."
    if not look_up(about, "client", "shop").leads_to(now, box):
        return "The alias belongs to the connection. Disconnect, and connect again with the alias."
    return "What is left is the old connection. Who is still on `bridge`?"


def _move_reference(lab: Lab) -> None:
    lab.connect("market", "bbox01", aliases="shop")
    lab.disconnect("bridge", "bbox01")


def _without_alias(lab: Lab) -> None:
    lab.connect("market", "bbox01")
    lab.disconnect("bridge", "bbox01")


def _anew(lab: Lab) -> None:
    lab.remove("bbox01")
    lab.run("bbox01", network="market", aliases="shop")


def _anchored(lab: Lab) -> None:
    lab.create_network("harbour")
    lab.run("bbox05", network="harbour")


def _route(now: Topology, about: Context) -> Outcome:
    box, harbour = undisturbed(now, about, "bbox05"), about.network(now, "harbour")
    if box is None:
        return _disturbed(now, about, "bbox05")
    if harbour is None or harbour.name not in _networks(box):
        return wrong("`bbox05` has left `harbour`. It should have two interfaces at the end.")
    if len(box.endpoints) < 2:
        return wrong("`bbox05` has one interface only.")
    gateways = leaves_by(about, "bbox05")
    if gateways == {""}:
        return wrong("`bbox05` has no default route at all now.", "M21")
    chosen = {e.network for e in box.endpoints if e.gateway in gateways}
    if not chosen or len(gateways) > 1 or harbour.name in chosen:
        return wrong("A second network, and still one default route, by `harbour`. The newest does not take it.", "M21")
    if chosen == {"bridge"}:
        return wrong("It leaves by `bridge`, as in the chapter. This time let it leave by a network of your own.")
    return correct(f"Two networks, one default route, and it leaves by `{min(chosen)}`.")


def _route_hint(now: Topology, about: Context) -> str:
    box = running(now, about, "bbox05")
    if box is None or len(box.endpoints) < 2:
        return "`bbox05` has one interface. First it needs a second network, and the name of that is up to you."
    names = " and ".join(f"`{name}`" for name in sorted(_networks(box)))
    return f"It is on {names}. Which of these comes first in a dictionary, and which way do you want it to be?"


def _route_reference(lab: Lab) -> None:
    lab.create_network("antenna")
    lab.connect("antenna", "bbox05")


def _later_in_the_alphabet(lab: Lab) -> None:
    lab.create_network("outside")
    lab.connect("outside", "bbox05")


def _swapped(lab: Lab) -> None:
    lab.create_network("antenna")
    lab.connect("antenna", "bbox05")
    lab.disconnect("harbour", "bbox05")


def _two_in_use(lab: Lab) -> None:
    lab.create_network("market")
    lab.run("bbox01", network="market")
    lab.run("bbox02", network="market")


def _removal(now: Topology, about: Context) -> Outcome:
    one, two = (undisturbed(now, about, name) for name in ("bbox01", "bbox02"))
    if one is None or two is None:
        return _disturbed(now, about, "bbox01" if one is None else "bbox02")
    market = about.network(now, "market")
    if market and market.id in {n.id for n in about.start.networks}:
        return wrong("`market` is still there.")
    common = _networks(one) & _networks(two)
    if not common:
        return wrong("`market` is gone, but the two have no network in common any more.", "M15")
    name = about.lab.container("bbox02").real_name
    if not look_up(about, "bbox01", name).addresses:
        where = ", ".join(f"`{each}`" for each in sorted(common))
        return wrong(f"The two are on {where} together, but there `bbox01` does not find the name `bbox02`.", "M2")
    return leads(now, about, "bbox01", name, two) or correct(
        "`market` is gone. Both containers ran on, and they find each other by name."
    )


def _removal_hint(now: Topology, about: Context) -> str:
    boxes = [running(now, about, name) for name in ("bbox01", "bbox02")]
    if not all(boxes):
        return "A container is gone. `lesson.reset()` brings back the start of this exercise."
    if not any(box.endpoints for box in boxes if box):
        return (
            "Without any network, and with `market` gone, many engines let nobody join again. `lesson.reset()` helps."
        )
    if not {n.id for n in now.networks if n.mine} - {n.id for n in about.start.networks}:
        return "Where shall the two live afterwards? They need a place where names work."
    if all(len(box.endpoints) < 2 for box in boxes if box):
        return "Connect the new network first, then disconnect the old one: so nobody is ever without a network."
    return "Docker refuses as long as a running container is on `market`. `network_inspect` says who is."


def _removal_reference(lab: Lab) -> None:
    lab.create_network("garden")
    lab.connect("garden", "bbox01")
    lab.connect("garden", "bbox02")
    lab.disconnect("market", "bbox01")
    lab.disconnect("market", "bbox02")
    lab.remove("market")


def _to_the_default_bridge(lab: Lab) -> None:
    for name in ("bbox01", "bbox02"):
        lab.connect("bridge", name)
        lab.disconnect("market", name)
    lab.remove("market")


def _only_disconnected(lab: Lab) -> None:
    for name in ("bbox01", "bbox02"):
        lab.disconnect("market", name)
    lab.remove("market")


def _with_all_on_it(lab: Lab) -> None:
    for thing in ("bbox01", "bbox02", "market"):
        lab.remove(thing)


EXERCISES = (
    Exercise(
        id="07.move",
        title="Move house",
        task="""`bbox01` is on the default `bridge`, `client` on `market`. Move `bbox01` to `market`, away from
        `bridge`, in such a way that `client` finds it, and nobody else, by the name `shop`. Neither of them may be
        stopped or renamed, and a line in `/etc/hosts` does not count.""",
        terminal="docker network",
        setup=_shop_and_client,
        may=May(move=frozenset({"bbox01"})),
        judge=_move,
        hints=("How many interfaces has `bbox01` now, how many on the way, and how many at the end?", _move_hint),
        reference=_move_reference,
        wrong={
            "without the alias": Wrong(_without_alias, says="called `shop`"),
            "a new container": Wrong(_anew, "M36", says="replaced"),
            "on both networks": Wrong(
                lambda lab: lab.connect("market", "bbox01", aliases="shop"), "M36", says="`bridge` too"
            ),
            "client moves instead": Wrong(lambda lab: lab.connect("bridge", "client"), "M2", says="about names"),
        },
    ),
    Exercise(
        id="07.route",
        title="The other default route",
        task="""`bbox05` is on `harbour`. Create a second network and connect `bbox05` to it, so that its default
        route leaves by the new one. `bbox05` runs on, and stays on `harbour`, which is not made anew.""",
        terminal="docker network",
        setup=_anchored,
        may=May(move=frozenset({"bbox05"})),
        judge=_route,
        hints=("What decided, in the chapter, which network got the default route?", _route_hint),
        reference=_route_reference,
        wrong={
            "later in the alphabet": Wrong(_later_in_the_alphabet, "M21", says="by `harbour`"),
            "only the new one": Wrong(_swapped, says="has left"),
            "by bridge": Wrong(lambda lab: lab.connect("bridge", "bbox05"), says="of your own"),
        },
    ),
    Exercise(
        id="07.remove",
        title="Pull down the market",
        task="""`bbox01` and `bbox02` are on `market`. Remove that network. The two must not be stopped, and at the end
        `bbox01` must still find `bbox02`, and nobody else, by its name; a line in `/etc/hosts` does not count.""",
        terminal="docker network",
        setup=_two_in_use,
        may=May(move=frozenset({"bbox01", "bbox02"}), unmake=frozenset({"market"})),
        judge=_removal,
        hints=("Why will Docker not remove `market` as it is? Ask it.", _removal_hint),
        reference=_removal_reference,
        wrong={
            "with all on it": Wrong(_with_all_on_it, "M36", says="removed"),
            "only disconnected": Wrong(_only_disconnected, "M15", says="in common"),
            "to the default bridge": Wrong(_to_the_default_bridge, "M2", says="does not find"),
        },
    ),
)
