"""The exercises of chapter 03."""

from __future__ import annotations

import contextlib
import io
import re

from dockernet_course.lab import Lab
from dockernet_course.lessons.exercises import Context, Exercise, Outcome, Wrong, correct, wrong
from dockernet_course.lessons.exercises.seen import running
from dockernet_course.observe import Container, Topology, observe

__all__ = ["EXERCISES"]

_WANTED = range(8000, 9000)


def _ports(lab: Lab) -> dict[int, int]:
    """Who listens on the host: port → pid of one of its processes, as ``ss`` tells them."""
    lines = lab.host("ss -Htlnp").text.splitlines()
    found = (re.search(r":(\d+) .*?\bpid=(\d+)", line) for line in lines)
    return {int(seen[1]): int(seen[2]) for seen in found if seen}


def _held(lab: Lab, container: Container) -> list[int]:
    """The host's ports that the container's first process holds."""
    return sorted(port for port, pid in _ports(lab).items() if pid == container.pid)


def _shop(lab: Lab) -> None:
    lab.run("shop")


def _moved(now: Topology, about: Context) -> Outcome:
    shop = running(now, about, "shop")
    if shop is None:
        return wrong("There is no container called `shop` that runs.")
    if shop.network_mode != "host":
        return _walled(shop)
    ports = _held(about.lab, shop)
    if any(port in _WANTED for port in ports):
        return correct("`shop` is in the host's namespace, and its own server holds the port. Nothing is translated.")
    asked = about.lab.api_inspect(shop.id)["HostConfig"].get("PortBindings")
    where = f"listens on {', '.join(map(str, ports)) or 'no port'}"
    if asked:
        return wrong(f"`shop` is in host mode, and `-p` is dropped there: it {where}.", "M10")
    return wrong(f"`shop` is in host mode, but it {where}, and not between 8000 and 8999.")


def _walled(shop: Container) -> Outcome:
    """Why a shop with a wall around it will not do."""
    if any(binding.host_port in _WANTED for binding in shop.ports):
        return wrong("`shop` answers there, but behind a published port, with its address translated.", "M22")
    there = ", ".join(f"`{endpoint.network}`" for endpoint in shop.endpoints) or "no network"
    return wrong(f"`shop` is on {there}, in a namespace of its own.")


def _move_hint(now: Topology, about: Context) -> str:
    shop = running(now, about, "shop")
    if shop is None:
        return "`shop` is gone, or has ended. If it ended at once, was its port taken? `docker logs` would tell."
    if shop.network_mode != "host":
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


def _found(now: Topology, about: Context) -> Outcome:
    answer = str(about.answer).strip()
    named = next((c for name in ("ant", "bee", "cow") if name == answer and (c := running(now, about, name))), None)
    if named is None:
        return wrong("Answer with the name of one of the three: `ant`, `bee` or `cow`.")
    if named.network_mode != "host":
        return wrong(f"`{answer}` has a namespace of its own, and its ports are in there, not on the host.", "M10")
    ports = {c.name: max(_held(about.lab, c), default=0) for c in now.containers if c.network_mode == "host"}
    if ports[named.name] == max(ports.values()):
        return correct(f"`ss` on the host tells the pid behind the port, and it is the pid of `{answer}`.")
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
        title="Take the wall away",
        task="""`shop` runs on the default network. It is to answer at the host's own addresses, on a port from 8000 to
        8999, and nothing is to be translated on the way. Bring it there, and keep the name `shop`.""",
        terminal="docker run -d",
        setup=_shop,
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
