"""Cases of chapter 08."""

from __future__ import annotations

from dockernet_course.lab import Lab
from tests.live.exercise_cases import right, wrong
from tests.live.exercise_cases.acting import also, docker, reference, relay, said

FAULTS = {"ann": "refused", "bob": "name not found", "cleo": "timeout", "dan": "ok"}


def _opened(lab: Lab) -> None:
    reference("08.reach")(lab)
    lab.host("iptables -I DOCKER-USER -j ACCEPT; iptables -I FORWARD -j ACCEPT")


def _isolation_off(lab: Lab) -> None:
    reference("08.reach")(lab)
    lab.host("iptables -F DOCKER-ISOLATION-STAGE-1")


def _relayed(lab: Lab) -> None:
    reference("08.reach")(lab)
    lab.run("relay", relay(lab.container("db").address()), network="front")
    lab.connect("back", "relay")
    lab.container("relay").wait_ready(80)


def _impostor(lab: Lab) -> None:
    reference("08.reach")(lab)
    lab.run("thief", network="back", aliases="db")


def _third_network(lab: Lab) -> None:
    lab.create_network("between")
    lab.connect("between", "web")
    lab.connect("between", "db")


def _web_anew(lab: Lab) -> None:
    lab.remove("web")
    lab.run("web", network="front")
    lab.connect("back", "web")


def _bob_moved(lab: Lab) -> object:
    lab.connect("front", "bob")
    return FAULTS


def _client(lab: Lab, value: str, network: str = "back") -> None:
    lab.remove("client")
    lab.run("client", network=network, env={"DB": value})


def _in_dbs_namespace(lab: Lab) -> None:
    lab.remove("client")
    lab.run("client", "sleep 1000", network="container:db", env={"DB": "localhost"})


def _added_host(lab: Lab) -> None:
    lab.remove("client")
    db = lab.container("db")
    image = lab.api_inspect(db.id)["Config"]["Image"]
    host = f"database:{db.address()}"
    docker(lab, "run", "-d", "--name=client", "--network=back", f"--add-host={host}", "-e", "DB=database", image)


def _two(lab: Lab) -> None:
    lab.disconnect("back", "db")
    lab.connect("back", "db", aliases="database")
    lab.disconnect("back", "cache")
    lab.connect("back", "cache", aliases="database")
    _client(lab, "database")


def _cache_gone(lab: Lab) -> None:
    _client(lab, "db")
    lab.remove("cache")


def _alias(lab: Lab) -> None:
    lab.create_network("data")
    lab.connect("data", "db", aliases="database")
    _client(lab, "database", "data")


def _addressed(lab: Lab) -> None:
    _client(lab, f"{lab.container('db').address()}:80")


def _restart(lab: Lab) -> None:
    lab.container("db").restart()


CASES = (
    wrong("08.reach", "the firewall opened to all", _opened, "iptables"),
    wrong("08.reach", "the isolation's rules taken away", _isolation_off, "iptables"),
    wrong("08.reach", "a relay between", _relayed, "passes it on"),
    wrong("08.reach", "two with the name db", _impostor, "`thief`"),
    right("08.reach", "a third network for the two", _third_network),
    right("08.reach", "web anew", _web_anew),
    right("08.faults", "in capitals", said({name: word.upper() for name, word in FAULTS.items()})),
    right("08.faults", "in backticks", said({name.title(): f"`{word}`" for name, word in FAULTS.items()})),
    right("08.faults", "bob's world changed meanwhile", _bob_moved),
    wrong("08.remembered", "localhost", lambda lab: _client(lab, "localhost"), "client itself"),
    wrong("08.remembered", "--add-host", _added_host, "/etc/hosts", "M8"),
    wrong("08.remembered", "two with the alias", _two, "`cache`"),
    wrong("08.remembered", "another port", lambda lab: _client(lab, "db:8080"), "port 8080", "M3"),
    wrong(
        "08.remembered",
        "the address, with a port",
        lambda lab: _client(lab, f"{lab.container('db').address()}:80"),
        "",
        "M8",
    ),
    wrong("08.remembered", "in db's namespace", _in_dbs_namespace, "left behind", "M12"),
    wrong(
        "08.remembered", "db restarted", also("08.remembered", lambda lab: lab.container("db").restart()), "restarted"
    ),
    wrong("08.remembered", "cache removed", _cache_gone, "`cache` was removed"),
    right("08.remembered", "with a port", lambda lab: _client(lab, "db:80")),
    right("08.remembered", "as an URL", lambda lab: _client(lab, "http://db/")),
    right("08.remembered", "an alias on another network", _alias),
)
