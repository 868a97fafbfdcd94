"""The exercises of chapter 03."""

from __future__ import annotations

import contextlib
import io

from dockernet_course.experiments import connect
from dockernet_course.lab import Lab
from dockernet_course.lessons.exercises import Context, Exercise, May, Outcome, Wrong, correct, wrong
from dockernet_course.lessons.exercises.said import word
from dockernet_course.lessons.exercises.seen import running
from dockernet_course.observe import Container, Listener, Topology, held_by, observe

__all__ = ["EXERCISES"]

_WANTED = range(8000, 9000)
_THREE = ("ant", "bee", "cow")


def _held(now: Topology, container: Container) -> list[Listener]:
    """What the container's own programs hold on the host, by port."""
    mine = [each for each in held_by(now, container) if (each.namespace, each.protocol) == (now.host.inode, "tcp")]
    return sorted(mine, key=lambda each: each.port)


def _shop(lab: Lab) -> None:
    lab.run("shop")


def _moved(now: Topology, about: Context) -> Outcome:
    shop = running(now, about, "shop")
    if shop is None:
        return wrong("There is no container called `shop` that runs.")
    if shop.namespace != now.host.inode:
        return _walled(shop)
    held = _held(now, shop)
    wanted = [each for each in held if each.port in _WANTED]
    if not wanted:
        return _elsewhere(about, shop, held)
    if all(each.to_itself for each in wanted):
        return wrong(
            f"`shop` waits at `{wanted[0]}`: there only the host itself is heard, and not at its addresses.", "M5"
        )
    if silent := _silent(now, about, wanted):
        return silent
    return correct("`shop` is in the host's namespace, and its own server holds the port. Nothing is translated.")


def _elsewhere(about: Context, shop: Container, held: list[Listener]) -> Outcome:
    """What to say of a shop on the host that holds none of the ports."""
    where = f"listens on {', '.join(str(each.port) for each in held) or 'no port'}"
    if about.lab.api_inspect(shop.id)["HostConfig"].get("PortBindings"):
        return wrong(f"`shop` is in host mode, and `-p` is dropped there: it {where}.", "M10")
    return wrong(f"`shop` is in host mode, but it {where}, and not between 8000 and 8999.")


def _silent(now: Topology, about: Context, wanted: list[Listener]) -> Outcome | None:
    """Why the shop does not answer at one of the host's addresses; None if it does at all of them."""
    port = next((each.port for each in wanted if each.everywhere), wanted[0].port)
    addresses = [a.ip for i in now.host.interfaces if i.kind != "loopback" for a in i.addresses if a.family == 4]
    for address in addresses:
        if not (probe := connect(about.lab.host, address, port)).ok:
            what = f"at the host's address {address} no page comes back: {probe.verdict}"
            return wrong(f"`shop` holds port {port}, but {what}.")
    return None


def _walled(shop: Container) -> Outcome:
    """Why a shop in a network namespace of its own will not do."""
    if any(binding.host_port in _WANTED for binding in shop.ports):
        return wrong("`shop` answers there, but behind a published port, with its address translated.", "M22")
    there = ", ".join(f"`{endpoint.network}`" for endpoint in shop.endpoints) or "no network"
    return wrong(f"`shop` is on {there}, in a namespace of its own.")


def _move_hint(now: Topology, about: Context) -> str:
    shop = running(now, about, "shop")
    if shop is None:
        return "`shop` is gone, or has ended. If it ended at once, was its port taken? `docker logs` would tell."
    if shop.namespace != now.host.inode:
        return "A container that runs cannot move to the host's network. It has to go, and to be started again there."
    return "On which port the course's server listens, its environment says: see how `web` was started above."


def _move_reference(lab: Lab) -> None:
    port = lab.free_port(8000)
    lab.remove("shop")
    lab.run("shop", network="host", env={"SERVE_PORT": str(port)})


def _published(lab: Lab) -> None:
    lab.remove("shop")
    lab.run("shop", publish=f"{lab.free_port(8000)}:80")


def _published_in_host_mode(lab: Lab) -> None:
    lab.remove("shop")
    lab.run("shop", network="host", publish=f"{lab.free_port(8000)}:80")


