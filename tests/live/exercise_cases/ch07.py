"""Cases of chapter 07."""

from __future__ import annotations

from dockernet_course.lab import Lab
from tests.live.exercise_cases import right, wrong
from tests.live.exercise_cases.acting import also, inside, reference


def _second_shop(lab: Lab) -> None:
    reference("07.move")(lab)
    lab.run("shop", network="market")


def _hosts_line(lab: Lab) -> None:
    lab.connect("market", "bbox01")
    lab.disconnect("bridge", "bbox01")
    address = lab.container("bbox01").address("market")
    lab.container("client").sh(["sh", "-c", f"echo {address} shop >> /etc/hosts"])


def _late_alias(lab: Lab) -> None:
    lab.connect("market", "bbox01")
    lab.disconnect("market", "bbox01")
    reference("07.move")(lab)


def _out_first(lab: Lab) -> None:
    lab.disconnect("bridge", "bbox01")
    lab.connect("market", "bbox01", aliases=["shop", "store"])


def _impostor(lab: Lab) -> None:
    reference("07.remove")(lab)
    lab.run("thief", network="garden", aliases="bbox02")


def _harbour_anew(lab: Lab) -> None:
    reference("07.route")(lab)
    lab.disconnect("harbour", "bbox05")
    lab.remove("harbour")
    lab.create_network("harbour")
    lab.connect("harbour", "bbox05")


def _no_route(lab: Lab) -> None:
    reference("07.route")(lab)
    inside(lab, "bbox05", "ip route del default")


def _three(lab: Lab) -> None:
    reference("07.route")(lab)
    lab.create_network("zoo")
    lab.connect("zoo", "bbox05")


def _two_gardens(lab: Lab) -> None:
    lab.create_network("pond")
    lab.connect("pond", "bbox01")
    lab.connect("pond", "bbox02")
    reference("07.remove")(lab)


def _restart_first(lab: Lab) -> None:
    lab.container("bbox02").restart()
    reference("07.remove")(lab)


CASES = (
    wrong("07.move", "another one is called shop", _second_shop, "`shop`"),
    wrong("07.move", "a line in /etc/hosts", _hosts_line, "/etc/hosts", "M8"),
    wrong("07.move", "bbox01 renamed", lambda lab: lab.rename("bbox01", "shop"), "called `shop` now"),
    wrong("07.move", "client restarted", also("07.move", lambda lab: lab.container("client").restart()), "`client`"),
    right("07.move", "once without the alias, then with it", _late_alias),
    right("07.move", "out first, and with two aliases", _out_first),
    wrong("07.route", "harbour made anew", _harbour_anew, "made anew"),
    wrong("07.route", "the default route taken away", _no_route, "no default route", "M21"),
    right("07.route", "a third network beside it", _three),
    wrong("07.remove", "an impostor", _impostor, "`thief`"),
    wrong("07.remove", "bbox02 restarted", _restart_first, "restarted"),
    right("07.remove", "they meet on two networks", _two_gardens),
)
