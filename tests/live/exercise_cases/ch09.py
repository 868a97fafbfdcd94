"""Cases of chapter 09."""

from __future__ import annotations

from dockernet_course.lab import Lab
from tests.live.exercise_cases import right, wrong
from tests.live.exercise_cases.acting import mute, relay

SEES = {"host": "gateway", "guest": "guest", "around": "gateway"}


def _open(lab: Lab, *admin: str) -> None:
    lab.run("shop", publish=80)
    lab.run("admin", publish=list(admin))


def _relayed(lab: Lab) -> None:
    _open(lab, "127.0.0.1::80")
    lab.run("relay", relay(lab.container("admin").address()), publish=80)
    lab.container("relay").wait_ready(80)


def _relayed_on_the_host(lab: Lab) -> None:
    _open(lab, "127.0.0.1::80")
    port = lab.free_port(8200)
    lab.run("relay", relay(lab.container("admin").address(), 80, port), network="host")


def _ruled(lab: Lab) -> None:
    _open(lab, "127.0.0.1::80")
    address = lab.container("admin").address()
    lab.host(f"iptables -t nat -A PREROUTING -p tcp --dport 8300 -j DNAT --to-destination {address}:80")


def _another_serves(lab: Lab) -> None:
    lab.run("shop", "sleep infinity", publish=80)
    lab.run("helper", network="container:shop")
    lab.run("admin", publish="127.0.0.1::80")


def _swapped_servers(lab: Lab) -> None:
    lab.run("admin", publish="127.0.0.1::80")
    lab.run("shop", relay(lab.container("admin").address()), publish=80)
    lab.container("shop").wait_ready(80)


def _kept(lab: Lab) -> None:
    address = lab.container("api").address()
    lab.run("helper", network="container:api", env={"SERVE_ADDRESS": address})


def _anew(lab: Lab, **how: object) -> None:
    lab.remove("api")
    lab.run("api", **how)  # type: ignore[arg-type]


def _passed_on(lab: Lab) -> None:
    address = lab.container("api").address()
    lab.host(f"iptables -t nat -I OUTPUT -p tcp -d {address} --dport 80 -j DNAT --to-destination 127.0.0.1:80")


def _joined(lab: Lab) -> None:
    lab.remove("api")
    lab.run("base", "sleep infinity", publish=80)
    lab.run("api", network="container:base")


def _own_network(lab: Lab) -> None:
    lab.create_network("mine")
    _anew(lab, publish="127.0.0.1::80", network="mine")


def _sees(lab: Lab) -> object:
    lab.connect("bridge", "shop")
    return SEES


def _shop_gone(lab: Lab) -> object:
    lab.remove("shop")
    return SEES


CASES = (
    wrong("09.open", "admin at [::1] only", lambda lab: _open(lab, "[::1]::80"), "127.0.0.1"),
    wrong("09.open", "a published port by UDP for all", lambda lab: _open(lab, "127.0.0.1::80", "80/udp"), "UDP", "M7"),
    wrong("09.open", "a second published port for all", lambda lab: _open(lab, "127.0.0.1::80", "80"), "anybody", "M7"),
    wrong("09.open", "a relay with a published port", _relayed, "passes on", "M7"),
    wrong("09.open", "a relay in host mode", _relayed_on_the_host, "passes on", "M7"),
    wrong("09.open", "a rule of the firewall", _ruled, "iptables"),
    wrong("09.open", "another one serves in shop's namespace", _another_serves, "`helper`"),
    wrong("09.open", "shop passes on to admin", _swapped_servers, "not `shop`"),
    right("09.open", "two published ports for the host", lambda lab: _open(lab, "127.0.0.1::80", "127.0.0.2::80")),
    right("09.open", "at [::1], too", lambda lab: _open(lab, "127.0.0.1::80", "[::1]::80")),
    wrong("09.mend", "api kept, a helper in its namespace", _kept, "`helper`"),
    wrong("09.mend", "a rule of the firewall", _passed_on, "iptables"),
    wrong("09.mend", "a program that answers nothing", lambda lab: _anew(lab, command=mute(80), publish=80), "no page"),
    wrong("09.mend", "api renamed", lambda lab: lab.rename("api", "api2"), "`api2`"),
    right("09.mend", "on a network of its own, for the host alone", _own_network),
    right("09.mend", "in the namespace of one that is published", _joined),
    right("09.mend", "with an exposed port beside it", lambda lab: _anew(lab, publish=[80, 8080])),
    right("09.sees", "shop connected elsewhere meanwhile", _sees),
    right("09.sees", "shop gone meanwhile", _shop_gone),
    right("09.sees", "in capitals", lambda _: {name.upper(): word.title() for name, word in SEES.items()}),
)
