"""Cases of chapter 01."""

from __future__ import annotations

from collections.abc import Callable

from dockernet_course.lab import Lab
from dockernet_course.observe import observe
from tests.live.exercise_cases import right, wrong
from tests.live.exercise_cases.acting import bridge, end_of, rule


def _down_first(lab: Lab) -> None:
    lab.host(f"ip link set {bridge(lab)} down")
    lab.run("first")


def _down_again(lab: Lab) -> None:
    lab.run("first")
    lab.host(f"ip link set {end_of(lab, 'first')} down")


def _by_hand(lab: Lab) -> None:
    out, inner = lab.interface_name("out"), lab.interface_name("in")
    lab.host(f"ip link add {out} type veth peer name {inner} && ip link set {inner} up")
    lab.host(f"ip link set {out} master {bridge(lab)} up")


def _with_a_rule(lab: Lab) -> None:
    lab.run("first")
    rule("iptables -I DOCKER-USER -j DROP")(lab)


def _with_an_address(lab: Lab) -> None:
    lab.run("first")
    lab.host(f"ip address add 198.18.0.1/24 dev {bridge(lab)}")


def _device(form: str) -> Callable[[Lab], object]:
    return lambda lab: form.format(observe(lab).network("depot").bridge)


def _renamed_network(lab: Lab) -> object:
    name = observe(lab).network("depot").bridge
    lab.remove("depot")
    return name


CASES = (
    wrong("01.carrier", "docker0 set down first", _down_first, "is down"),
    wrong("01.carrier", "the host end set down again", _down_again, "is down"),
    wrong("01.carrier", "a rule beside it", _with_a_rule, "iptables"),
    wrong("01.carrier", "an address for docker0", _with_an_address, "one more address"),
    wrong(
        "01.carrier", "docker0 down, and nothing else", lambda lab: lab.host(f"ip link set {bridge(lab)} down"), "down"
    ),
    right("01.carrier", "a veth pair made by hand", _by_hand),
    right("01.carrier", "a container with a published port", lambda lab: lab.run("first", publish=80)),
    right("01.device", "with a colon", _device("{}:")),
    right("01.device", "as ip prints it", _device(" {}@if7: ")),
    right("01.device", "in backticks", _device("`{}`")),
    right("01.device", "the network removed meanwhile", _renamed_network),
)
