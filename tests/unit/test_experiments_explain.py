"""What is asked at which address, and why it came out so: on recorded observations, and on changed ones."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from dockernet_course.experiments import Cell, Probe, Verdict, Way, explain, failures, reasons
from dockernet_course.experiments.ask import Question
from dockernet_course.experiments.explain import reason_for
from dockernet_course.experiments.reason import Reason
from dockernet_course.experiments.situation import Situation
from dockernet_course.experiments.targets import HOST, Party, question
from dockernet_course.lab import Output
from dockernet_course.lessons.catalogue import misconceptions
from dockernet_course.observe import (
    Address,
    Asked,
    Interface,
    Listener,
    Namespace,
    Netconf,
    PortBinding,
    Route,
    Topology,
    decorate,
    relate,
)
from dockernet_course.observe.storage import load_seen

FIXTURES = Path(__file__).parent / "fixtures" / "observe"
UPLINK = Interface("eth0", 99, "veth", "02:00:00:00:00:01", 1500, "UP", ("UP", "LOWER_UP"), (Address("192.0.2.2", 24),))
ADDRESS = "198.51.100.9"  # in none of the networks
Change = Callable[[Topology], Topology]
OK, REFUSED, RESET, TIMEOUT = Verdict.OK, Verdict.REFUSED, Verdict.RESET, Verdict.TIMEOUT
NO_NAME, NO_ROUTE, PROHIBITED = Verdict.NAME_NOT_FOUND, Verdict.NO_ROUTE, Verdict.PROHIBITED
SILENT = Verdict.SILENT


@pytest.fixture(params=["bookworm", "trixie"])
def seen(request: pytest.FixtureRequest) -> Topology:
    """Recorded (fixtures/observe/record.py): app is in front and in the internal back, side shares with web.

    Without the host's own way out.
    """
    facts = load_seen((FIXTURES / f"seen-{request.param}.json").read_text())
    seen = decorate.decorate(relate.relate(facts.spaces), facts)
    inside = tuple(i for i in seen.host.interfaces if i.name != "eth0")
    return replace(seen, host=replace(seen.host, interfaces=inside, routes=()))


def as_it_is(seen: Topology) -> Topology:
    return seen


def with_uplink(seen: Topology) -> Topology:
    """The host has a way to the outside."""
    route = Route("default", "eth0", "192.0.2.1")
    host = replace(seen.host, interfaces=(*seen.host.interfaces, UPLINK), routes=(*seen.host.routes, route))
    return replace(seen, host=host)


def changed(seen: Topology, who: str, **facts: object) -> Topology:
    """With other facts about a container."""
    others = (replace(c, **facts) if c.name == who else c for c in seen.containers)  # type: ignore[arg-type]
    return replace(seen, containers=tuple(others))


def rewired(seen: Topology, name: str, change: Callable[[Namespace], Namespace]) -> Topology:
    """With something else in a container's network namespace."""
    inode = seen.container(name).namespace
    return replace(seen, namespaces=tuple(change(n) if n.inode == inode else n for n in seen.namespaces))


def owner_restarted(seen: Topology) -> Topology:
    """``side`` is left alone in the old namespace."""
    return changed(seen, "side", namespace=seen.container("alone").namespace)


def owner_gone(seen: Topology) -> Topology:
    return replace(
        owner_restarted(seen), containers=tuple(c for c in owner_restarted(seen).containers if c.name != "web")
    )


def on_loopback(seen: Topology) -> Topology:
    """Published for the host alone."""
    (port, *_) = seen.container("app").ports
    return changed(seen, "app", ports=(replace(port, host_ip="127.0.0.1"),))


def set_down(seen: Topology) -> Topology:
    """Somebody typed ``ip link set eth0 down`` in ``app``."""
    return rewired(seen, "app", lambda n: replace(n, interfaces=tuple(replace(i, flags=()) for i in n.interfaces)))


def by_hand(seen: Topology) -> Topology:
    """``alone`` was given an interface with an address, and no route out of its network."""
    return rewired(seen, "alone", lambda n: replace(n, interfaces=(*n.interfaces, UPLINK)))


