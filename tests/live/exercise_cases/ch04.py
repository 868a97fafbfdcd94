"""Cases of chapter 04."""

from __future__ import annotations

from dockernet_course.lab import Lab
from dockernet_course.observe import observe
from tests.live.exercise_cases import right, wrong
from tests.live.exercise_cases.acting import also, bridge, inside, pid_of, reference


def _gateway(lab: Lab) -> str:
    there = observe(lab).host.interface(bridge(lab))
    assert there and there.ipv4
    return there.ipv4.ip


def _gateway_copied(lab: Lab) -> None:
    reference("04.repair")(lab)
    inside(lab, "quiet", f"ip address add {_gateway(lab)}/16 dev eth0")


def _web_copied(lab: Lab) -> None:
    reference("04.repair")(lab)
    inside(lab, "quiet", f"ip address add {lab.container('web').address()}/32 dev lo")


def _web_copied_on_eth0(lab: Lab) -> None:
    reference("04.repair")(lab)
    inside(lab, "quiet", f"ip address add {lab.container('web').address()}/16 dev eth0")


def _halves(lab: Lab) -> None:
    reference("04.repair")(lab)
    inside(lab, "quiet", "ip route del default")
    for half in ("0.0.0.0/1", "128.0.0.0/1"):
        inside(lab, "quiet", f"ip route add {half} via {_gateway(lab)}")


def _one_half(lab: Lab) -> None:
    reference("04.repair")(lab)
    inside(lab, "quiet", "ip route del default")
    inside(lab, "quiet", f"ip route add 128.0.0.0/1 via {_gateway(lab)}")


def _to_web(lab: Lab) -> None:
    reference("04.repair")(lab)
    inside(lab, "quiet", "ip route del default")
    inside(lab, "quiet", f"ip route add default via {lab.container('web').address()}")


def _another_address(lab: Lab) -> None:
    reference("04.repair")(lab)
    address = observe(lab).interface(lab.container("quiet"), "eth0")
    assert address and address.ipv4
    free = lab.free_address("bridge").ip - 7
    inside(lab, "quiet", f"ip address del {address.ipv4} dev eth0")
    inside(lab, "quiet", f"ip address add {free}/16 dev eth0")
    lab.host(f"nsenter -t {pid_of(lab, 'quiet')} -n ip route add default via {_gateway(lab)}")


def _own_pair(lab: Lab) -> None:
    lab.host(f"ip link delete {lab.interface_name('out')}")
    pid = observe(lab).container(lab.container("quiet")).pid
    out, inner = lab.interface_name("new"), lab.interface_name("end")
    lab.host(f"ip link add {out} type veth peer name {inner} && ip link set {inner} netns {pid}")
    lab.host(f"ip link set {out} master {bridge(lab)} up")
    inside(lab, "quiet", f"ip link set {inner} up")
    inside(lab, "quiet", f"ip address add {lab.free_address('bridge')} dev {inner}")
    inside(lab, "quiet", f"ip route add default via {_gateway(lab)}")


def _onto_side(lab: Lab) -> None:
    reference("04.docker")(lab)
    lab.create_network("side")
    lab.connect("side", "web")


CASES = (
    wrong("04.repair", "web restarted", also("04.repair", lambda lab: lab.container("web").restart()), "restarted"),
    wrong("04.repair", "web stopped", also("04.repair", lambda lab: lab.container("web").kill()), "does not run"),
    wrong("04.repair", "the gateway's address on quiet", _gateway_copied, "of the host"),
    wrong("04.repair", "web's address on quiet's loopback", _web_copied, "not `web` that answers"),
    wrong("04.repair", "web's address on quiet", _web_copied_on_eth0, "`web`"),
    wrong("04.repair", "one half of a default route", _one_half, "do not cover", "M21"),
    wrong("04.repair", "a default route by web", _to_web, "not the gateway", "M34"),
    wrong(
        "04.repair",
        "a rule of the firewall beside it",
        also("04.repair", lambda lab: lab.host("iptables -I FORWARD -j ACCEPT")),
        "iptables",
    ),
    right("04.repair", "two half routes in place of a default one", _halves),
    right("04.repair", "another address of the subnet", _another_address),
    right("04.repair", "a veth pair of one's own in place of it", _own_pair),
    wrong("04.docker", "web moved, too", _onto_side, "joined"),
    wrong("04.docker", "web restarted", also("04.docker", lambda lab: lab.container("web").restart()), "restarted"),
    wrong("04.docker", "quiet renamed", also("04.docker", lambda lab: lab.rename("quiet", "loud")), "called `loud`"),
)
