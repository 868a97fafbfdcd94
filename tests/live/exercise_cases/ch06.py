"""Cases of chapter 06."""

from __future__ import annotations

from dockernet_course.lab import Lab
from tests.live.exercise_cases import right, wrong
from tests.live.exercise_cases.acting import also, docker, reference


def _renamed(lab: Lab) -> None:
    lab.create_network("shop")
    lab.connect("shop", "db", aliases="database")
    lab.rename("web", "web-old")
    lab.run("web", network="shop")


def _added_host(lab: Lab) -> None:
    lab.create_network("shop")
    lab.connect("shop", "db")
    address = lab.container("db").address("shop")
    lab.remove("web")
    image = lab.api_inspect(lab.container("db").id)["Config"]["Image"]
    docker(lab, "run", "-d", "--name", "web", "--network", "shop", "--add-host", f"database:{address}", image)


def _impostor(lab: Lab) -> None:
    reference("06.replace")(lab)
    lab.run("thief", network="shop", aliases="database")


def _knows_too(lab: Lab) -> None:
    reference("06.replace")(lab)
    lab.run("spy", network="shop", env={"PASSWORD": "swordfish"})


def _both_anew(lab: Lab) -> None:
    lab.remove("web")
    lab.remove("db")
    lab.create_network("shop")
    lab.run("db", network="shop", aliases="database", env={"PASSWORD": "swordfish"})
    lab.run("web", network="shop")


def _beside_the_line(lab: Lab) -> None:
    lab.create_network("shop")
    lab.connect("shop", "web")
    lab.connect("shop", "db", aliases="database")


def _commented(lab: Lab) -> None:
    lab.container("web").sh(
        ["sh", "-c", "sed 's/^\\(.*database\\)/# \\1/' /etc/hosts > /tmp/h; cat /tmp/h > /etc/hosts"]
    )
    _beside_the_line(lab)


def _stranger_gone(lab: Lab) -> None:
    reference("06.hosts")(lab)
    lab.remove("stranger")


def _two_databases(lab: Lab) -> None:
    lab.create_network("shop")
    lab.connect("shop", "db", aliases="database")
    lab.connect("shop", "stranger", aliases="database")
    lab.remove("web")
    lab.run("web", network="shop")


CASES = (
    wrong("06.replace", "the old web renamed, with its link", _renamed, "`web-old`", "M19"),
    wrong("06.replace", "by --add-host", _added_host, "/etc/hosts", "M8"),
    wrong("06.replace", "another one with the alias", _impostor, "`thief`"),
    wrong("06.replace", "another one has the password", _knows_too, "`spy`"),
    right("06.replace", "both anew", _both_anew),
    right("06.replace", "db restarted afterwards", also("06.replace", lambda lab: lab.container("db").restart())),
    right("06.hosts", "a network, and the old line commented out", _commented),
    right("06.hosts", "a network, and web anew", reference("06.replace")),
    wrong("06.hosts", "a network, and the old line still there", _beside_the_line, "`stranger`", "M8"),
    wrong("06.hosts", "stranger removed", _stranger_gone, "`stranger` was removed"),
    wrong("06.hosts", "two with the alias", _two_databases, "`stranger`"),
)