def with_more(seen: Topology) -> Topology:
    """Two more: ``peer`` beside ``app`` in ``front``, ``near`` beside ``web`` on the default bridge."""
    app, web = seen.container("app"), seen.container("web")
    front = next(e for e in app.endpoints if e.network == "front")
    peer = replace(app, name="peer", id="peer" * 16, namespace=1, endpoints=(front,), ports=())
    near = replace(web, name="near", id="near" * 16, namespace=2, ports=())
    space = seen.namespace("web")
    assert space
    spaces = (replace(space, inode=1), replace(space, inode=2))
    return replace(seen, containers=(*seen.containers, peer, near), namespaces=(*seen.namespaces, *spaces))


def without_icc(seen: Topology) -> Topology:
    """The default bridge keeps its containers apart."""
    apart = (("com.docker.network.bridge.enable_icc", "false"),)
    more = with_more(seen)
    return replace(more, networks=tuple(replace(n, options=apart) if n.name == "bridge" else n for n in more.networks))


def serving(address: str, port: int, only: int | None = None) -> Change:
    """The servers of ``app`` and ``db`` listen there."""

    def change(seen: Topology) -> Topology:
        both = [seen.container(name) for name in ("app", "db")]
        found = (
            Listener(c.namespace or 0, "tcp", address, port, only, process="python3", owners=frozenset({c.id}))
            for c in both
        )
        return replace(seen, listeners=tuple(found))

    return change


def deaf(seen: Topology) -> Topology:
    return replace(with_uplink(seen), listeners=())


def hosts(seen: Topology, **facts: object) -> Topology:
    """With other facts about the host's veth interfaces."""
    changed = (replace(i, **facts) if i.kind == "veth" else i for i in seen.host.interfaces)  # type: ignore[arg-type]
    return replace(seen, host=replace(seen.host, interfaces=tuple(changed)))


def unattached(seen: Topology) -> Topology:
    return hosts(seen, master=None)


def bridges_down(seen: Topology) -> Topology:
    down = (replace(i, flags=()) if i.kind == "bridge" else i for i in seen.host.interfaces)
    return replace(seen, host=replace(seen.host, interfaces=tuple(down)))


def stripped(seen: Topology) -> Topology:
    """Somebody typed ``ip addr flush`` in ``app``."""
    return rewired(seen, "app", lambda n: replace(n, interfaces=tuple(replace(i, addresses=()) for i in n.interfaces)))


def bare_bridges(seen: Topology) -> Topology:
    """Somebody took the addresses of all bridges away."""
    bare = (replace(i, addresses=()) if i.kind == "bridge" else i for i in seen.host.interfaces)
    return replace(seen, host=replace(seen.host, interfaces=tuple(bare)))


def doubled(seen: Topology) -> Topology:
    """``app`` and ``db`` have one MAC address in ``back``."""
    mac = "02:42:ac:12:00:77"

    def change(space: Namespace) -> Namespace:
        return replace(space, interfaces=tuple(replace(i, mac=mac) if i.ipv4 else i for i in space.interfaces))

    return rewired(rewired(seen, "app", change), "db", change)


def not_forwarding(seen: Topology) -> Topology:
    rows = (Netconf("all", 4, False, 0),)
    return replace(seen, host=replace(seen.host, netconf=rows))


def smaller(seen: Topology) -> Topology:
    return rewired(
        seen, "db", lambda n: replace(n, interfaces=tuple(replace(i, mtu=900) if i.ipv4 else i for i in n.interfaces))
    )


def with_a_prohibit(seen: Topology) -> Topology:
    route = Route(ADDRESS, "", kind="prohibit")
    return rewired(seen, "db", lambda n: replace(n, routes=(*n.routes, route)))


def with_hosts_entry(seen: Topology) -> Topology:
    return changed(seen, "app", asked=Asked(extra_hosts=(f"db:{ADDRESS}",)))


def asked_for(seen: Topology) -> Topology:
    """`-p` was asked for, and nothing is published."""
    asked = Asked(publish=(PortBinding(80, "tcp", "", 8080),))
    return changed(changed(seen, "web", asked=asked, ports=()), "db", asked=asked, ports=())


