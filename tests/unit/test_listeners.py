"""Who listens where is told by processes: several containers may share a namespace, its addresses and its name."""

from __future__ import annotations

from dataclasses import replace

from dockernet_course.observe import Container, Listener, Topology, held_by, relate, who_gets
from dockernet_course.observe.discover import Space
from dockernet_course.observe.model import Interface, Namespace

HOST, WEBS = 1, 2
HOSTS = Space(HOST, {}, {}, (), (), (), (), sockets=("1 tcp 0.0.0.0 8080 - 0",), held=("1 77 - docker-proxy",))
SHARED = Space(
    *(WEBS, {}, {}, (), (), (), ()),
    sockets=(
        "2 tcp :: 80 - 0",
        "3 tcp 172.17.0.2 8080 - 7",
        "4 udp 127.0.0.1 53 - 0",
        "5 tcp :: 443 6 0",
        "6 tcp 0.0.0.0 9000 - 1",
        "9 tcp ::ffff:172.17.0.2 81 - 0",
    ),
    held=("2 500 web,twin python3", "3 601 helper a name", "3 602 helper a name", "4 502 web x"),
)
NAMESPACES = (
    Namespace(HOST, True, ()),
    Namespace(WEBS, False, tuple(Interface(n, i, "veth", "", 1500, "UP") for n, i in (("lo", 1), ("eth0", 7)))),
)
FOUND = tuple(relate.listeners((HOSTS, SHARED), NAMESPACES))
WEB = Container("web", "web", "lab", "running", "bridge", WEBS)


def test_sockets_have_owners() -> None:
    proxy, page, second, names, *_ = FOUND
    assert proxy == Listener(HOST, "tcp", "0.0.0.0", 8080, process="docker-proxy", pid=77)  # noqa: S104
    owners = [set(each.owners) for each in FOUND]
    assert owners == [set(), {"web", "twin"}, {"helper"}, {"web"}, set(), set(), set()]
    assert (second.process, second.pid, second.device) == ("a name", 601, "eth0")
    assert (page.everywhere, second.everywhere, names.to_itself) == (True, False, True)
    assert held_by(Topology("26.1", NAMESPACES[0], listeners=FOUND), WEB) == (page, names)


def test_who_gets_a_connection() -> None:
    def owners(address: str, port: int, protocol: str = "tcp", namespace: int = WEBS) -> list[frozenset[str]]:
        return [each.owners for each in who_gets(FOUND, namespace, address, port, protocol)]

    assert owners("172.17.0.2", 8080) == [{"helper"}]
    assert owners("172.17.0.2", 80) == owners("fd00::2", 80) == [{"web", "twin"}]
    assert owners("172.17.0.3", 8080) == owners("172.17.0.2", 80, namespace=HOST) == []
    assert owners("127.0.0.1", 53, "udp") == [{"web"}]
    assert owners("127.0.0.1", 53) == []
    assert len(owners("172.17.0.2", 81)) == 1
    both = (*FOUND, replace(FOUND[1], address="172.17.0.2", owners=frozenset({"helper"})))
    assert [each.owners for each in who_gets(both, WEBS, "172.17.0.2", 80)] == [{"helper"}], "the more exact one"


def test_a_socket_for_ipv6_only_takes_no_ipv4() -> None:
    assert [str(each) for each in FOUND] == [
        *("0.0.0.0:8080", "*:80", "172.17.0.2:8080", "127.0.0.1:53", "[::]:443", "0.0.0.0:9000"),
        "[::ffff:172.17.0.2]:81",
    ]
    six = FOUND[4]
    assert (six.waits_at("fd00::2"), six.waits_at("172.17.0.2")) == (True, False)


def test_a_socket_that_is_bound_to_lo_hears_itself_only() -> None:
    assert FOUND[5].to_itself
    assert not FOUND[1].to_itself
