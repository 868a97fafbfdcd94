"""Whether a walk by name could ask somebody outside of the learner's own engine: then it is not begun."""

from __future__ import annotations

import pytest

from dockernet_course.experiments.targets import Party
from dockernet_course.experiments.walk.names import known, leaves
from tests.unit.walking import world

HOSTS = "127.0.0.1\tlocalhost\n172.17.0.2\tweb 0123456789ab # linked\n"
DOCKERS = "nameserver 127.0.0.11\nsearch corp.example\noptions ndots:0\n"
OWN = frozenset({"172.17.0.1", "203.0.113.10", "127.0.0.1"})


@pytest.mark.parametrize(
    ("name", "resolv", "own", "why"),
    [
        ("web", DOCKERS, OWN, ""),  # in the file
        ("linked", DOCKERS, OWN, "does not know 'linked'"),  # in a comment only
        ("db", DOCKERS, OWN, ""),  # Docker knows it
        ("far", DOCKERS, OWN, "does not know 'far'"),
        ("db", DOCKERS.replace("ndots:0", "ndots:5 ndots:2"), OWN, "ndots:2"),
        ("db", DOCKERS.replace("options ndots:0", ""), OWN, "ndots:1"),
        ("db", "nameserver 127.0.0.11\n", OWN, ""),  # nothing to complete it with
        ("db", "nameserver 198.51.100.53\n", OWN, ""),  # from the container's address: the guard is there
        ("db", "nameserver 198.51.100.53\n", None, "the engine's host would ask"),
        ("web", "nameserver 198.51.100.53\n", None, ""),
        ("db", "nameserver 203.0.113.10\n", OWN, "203.0.113.10 would be asked"),  # on the host, which asks others
        ("db", "nameserver 2001:db8::53\n", OWN, "2001:db8::53 would be asked"),  # the guard is for IPv4
        ("db", "", OWN, ""),  # 127.0.0.1, in the container: nobody is there
    ],
)
def test_whether_a_name_could_be_asked_outside(name: str, resolv: str, own: frozenset[str] | None, why: str) -> None:
    found = leaves(name, HOSTS, resolv, frozenset({"db"}), own)
    assert bool(found) == bool(why) and why in found


def test_whom_docker_knows_are_those_who_share_a_network() -> None:
    seen = world("trixie")

    def names(of: str) -> frozenset[str]:
        return known(seen, Party(of, seen.container(of).id))

    assert {"web", "db"} <= names("web") and not {"far", "alone"} & names("web")
    assert names("side") == names("web"), "it is in the network namespace of web"
    assert "far" in names("far") and "web" not in names("far")
    assert not names("alone"), "the default bridge has no name server"