def by_udp(seen: Topology) -> Topology:
    return changed(seen, "app", ports=(PortBinding(53, "udp", "", 5353),), asked=None)


CASES: list[tuple[str, str, Way, Verdict | None, str, str, Change]] = [
    ("web", "web", "address", None, "oneself", "", as_it_is),
    ("web", "web", "port", OK, "localhost", "M1", as_it_is),
    ("web", "web", "port", REFUSED, "localhost", "M1", deaf),
    ("db", "app", "address", None, "no address", "", stripped),
    ("app", "db", "name", NO_NAME, "no address", "", stripped),
    ("app", "db", "address", NO_ROUTE, "no address", "", stripped),
    ("web", "outside", "address", TIMEOUT, "bridge without address", "", bare_bridges),
    ("old", "web", "name", None, "not running", "", as_it_is),
    ("web", "old", "address", None, "not running", "M8", as_it_is),
    ("web", "side", "port", None, "owner restarted", "M12", owner_restarted),
    ("db", "side", "port", None, "owner restarted", "M12", owner_gone),
    ("host", "side", "published", None, "shared network", "M11", as_it_is),
    ("web", "onhost", "published", None, "host mode", "M10", as_it_is),
    ("host", "alone", "published", None, "no network", "M37", as_it_is),
    ("web", "alone", "address", None, "only lo", "M32", as_it_is),
    ("host", "web", "published", None, "not published", "M4", as_it_is),
    ("outside", "onhost", "address", None, "no address", "", as_it_is),
    ("app", "old", "name", NO_NAME, "not running", "", as_it_is),
    ("alone", "web", "name", NO_NAME, "only lo", "M32", as_it_is),
    ("outside", "db", "name", NO_NAME, "no Docker DNS", "M2", as_it_is),
    ("host", "db", "name", NO_NAME, "no Docker DNS", "M2", as_it_is),
    ("onhost", "db", "name", NO_NAME, "no Docker DNS", "M2", as_it_is),
    ("app", "onhost", "name", NO_NAME, "host mode", "M2", as_it_is),
    ("db", "side", "name", NO_NAME, "shared network", "M2", as_it_is),
    ("app", "alone", "name", NO_NAME, "no network", "M2", as_it_is),
    ("app", "db", "name", NO_NAME, "unknown name", "", as_it_is),
    ("side", "web", "name", NO_NAME, "default bridge", "M2", as_it_is),
    ("web", "near", "name", NO_NAME, "default bridge", "M2", with_more),
    ("v6", "app", "name", NO_NAME, "no common network", "M2", as_it_is),
    ("app", "db", "name", OK, "Docker's DNS", "M2", as_it_is),
    ("near", "web", "name", OK, "hosts file", "M19", with_more),
    ("host", "db", "name", OK, "the host's names", "", as_it_is),
    ("db", "app", "port", OK, "doubles", "", doubled),
    ("db", "app", "name", OK, "doubles", "", doubled),
    ("host", "onhost", "port", OK, "host mode", "M10", as_it_is),
    ("side", "web", "address", OK, "shared network", "M1", as_it_is),
    ("web", "side", "port", OK, "shared network", "M1", as_it_is),
    ("web", "onhost", "port", OK, "host mode", "M10", as_it_is),
    ("outside", "onhost", "port", OK, "host mode", "M10", with_uplink),
    ("host", "v6", "port", OK, "the host's bridge", "M38", as_it_is),
    ("onhost", "v6", "address", OK, "the host's bridge", "M38", as_it_is),
    ("db", "app", "port", OK, "service port", "M3", as_it_is),
    ("app", "db", "port", OK, "service port", "M4", as_it_is),
    ("app", "db", "address", OK, "common network", "", as_it_is),
    ("web", "app", "port", OK, "routed", "M15", as_it_is),
    ("outside", "app", "published", OK, "published port", "M7", with_uplink),
    ("host", "app", "published", OK, "published port", "", as_it_is),
    ("peer", "app", "published", OK, "a detour", "M3", with_more),
    ("web", "app", "published", OK, "the host's port", "M15", as_it_is),
    ("db", "app", "address", REFUSED, "firewall", "M25", as_it_is),
    ("web", "app", "published", REFUSED, "wrong side", "M7", on_loopback),
    ("outside", "app", "published", REFUSED, "nothing listens", "M23", deaf),
    ("web", "app", "published", REFUSED, "not from there", "M25", as_it_is),
    ("web", "onhost", "port", REFUSED, "nothing listens", "M23", as_it_is),
    ("app", "db", "port", REFUSED, "not from there", "M25", as_it_is),
    ("app", "outside", "port", REFUSED, "refused", "M25", as_it_is),
    ("app", "db", "port", REFUSED, "only itself", "M5", serving("127.0.0.1", 80)),
    ("host", "app", "published", RESET, "IPv6 only", "", serving("::", 80, only=6)),
    ("app", "db", "port", REFUSED, "another port", "M3", serving("::", 3000)),
    ("host", "app", "published", RESET, "not attached", "", unattached),
    ("host", "app", "published", RESET, "cut off", "M5", as_it_is),
    ("app", "db", "port", RESET, "reset", "M25", as_it_is),
    ("app", "db", "name", Verdict.ANOTHER, "hosts file", "M8", with_hosts_entry),
    ("app", "db", "name", TIMEOUT, "hosts entry", "M8", with_hosts_entry),
    ("app", "db", "name", NO_NAME, "hosts entry", "M8", with_hosts_entry),
    ("app", "db", "name", Verdict.ANOTHER, "another's address", "", as_it_is),
    ("app", "db", "port", Verdict.NOT_MEASURED, "not measured", "", as_it_is),
    ("host", "db", "published", None, "internal network", "M17", asked_for),
    ("host", "web", "published", None, "not published", "", asked_for),
    ("host", "app", "published", None, "only UDP", "", by_udp),
    ("side", "db", "address", NO_ROUTE, "owner restarted", "M12", owner_restarted),
    ("alone", "web", "port", NO_ROUTE, "only lo", "M32", as_it_is),
    ("app", "db", "port", PROHIBITED, "firewall", "M25", as_it_is),
    ("app", "db", "address", TIMEOUT, "interface down", "", set_down),
    ("db", "app", "address", TIMEOUT, "interface down", "", set_down),
    ("db", "app", "address", NO_ROUTE, "route", "", with_a_prohibit),
    ("db", "app", "address", TIMEOUT, "not attached", "", unattached),
    ("app", "db", "address", TIMEOUT, "not attached", "", unattached),
    ("db", "app", "address", TIMEOUT, "bridge down", "", bridges_down),
    ("db", "app", "address", TIMEOUT, "doubles", "", doubled),
    ("web", "app", "port", TIMEOUT, "not forwarding", "M15", not_forwarding),
    ("db", "app", "published", TIMEOUT, "internal network", "M17", as_it_is),
    ("outside", "app", "published", TIMEOUT, "no answer", "M25", with_uplink),
    ("app", "db", "port", SILENT, "sizes differ", "M27", smaller),
    ("db", "web", "address", TIMEOUT, "internal network", "M17", as_it_is),
    ("web", "db", "port", TIMEOUT, "internal network", "M17", as_it_is),
    ("outside", "web", "address", TIMEOUT, "the host's own networks", "", as_it_is),
    ("web", "app", "address", TIMEOUT, "isolation", "M15", as_it_is),
    ("app", "side", "port", TIMEOUT, "isolation", "M15", as_it_is),
    ("alone", "web", "address", NO_ROUTE, "no route", "", by_hand),
    ("app", "db", "port", SILENT, "connected", "M25", as_it_is),
    ("app", "db", "address", NO_ROUTE, "no neighbour", "M25", as_it_is),
    ("web", "near", "address", TIMEOUT, "kept apart", "M15", without_icc),
    ("app", "db", "name", TIMEOUT, "no answer", "M25", as_it_is),
    ("host", "web", "address", TIMEOUT, "no answer", "M25", as_it_is),
]


