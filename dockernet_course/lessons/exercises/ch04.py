"""The exercises of chapter 04."""

from __future__ import annotations

from ipaddress import ip_address, ip_network

from dockernet_course.lab import Lab
from dockernet_course.lessons.exercises import Context, Exercise, May, Outcome, Wrong, correct, wrong
from dockernet_course.lessons.exercises.effects import ask, doubles, host_name, leaves_by, own, page_of
from dockernet_course.lessons.exercises.seen import default_bridge, host_ends, inside, running, undisturbed
from dockernet_course.lessons.exercises.stayed import what_happened
from dockernet_course.observe import Container, Topology, observe

__all__ = ["EXERCISES"]


def _two(lab: Lab) -> None:
    lab.run("web")
    lab.run("quiet", network="none")


def _veth_pair(lab: Lab, bridge: str) -> str:
    """A veth pair from the bridge to quiet's eth0, with an address that is free in docker0's subnet; quiet's pid."""
    pid = observe(lab).container(lab.container("quiet")).pid
    out, inner, address = lab.interface_name("out"), lab.interface_name("in"), lab.free_address("bridge")
    lab.host(f"ip link add {out} type veth peer name {inner}")
    lab.host(f"ip link set {out} master {bridge} up")
    lab.host(f"ip link set {inner} netns {pid}")
    lab.host(f"nsenter -t {pid} -n ip link set {inner} name eth0")
    lab.host(f"nsenter -t {pid} -n ip address add {address} dev eth0")
    return str(pid)


def _half_done(lab: Lab) -> None:
    _two(lab)
    side = lab.create_network("side")
    _veth_pair(lab, observe(lab).network(side).bridge or "")


def _replaced_or(now: Topology, about: Context, misconception: str = "") -> Outcome:
    """What was done to quiet, whose process does not run on."""
    happened = what_happened(now, about, "quiet") or "`quiet` does not run"
    return wrong(
        f"{happened}: it is not the container that ran at the start. `lesson.reset()` brings that back.", misconception
    )


def _repaired(now: Topology, about: Context) -> Outcome:
    quiet = undisturbed(now, about, "quiet")
    if quiet is None:
        return _replaced_or(now, about)
    if any(endpoint.network != "none" for endpoint in quiet.endpoints):
        return wrong("Docker has connected `quiet`. This time it is your veth pair that is to be used.")
    ends, bridge = host_ends(now, quiet), default_bridge(now)
    if not ends:
        return wrong("`quiet` has no veth pair any more. `lesson.reset()` brings the start back.")
    if not any(end.master == bridge for end in ends):
        owner = next((f"the network `{b.network}`" for b in now.bridges if b.name == ends[0].master), "no bridge")
        return wrong(f"`{ends[0].name}` is attached to {owner}, but `web` is on the default network: on `{bridge}`.")
    end = next(end for end in ends if end.master == bridge)
    if not end.up:
        return wrong(f"`{end.name}`, the host end, is down.")
    return _inside(now, about, quiet)


def _inside(now: Topology, about: Context, quiet: Container) -> Outcome:
    """What is missing at quiet's end of the veth pair."""
    if not any(interface.up for interface in inside(now, quiet) if interface.kind == "veth"):
        return wrong("The end in `quiet` is down. Each end must be set up by itself.")
    subnets = [ip_network(subnet) for subnet in now.network("bridge").subnets]
    if not any(ip_address(a) in subnet for a in own(now, quiet) for subnet in subnets):
        return wrong(f"`eth0` in `quiet` has no address in the subnet of `{default_bridge(now)}` any more.")
    for address in sorted(own(now, quiet)):
        others = [*(f"`{name}`" for name in doubles(now, address) if name != quiet.name), *_of_the_host(now, address)]
        if others:
            return wrong(f"`quiet` has the address {address}, and so has {others[0]}: who of them answers?")
    return _reaches(now, about) or correct(
        f"`quiet` gets a page of `web`, and what leaves for other subnets goes to the gateway, `{default_bridge(now)}`."
    )


def _of_the_host(now: Topology, address: str) -> list[str]:
    return [f"`{i.name}` of the host" for i in now.host.interfaces if address in {a.ip for a in i.addresses}]


def _reaches(now: Topology, about: Context) -> Outcome | None:
    """Why quiet does not reach web, or nothing beyond its subnet; None if it does."""
    web = running(now, about, "web")
    if web is None or (end := web.endpoint("bridge")) is None:
        return wrong("`web` is not to be reached any more: it does not run, or is not on the default network.")
    page = ask(about.lab.container("quiet"), end.ip, 80)
    if page_of(page) != host_name(about.lab, web):
        seen = f"`{page_of(page)}` answers" if page.ok else f"`quiet` gets: {page.verdict}"
        return wrong(f"All is connected, but at `web`'s address it is not `web` that answers `quiet`: {seen}.")
    ways, bridge = leaves_by(about, "quiet"), default_bridge(now)
    gateways = {a.ip for i in now.host.interfaces if i.name == bridge for a in i.addresses}
    if ways == {""}:
        return wrong("`web` is reached, but nothing beyond the subnet: there is no default route.", "M21")
    if "" in ways:
        return wrong("`web` is reached, but not all that is beyond the subnet: the routes do not cover it.", "M21")
    if not ways <= gateways:
        return wrong(f"The default route leads to somebody who is not the gateway, `{bridge}`.", "M34")
    return None


