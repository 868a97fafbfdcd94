"""Cases of chapter 02."""

from __future__ import annotations

from dockernet_course.lab import Lab
from tests.live.exercise_cases import right, wrong
from tests.live.exercise_cases.acting import also, bridge, end_of, inside, reference


def _cut(lab: Lab) -> None:
    lab.host(f"ip link set {end_of(lab, 'web')} down")


def _db_out(lab: Lab) -> None:
    lab.host(f"ip link set {end_of(lab, 'db')} nomaster")
    _cut(lab)


def _replaced(lab: Lab) -> None:
    lab.remove("web")
    lab.run("web", "sleep infinity")
    _cut(lab)


def _second_network(lab: Lab) -> None:
    end = end_of(lab, "web")
    lab.create_network("side")
    lab.connect("side", "web")
    lab.connect("side", "db")
    lab.host(f"ip link set {end} down")


def _ruled(lab: Lab) -> None:
    address = lab.container("web").address()
    lab.host(f"iptables -I FORWARD -s {address} -j DROP; iptables -I FORWARD -d {address} -j DROP")


def _other_side(lab: Lab) -> None:
    inside(lab, "web", "ip link set eth0 down")


def _there_and_back(lab: Lab) -> None:
    end = end_of(lab, "db")
    lab.host(f"ip link set {end} down")
    lab.host(f"ip link set {end} up")
    _cut(lab)


def _restarted(lab: Lab) -> None:
    lab.container("db").restart()
    reference("02.names")(lab)


def _two_answers(lab: Lab) -> None:
    reference("02.names")(lab)
    lab.run("other", network="shop", aliases="db")


def _added_host(lab: Lab) -> None:
    client = lab.run("client")
    client.sh(["sh", "-c", f"echo {lab.container('db').address()} db >> /etc/hosts"])


def _in_dbs_namespace(lab: Lab) -> None:
    lab.create_network("shop")
    lab.connect("shop", "db")
    lab.run("client", "sleep infinity", network="container:db")


def _copied(lab: Lab) -> None:
    reference("02.names")(lab)
    lab.run("thief", network="shop")
    address = lab.container("db").address("shop")
    inside(lab, "thief", f"ip address add {address}/16 dev eth0")


def _off_the_bridge(lab: Lab) -> None:
    reference("02.names")(lab)
    lab.disconnect("bridge", "db")


CASES = (
    wrong("02.cable", "db pulled out of the bridge, too", _db_out, "attached to no bridge"),
    wrong("02.cable", "web replaced, then cut", _replaced, "replaced"),
    wrong("02.cable", "a second network on which they meet", _second_network, "joined"),
    wrong("02.cable", "a rule of the firewall", _ruled, "iptables"),
    wrong("02.cable", "the end inside", _other_side, "Both cables are still up"),
    wrong("02.cable", "db restarted", also("02.cable", lambda lab: lab.container("db").restart()), "restarted"),
    wrong(
        "02.cable",
        "the bridge's address gone, too",
        also("02.cable", lambda lab: lab.host(f"ip address flush dev {bridge(lab)}")),
        "lost its address",
    ),
    right("02.cable", "db's end first, and up again", _there_and_back),
    wrong("02.names", "db restarted meanwhile", _restarted, "restarted"),
    wrong("02.names", "two with the name db", _two_answers, "`other`"),
    wrong("02.names", "a line in /etc/hosts", _added_host, "/etc/hosts", "M8"),
    wrong("02.names", "db's address copied", _copied, "two have"),
    wrong("02.names", "db renamed", lambda lab: lab.rename("db", "database"), "called `database`"),
    right("02.names", "db leaves the default network", _off_the_bridge),
    right("02.names", "a client in db's own namespace", _in_dbs_namespace),
    right("02.names", "by a link", lambda lab: lab.run("client", links="db")),
)