def cell(seen: Topology, source: str, target: str, way: Way, verdict: Verdict | None) -> Cell:
    ids = {c.name: c.id for c in seen.containers}
    asks = ADDRESS if way in ("address", "port") else target
    found = (ADDRESS,) if way == "name" else ()
    probe = Probe("ping", source, asks, verdict, Output("ping", ""), answers=found) if verdict else None
    return Cell(source, target, way, probe, ids.get(source, ""), ids.get(target, ""))


@pytest.mark.parametrize(("source", "target", "way", "verdict", "mechanism", "misconception", "change"), CASES)
def test_why(
    seen: Topology,
    source: str,
    target: str,
    way: Way,
    verdict: Verdict | None,
    mechanism: str,
    misconception: str,
    change: Change,
) -> None:
    world = change(seen)
    told = explain(world, cell(world, source, target, way, verdict))
    assert (told.mechanism, told.misconception) == (mechanism, misconception)
    assert not re.search(r"[{}]|None|\bno network\b.*\bno network\b", told.text), told.text
    assert told.misconception in ("", *misconceptions())


# At the host's port, by which somebody means another one.
CASES_AT: list[tuple[str, str, str, str, Change]] = [
    ("db", "app", "another port", "M3", serving("::", 80)),
    ("web", "host", "wrong side", "M7", on_loopback),
]


