"""Who listens where is told by processes: several containers may share a namespace, its addresses and its name."""

from __future__ import annotations

from dataclasses import replace

from dockernet_course.lessons.exercises.listeners import Listener, _parsed, at, holders
from dockernet_course.observe import Container

HOST, WEBS = 1, 2
TEXT = """@ 1
tcp   LISTEN 0      4096         0.0.0.0:8080      0.0.0.0:*    users:(("docker-proxy",pid=77,fd=4))
@ 500
tcp   LISTEN 0      64                 *:80              *:*    users:(("python3",pid=500,fd=3))
tcp   LISTEN 0      64     172.17.0.2%eth0:8080   0.0.0.0:*    users:(("python3",pid=601,fd=3))
udp   UNCONN 0      0          127.0.0.1:53        0.0.0.0:*    users:(("x",pid=502,fd=3))
= 1 pid:[1]
= 77 pid:[1]
= 500 pid:[5]
= 502 pid:[5]
= 600 pid:[6]
= 601 pid:[6]
"""
FOUND = tuple(_parsed(TEXT, {1: HOST, 500: WEBS}, {500: "web", 600: "helper"}))
WEB = Container("web", "web", "lab", "running", "bridge", WEBS)


def test_sockets_have_owners() -> None:
    proxy, page, second, names = FOUND
    assert proxy == Listener(HOST, "tcp", "0.0.0.0", 8080)  # noqa: S104
    assert [set(each.owners) for each in FOUND] == [set(), {"web"}, {"helper"}, {"web"}]
    assert (page.everywhere, second.everywhere, names.to_itself) == (True, False, True)
    assert holders(FOUND, WEB) == (page, names)


def test_who_gets_a_connection() -> None:
    assert [each.owners for each in at(FOUND, WEBS, "172.17.0.2", 8080)] == [{"helper"}]
    assert [each.owners for each in at(FOUND, WEBS, "172.17.0.2", 80)] == [{"web"}]
    assert [each.owners for each in at(FOUND, WEBS, "fd00::2", 80)] == [{"web"}]
    assert at(FOUND, WEBS, "172.17.0.3", 8080) == ()
    assert at(FOUND, HOST, "172.17.0.2", 80) == ()
    both = (*FOUND, replace(FOUND[1], address="172.17.0.2", owners=frozenset({"helper"})))
    assert [each.owners for each in at(both, WEBS, "172.17.0.2", 80)] == [{"helper"}], "the more exact one"


def test_containers_that_share_their_processes_with_the_host_own_what_is_theirs() -> None:
    text = TEXT.replace("= 600 pid:[6]", "= 600 pid:[1]")
    found = tuple(_parsed(text, {1: HOST, 500: WEBS}, {500: "web", 600: "helper"}))
    assert found[0].owners == frozenset()