def _repair_hint(now: Topology, about: Context) -> str:
    quiet = undisturbed(now, about, "quiet")
    ends = host_ends(now, quiet) if quiet else ()
    if quiet is None or not ends:
        return "The veth pair is gone. `lesson.reset()` brings the start of this exercise back."
    if ends[0].master != default_bridge(now):
        return f"`brctl show` says to which bridge `{ends[0].name}` is attached. Is that where `web` is?"
    if not all(interface.up for interface in (*inside(now, quiet), *ends)):
        return '`quiet.sh("ip addr")` shows whether `eth0` is up. With `nsenter -t PID -n` you get at it.'
    return "Compare `ip route` in `web` and in `quiet`. The host's bridge knows the rest."


def _repair_reference(lab: Lab) -> None:
    quiet, bridge = observe(lab).container(lab.container("quiet")), observe(lab).network("bridge").bridge
    docker0 = observe(lab).host.interface(bridge)  # type: ignore[arg-type]
    lab.host(f"ip link set {lab.interface_name('out')} master {bridge}")
    lab.host(f"nsenter -t {quiet.pid} -n ip link set eth0 up")
    lab.host(f"nsenter -t {quiet.pid} -n ip route add default via {docker0.ipv4.ip}")  # type: ignore[union-attr]


def _attached_only(lab: Lab) -> None:
    lab.host(f"ip link set {lab.interface_name('out')} master {default_bridge(observe(lab))}")


def _up_only(lab: Lab) -> None:
    quiet = observe(lab).container(lab.container("quiet"))
    lab.host(f"nsenter -t {quiet.pid} -n ip link set eth0 up")


def _no_route(lab: Lab) -> None:
    _attached_only(lab)
    _up_only(lab)


def _by_docker(lab: Lab) -> None:
    lab.host(f"ip link delete {lab.interface_name('out')}")
    _connect_reference(lab)


def _connected(now: Topology, about: Context) -> Outcome:
    quiet = undisturbed(now, about, "quiet")
    if quiet is None:
        return _replaced_or(now, about, "M36")
    if end := quiet.endpoint("bridge"):
        web = running(now, about, "web")
        there = web.endpoint("bridge") if web else None
        if web and there and page_of(ask(about.lab.container("quiet"), there.ip, 80)) != host_name(about.lab, web):
            return wrong(f"Docker has connected `quiet`, as {end.ip}, but it gets no page of `web`.")
        return correct("`quiet` has left `none`, and Docker has connected it to the default network, while it ran.")
    elsewhere = ", ".join(f"`{endpoint.network}`" for endpoint in quiet.endpoints if endpoint.network != "none")
    if elsewhere:
        return wrong(f"`quiet` is on {elsewhere}, and not on the default network, `bridge`.")
    if host_ends(now, quiet):
        return wrong("`quiet` has a veth pair, but not one that Docker knows: a restart would take it away.")
    if not quiet.endpoints:
        return wrong("`quiet` has left `none`, and is on no network at all now.", "M32")
    return wrong("`quiet` is still on `none`.", "M32")


def _connect_hint(now: Topology, about: Context) -> str:
    quiet = undisturbed(now, about, "quiet")
    if quiet is None:
        return "`quiet` must go on running. `lesson.reset()` brings the start of this exercise back."
    if quiet.endpoint("none"):
        return "Read the refusal again: `none` goes with no *other* network. What has to happen first?"
    return "It is free now. Which network is the one that a container gets when nobody chooses?"


def _connect_reference(lab: Lab) -> None:
    lab.disconnect("none", "quiet")
    lab.connect("bridge", "quiet")


def _replaced(lab: Lab) -> None:
    lab.remove("quiet")
    lab.run("quiet")


def _by_hand(lab: Lab) -> None:
    pid = _veth_pair(lab, default_bridge(observe(lab)))
    lab.host(f"nsenter -t {pid} -n ip link set eth0 up")


def _elsewhere(lab: Lab) -> None:
    lab.disconnect("none", "quiet")
    lab.connect(lab.create_network("side"), "quiet")


EXERCISES = (
    Exercise(
        id="04.repair",
        title="Finish somebody's veth pair",
        task="""Somebody began to connect `quiet` to `web` by hand, with a veth pair, `out-…`, and was called away.
        Find out what is wrong or missing, and finish it: `quiet` is to reach `web`, and all other subnets, too, by the
        gateway of `web`. Leave the containers running, `web` and the rest of the host as they are, and Docker out of
        it.""",
        terminal="ip link",
        setup=_half_done,
        may=May(wire=frozenset({"quiet"}), links=("out-",)),
        judge=_repaired,
        hints=(
            "Go along the veth pair from one end to the other. Which bridge is it attached to? Is each end up?",
            _repair_hint,
        ),
        reference=_repair_reference,
        wrong={
            "only attached": Wrong(_attached_only, says="is down"),
            "only up": Wrong(_up_only, says="`side`"),
            "without a route": Wrong(_no_route, "M21", says="default route"),
            "by Docker": Wrong(_by_docker, says="Docker has connected"),
            "restarted": Wrong(lambda lab: lab.container("quiet").restart(), says="restarted"),
        },
    ),
    Exercise(
        id="04.docker",
        title="Out of none",
        task="""`quiet` was started on `none` by mistake: it should be on the default network, like `web`. Docker is to
        know about it, so do it with Docker's own commands. `quiet` must neither be stopped nor replaced.""",
        terminal="docker network",
        setup=_two,
        may=May(move=frozenset({"quiet"})),
        judge=_connected,
        hints=("A container that runs can change its networks. In which order?", _connect_hint),
        reference=_connect_reference,
        wrong={
            "a new one": Wrong(_replaced, "M36", says="not the container"),
            "only out of none": Wrong(lambda lab: lab.disconnect("none", "quiet"), "M32", says="no network at all"),
            "by hand": Wrong(_by_hand, says="not one that Docker knows"),
            "on another network": Wrong(_elsewhere, says="`side`"),
        },
    ),
)