def at_the_hosts_port(seen: Topology, source: str, target: str) -> Cell:
    found = cell(seen, source, target, "port", REFUSED)
    assert found.probe
    return replace(found, probe=replace(found.probe, port=8080))


@pytest.mark.parametrize(("source", "target", "mechanism", "misconception", "change"), CASES_AT)
def test_the_hosts_port_is_told_from_the_containers_own(
    seen: Topology, source: str, target: str, mechanism: str, misconception: str, change: Change
) -> None:
    world = change(seen)
    told = explain(world, at_the_hosts_port(world, source, target))
    assert (told.mechanism, told.misconception) == (mechanism, misconception)
    assert "8080" in told.text
    assert "app" in told.text


def test_who_does_listen_at_a_port_of_localhost_is_named(seen: Topology) -> None:
    world = serving("::", 80)(seen)
    told = explain(world, cell(world, "web", "web", "port", REFUSED)).text
    assert (
        told == "localhost is web itself, and nothing in it listens on port 80: app and db do, under their own names."
    )


ADDRESS6 = "2001:db8:9::9"


def published_for_ipv4(seen: Topology) -> Topology:
    """``-p 0.0.0.0:8080:80``."""
    return changed(seen, "app", ports=tuple(p for p in seen.container("app").ports if ":" not in p.host_ip))


def not_forwarding_ipv6(seen: Topology) -> Topology:
    rows = (Netconf("all", 4, True, 0), Netconf("all", 6, False))
    return replace(with_ipv6(seen), host=replace(seen.host, netconf=rows))


def with_ipv6(seen: Topology) -> Topology:
    """``app`` and ``v6`` have an address of IPv6."""
    held = replace(UPLINK, name="six0", addresses=(Address("fd00:9::9", 64),))
    more = rewired(seen, "app", lambda n: replace(n, interfaces=(*n.interfaces, held)))
    return rewired(more, "v6", lambda n: replace(n, interfaces=(*n.interfaces, held)))


def serving_ipv4(seen: Topology) -> Topology:
    return serving("0.0.0.0", 80)(with_ipv6(seen))  # noqa: S104


CASES6: list[tuple[str, str, Way, Verdict | None, str, Change]] = [
    ("v6", "app", "port", REFUSED, "IPv4 only", serving_ipv4),
    ("v6", "app", "port", REFUSED, "not from there", lambda seen: serving("::", 80)(with_ipv6(seen))),
    ("db", "app", "address", NO_ROUTE, "no IPv6", as_it_is),
    ("db", "app", "address", None, "no IPv6", as_it_is),
    ("db", "app", "name", NO_NAME, "no IPv6", as_it_is),
    ("v6", "app", "address", None, "interface down", set_down),
    ("v6", "app", "address", TIMEOUT, "interface down", set_down),
    ("host", "app", "published", None, "another family", published_for_ipv4),
    ("v6", "app", "address", TIMEOUT, "not forwarding", not_forwarding_ipv6),
]


