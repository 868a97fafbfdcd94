"""Cases of chapter 03."""

from __future__ import annotations

from dockernet_course.lab import Lab
from tests.live.exercise_cases import right, wrong
from tests.live.exercise_cases.acting import mute, said


def _anew(lab: Lab, **how: object) -> None:
    lab.remove("shop")
    lab.run("shop", **how)  # type: ignore[arg-type]


def _served(lab: Lab, **env: str) -> None:
    _anew(lab, network="host", env={"SERVE_PORT": str(lab.free_port(8000)), **env})


def _joined(lab: Lab) -> None:
    lab.run("base", "sleep infinity", network="host")
    lab.remove("shop")
    lab.run("shop", network="container:base", env={"SERVE_PORT": str(lab.free_port(8000))})


def _mute(lab: Lab) -> None:
    _anew(lab, command=mute(lab.free_port(8000)), network="host")


def _helped(lab: Lab) -> None:
    _anew(lab, command="sleep infinity", network="host")
    lab.run("helper", network="host", env={"SERVE_PORT": str(lab.free_port(8000))})


def _redirected(lab: Lab) -> None:
    lab.host(
        f"iptables -t nat -I OUTPUT -p tcp --dport 8000 -j DNAT --to-destination {lab.container('shop').address()}:80"
    )


def _stopped_holder(lab: Lab) -> object:
    lab.remove("ant")
    return "ant"


CASES = (
    wrong(
        "03.move", "at the loopback only", lambda lab: _served(lab, SERVE_ADDRESS="127.0.0.1"), "itself is heard", "M5"
    ),
    wrong("03.move", "a program that answers nothing", _mute, "no page"),
    wrong("03.move", "another container answers", _helped, "no port"),
    wrong("03.move", "by a rule of the firewall", _redirected, "iptables"),
    right("03.move", "in the namespace of one in host mode", _joined),
    right("03.move", "IPv4 alone", lambda lab: _served(lab, SERVE_ADDRESS="0.0.0.0")),  # noqa: S104
    right("03.holder", "with a capital", said("Ant")),
    right("03.holder", "in backticks, with spaces", said(" `ant` ")),
    right("03.holder", "the right one, gone meanwhile", _stopped_holder),
    wrong("03.holder", "nobody's name", said("dog"), "name of one"),
)
