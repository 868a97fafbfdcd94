"""The exercises of chapter 01."""

from __future__ import annotations

from dockernet_course.lab import Lab
from dockernet_course.lessons.exercises import Context, Exercise, Outcome, Wrong, correct, wrong
from dockernet_course.lessons.exercises.said import word
from dockernet_course.lessons.exercises.seen import default_bridge, host_ends
from dockernet_course.observe import Container, Topology, observe

__all__ = ["EXERCISES"]

_MODES = {
    "none": ("`{0}` is on the network `none`, which means: attach to nothing.", "M32"),
    "host": ("`{0}` uses the host's own network, so there is nothing to attach to `{1}`.", "M20"),
}


def _carrier(now: Topology, _: Context) -> Outcome:
    mine, name = [c for c in now.containers if c.mine], default_bridge(now)
    bridge = now.host.interface(name)
    if bridge and bridge.up and bridge.carrier:
        return correct(f"Something live is attached to `{name}`: one port is up, and the bridge has carrier.")
    if attached := [end for c in mine for end in host_ends(now, c) if end.master == name]:
        what = "its other end is down" if attached[0].up else "it is down"
        return wrong(f"`{attached[0].name}` is attached to `{name}`, but {what}: the bridge has no carrier.")
    if not mine and any(n.mine for n in now.networks):
        return wrong(f"There is a new network, but it has a bridge of its own. `{name}` is not touched by it.", "M20")
    if not mine:
        return wrong("Something has changed, but there is no container that could be attached.", "M33")
    return _elsewhere(mine[0], name)


def _elsewhere(container: Container, bridge: str) -> Outcome:
    """Why that container is not attached to the default bridge."""
    if container.namespace is None:
        return wrong(f"`{container.name}` is there, but it does not run. Only what runs has an interface to attach.")
    if container.network_mode in _MODES:
        why, misconception = _MODES[container.network_mode]
        return wrong(why.format(container.name, bridge), misconception)
    there = ", ".join(f"`{e.network}`" for e in container.endpoints) or "no network"
    return wrong(f"`{container.name}` is on {there}, and not on the network to which `{bridge}` belongs.", "M20")


def _carrier_hint(now: Topology, _: Context) -> str:
    mine = [c for c in now.containers if c.mine]
    if not mine:
        return "A switch comes to life when something is attached to it. What did you start in this chapter?"
    if mine[0].namespace is None:
        return f"`{mine[0].name}` has ended. Give it something to do that lasts, or leave its command to the image."
    return f"Look at the network of `{mine[0].name}`. Which network does a container get when nobody chooses?"


def _carrier_reference(lab: Lab) -> None:
    lab.run("first")


def _own_network(lab: Lab) -> None:
    lab.create_network("mine")
    lab.run("first", network="mine")


def _depot(lab: Lab) -> None:
    lab.create_network("depot")


def _device(now: Topology, about: Context) -> Outcome:
    depot = about.start.network(next(i for i, name in about.names.items() if name == "depot"))
    answer, usual = word(about.answer), default_bridge(now)
    if answer == depot.bridge:
        return correct("The device is called `br-` and the first twelve characters of the network's id.")
    if answer == usual:
        return wrong(f"`{usual}` belongs to another network, the one called `bridge`.", "M20")
    if answer in (depot.name, depot.driver):
        what = "name of the network" if answer == depot.name else "driver"
        return wrong(f"`{answer}` is the {what}. The question is about the device on the host.", "M20")
    if depot.id.startswith(answer.removeprefix("br-")) and len(answer) > len("br-"):
        return wrong("You are close: that is from the network's id. Write the device's whole name, as the host does.")
    return wrong("The host has no such device for `depot`. Ask the host which bridges it has.")


def _device_hint(_: Topology, about: Context) -> str:
    if about.answer is None:
        return '`lab.host("brctl show")` lists the host\'s bridges. How many of them do you know already?'
    return "Compare the bridges' names with the column NETWORK ID of `network_ls(lab)`."


def _device_reference(lab: Lab) -> object:
    return observe(lab).network("depot").bridge


EXERCISES = (
    Exercise(
        id="01.carrier",
        title="Bring docker0 to life",
        task="""`docker0` is empty and says `NO-CARRIER`. Do one thing after which it does not say so any more,
        without touching `docker0` itself.""",
        terminal="docker run -d",
        judge=_carrier,
        hints=("What is missing: power, an address, or a cable?", _carrier_hint),
        reference=_carrier_reference,
        wrong={
            "on none": Wrong(lambda lab: lab.run("first", network="none"), "M32", says="attach to nothing"),
            "on a network of its own": Wrong(_own_network, "M20", says="`mine`"),
            "only a network": Wrong(lambda lab: lab.create_network("mine"), "M20", says="bridge of its own"),
        },
    ),
    Exercise(
        id="01.device",
        title="Find the device",
        task="""There is a new network, `depot`. Which device on the host is its bridge? Answer with
        `lesson.check("01.device", "…")`.""",
        asks="the name of the device",
        setup=_depot,
        judge=_device,
        hints=("A network's name is not the name of its device. Who knows the devices?", _device_hint),
        reference=_device_reference,
        wrong={
            "the network's name": Wrong(lambda _: "depot", "M20", says="name of the network"),
            "the default bridge": Wrong(lambda lab: default_bridge(observe(lab)), "M20", says="belongs to another"),
            "the driver": Wrong(lambda _: "bridge", "M20", says="driver"),
        },
    ),
)