def cell6(seen: Topology, source: str, target: str, way: Way, verdict: Verdict | None) -> Cell:
    given = cell(seen, source, target, way, verdict)
    return replace(given, family=6, probe=given.probe and replace(given.probe, target=ADDRESS6))


@pytest.mark.parametrize(("source", "target", "way", "verdict", "mechanism", "change"), CASES6)
def test_why_by_ipv6(
    seen: Topology, source: str, target: str, way: Way, verdict: Verdict | None, mechanism: str, change: Change
) -> None:
    world = change(seen)
    assert explain(world, cell6(world, source, target, way, verdict)).mechanism == mechanism


def serving_udp(seen: Topology) -> Topology:
    there = serving("0.0.0.0", 80)(seen)  # noqa: S104
    return replace(there, listeners=tuple(replace(each, protocol="udp") for each in there.listeners))


CASES_UDP: list[tuple[str, str, Way, Verdict | None, str, Change]] = [
    ("db", "app", "port", REFUSED, "another protocol", serving("::", 80)),
    ("db", "app", "port", REFUSED, "not from there", serving_udp),
    ("db", "app", "port", REFUSED, "nothing listens", lambda seen: replace(seen, listeners=())),
    ("db", "app", "port", OK, "service port", serving_udp),
    ("db", "app", "port", Verdict.NO_ANSWER, "UDP is silent", serving_udp),
    ("host", "app", "published", None, "only TCP", as_it_is),
]


@pytest.mark.parametrize(("source", "target", "way", "verdict", "mechanism", "change"), CASES_UDP)
def test_why_by_udp(
    seen: Topology, source: str, target: str, way: Way, verdict: Verdict | None, mechanism: str, change: Change
) -> None:
    world = change(seen)
    told = explain(world, replace(cell(world, source, target, way, verdict), protocol="udp"))
    assert told.mechanism == mechanism, told


def everything() -> list[Reason]:
    tables = (value for module in (reasons, failures) for value in vars(module).values() if isinstance(value, tuple))
    return [reason for table in tables for reason in table if isinstance(reason, Reason)]


def test_each_reason_is_some_cells(seen: Topology) -> None:
    worlds = [(case, case[-1](seen)) for case in CASES]
    found = [reason_for(Situation(world, cell(world, *case[:4]))) for case, world in worlds]
    found += [
        reason_for(Situation(world, replace(cell(world, *case[:4]), protocol="udp")))
        for case, world in ((case, case[-1](seen)) for case in CASES_UDP)
    ]
    worlds6 = [(case, case[-1](seen)) for case in CASES6]
    found += [reason_for(Situation(world, cell6(world, *case[:4]))) for case, world in worlds6]
    at = [(case, case[-1](seen)) for case in CASES_AT]
    found += [reason_for(Situation(world, at_the_hosts_port(world, *case[:2]))) for case, world in at]
    assert {id(reason) for reason in found} == {id(reason) for reason in everything()}


def test_the_sentences_name_who_and_where(seen: Topology) -> None:
    told = explain(seen, cell(seen, "v6", "app", "name", NO_NAME)).text
    assert told.endswith("v6 is in six, app in back and front.")
    assert "host's firewall" in explain(seen, cell(seen, "web", "app", "port", TIMEOUT)).text
    assert "8080" in explain(seen, cell(seen, "db", "app", "port", OK)).text
    assert "name of web" in explain(seen, cell(seen, "db", "side", "name", NO_NAME)).text


def test_a_cell_without_ids_is_understood_by_its_names(seen: Topology) -> None:
    given = cell(seen, "db", "app", "port", OK)
    assert explain(seen, replace(given, source_id="", target_id="")) == explain(seen, given)


def test_a_container_under_another_name_in_the_text(seen: Topology) -> None:
    other = changed(seen, "app", name="app-2")
    given = cell(seen, "db", "app", "port", REFUSED)
    assert "Nothing in app listens on port 80" in explain(replace(other, listeners=()), given).text