def _own_namespace(lab: Lab) -> None:
    lab.remove("shop")
    lab.run("shop", env={"SERVE_PORT": "8000"})


def _another_port(lab: Lab) -> None:
    lab.remove("shop")
    lab.run("shop", network="host", env={"SERVE_PORT": str(lab.free_port(9000))})


def _three(lab: Lab) -> None:
    """Started by somebody else: how, is not told."""
    with contextlib.redirect_stdout(io.StringIO()):
        low = lab.free_port(8100)
        high = lab.free_port(low + 1)
        lab.run("ant", network="host", env={"SERVE_PORT": str(high)})
        lab.run("bee", network="host", env={"SERVE_PORT": str(low)})
        lab.run("cow", env={"SERVE_PORT": str(high + 1)})


def _holder(lab: Lab) -> str:
    """Which of the three holds the highest port of the host."""
    now = observe(lab)
    ports = {name: [h.port for h in _held(now, now.container(lab.container(name)))] for name in _THREE}
    return max(_THREE, key=lambda name: max(ports[name], default=0))


def _found(_: Topology, about: Context) -> Outcome:
    named = {about.names[c.id]: c for c in about.start.containers if c.id in about.names}
    names = {**{c.name.lower(): name for name, c in named.items()}, **{name: name for name in named}}
    answer = names.get(word(about.answer), "")
    if answer not in _THREE:
        return wrong("Answer with the name of one of the three: `ant`, `bee` or `cow`.")
    if answer == about.truth:
        return correct(f"`ss` on the host tells the pid behind the port, and it is the pid of `{answer}`.")
    if named[answer].network_mode != "host":
        return wrong(f"`{answer}` has a namespace of its own, and its ports are in there, not on the host.", "M10")
    return wrong(f"`{answer}` holds a port of the host, but not the highest of theirs. Compare the pids.")


def _found_hint(_: Topology, about: Context) -> str:
    if about.answer is None:
        return '`lab.host("ss -tlnp")` lists the host\'s ports and the pid behind each. Whose pid is it?'
    return '`inspect(lab, "bee", "State", "Pid")` tells the pid of one of them.'


def _found_reference(lab: Lab) -> object:
    listed = lab.host("ss -Htlnp").text.splitlines()
    pids = {f"pid={c.pid},": c.name for c in observe(lab).containers}
    held = {line.split()[3]: name for line in listed for pid, name in pids.items() if pid in line}
    return held[max(held, key=lambda address: int(address.rpartition(":")[2]))]


EXERCISES = (
    Exercise(
        id="03.move",
        title="Move to the host's network",
        task="""`shop` runs on the default network. Its own server is to answer at all of the host's own IPv4
        addresses, on a port from 8000 to 8999, and nothing is to be translated on the way. Bring it
        there, and keep the name `shop`.""",
        terminal="docker run -d",
        setup=_shop,
        may=May(replace=frozenset({"shop"})),
        judge=_moved,
        hints=(
            "Which mode of this chapter needs no translation? And can a running container change to it?",
            _move_hint,
        ),
        reference=_move_reference,
        wrong={
            "published": Wrong(_published, "M22", says="translated"),
            "published in host mode": Wrong(_published_in_host_mode, "M10", says="dropped"),
            "in a namespace of its own": Wrong(_own_namespace, says="`bridge`"),
            "on another port": Wrong(_another_port, says="not between"),
        },
    ),
    Exercise(
        id="03.holder",
        title="Who holds the port?",
        task="""Somebody has started three containers with web servers, `ant`, `bee` and `cow`. Some of them hold ports
        of the host, from 8100 on. Which of the three holds the highest port of the host? Answer with
        `lesson.check("03.holder", "…")`.""",
        asks="the name of the container",
        setup=_three,
        truth=_holder,
        judge=_found,
        hints=("A port of the host is held by a process, and a container is, above all, a process.", _found_hint),
        reference=_found_reference,
        wrong={
            "in its own namespace": Wrong(lambda _: "cow", "M10", says="of its own"),
            "the lower one": Wrong(lambda _: "bee", says="not the highest"),
            "a number": Wrong(lambda _: "8101", says="name of one"),
        },
    ),
)