def test_who_is_not_in_the_observation_is_said(seen: Topology) -> None:
    with pytest.raises(KeyError, match="no container 'nobody'"):
        explain(seen, Cell("web", "nobody", "name", None))


# What is asked, and where.


def asked(seen: Topology, source: str, target: str, way: Way) -> Question | None:
    ids = {c.name: c.id for c in seen.containers}
    return question(seen, Party(source, ids.get(source, "")), Party(target, ids[target]), way)


def address(seen: Topology, name: str, network: str) -> str:
    endpoint = seen.container(name).endpoint(network)
    assert endpoint
    return endpoint.ip


def gateway(seen: Topology, network: str) -> str:
    return seen.network(network).gateways[0]


@pytest.mark.parametrize("way", ["name", "address", "port", "published"])
def test_nobody_asks_itself_and_who_is_off_asks_nobody(seen: Topology, way: Way) -> None:
    assert (asked(seen, "app", "app", way) is None) == (way != "published"), "by way of the host one can"
    assert asked(seen, "old", "app", way) is None


def test_the_name_is_asked_even_where_there_is_no_address(seen: Topology) -> None:
    for target in ("old", "alone", "onhost", "db"):
        assert asked(seen, "app", target, "name") == Question("ping", target)
    for target in ("old", "alone"):
        assert asked(seen, "app", target, "address") is asked(seen, "app", target, "port") is None


def test_the_address_is_the_one_in_a_common_network(seen: Topology) -> None:
    assert asked(seen, "db", "app", "address") == Question("ping", address(seen, "app", "back"))
    assert asked(seen, "app", "db", "port") == Question("connect", address(seen, "db", "back"), 80)
    world = with_more(seen)
    elsewhere = asked(world, "web", "app", "address")
    assert elsewhere in [Question("ping", address(seen, "app", network)) for network in ("front", "back")]


def test_who_shares_a_network_has_its_address(seen: Topology) -> None:
    web = address(seen, "web", "bridge")
    for source, target in (("app", "side"), ("web", "side"), ("side", "web")):
        assert asked(seen, source, target, "address") == Question("ping", web)


def test_the_host_is_found_at_the_gateway_and_by_itself_at_localhost(seen: Topology) -> None:
    assert asked(seen, "web", "onhost", "address") == Question("ping", gateway(seen, "bridge"))
    assert asked(seen, "side", "onhost", "port") == Question("connect", gateway(seen, "bridge"), 80)
    assert asked(seen, "host", "onhost", "port") == Question("connect", "127.0.0.1", 80)
    assert asked(seen, "alone", "onhost", "address") == Question("ping", gateway(seen, "bridge")), "any address will do"


def test_the_published_port_is_asked_at_the_host(seen: Topology) -> None:
    assert asked(seen, "web", "app", "published") == Question("connect", gateway(seen, "bridge"), 8080)
    assert asked(seen, "host", "app", "published") == Question("connect", "127.0.0.1", 8080)
    assert asked(seen, "onhost", "app", "published") == Question("connect", "127.0.0.1", 8080)
    assert asked(seen, "web", "db", "published") is None


def test_the_outside_asks_at_the_uplink(seen: Topology) -> None:
    assert asked(seen, "outside", "app", "published") is None, "there is no way in"
    world = with_uplink(seen)
    assert asked(world, "outside", "app", "published") == Question("connect", "192.0.2.2", 8080)
    assert asked(world, "outside", "onhost", "port") == Question("connect", "192.0.2.2", 80)
    assert asked(world, "outside", "web", "address") == Question("ping", address(seen, "web", "bridge"))


def test_of_several_published_ports_the_services_counts(seen: Topology) -> None:
    (port, *_) = seen.container("app").ports
    several = (replace(port, port=443, host_port=8443), replace(port, protocol="udp", host_port=53), port)
    world = changed(seen, "app", ports=several)
    assert asked(world, HOST, "app", "published") == Question("connect", "127.0.0.1", 8080)
    assert asked(changed(seen, "app", ports=several[:2]), HOST, "app", "published") == Question(
        "connect", "127.0.0.1", 8443
    )
    assert asked(changed(seen, "app", ports=several[1:2]), "outside", "app", "published") is None
