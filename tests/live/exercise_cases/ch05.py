"""Cases of chapter 05."""

from __future__ import annotations

from dockernet_course.lab import Lab
from tests.live.exercise_cases import right, wrong
from tests.live.exercise_cases.acting import also, mute, relay, said

SERVE = "SERVE_PORT=8080 python3 /opt/dockernet/serve.py > /dev/null 2>&1 &"


def _helper(lab: Lab, **env: str) -> None:
    lab.run("helper", network="container:web", env={"SERVE_PORT": "8080", **env})


def _web_serves(lab: Lab) -> None:
    lab.container("web").sh(["sh", "-c", SERVE])
    lab.run("helper", "sleep infinity", network="container:web")
    lab.container("web").wait_ready(8080)


def _redirected(lab: Lab) -> None:
    lab.run("helper", "sleep infinity", network="container:web")
    address = lab.container("web").address()
    lab.host(f"iptables -t nat -I OUTPUT -d {address} -p tcp --dport 8080 -j DNAT --to-destination {address}:80")


def _joiner_of_joiner(lab: Lab) -> None:
    lab.run("first", "sleep infinity", network="container:web")
    lab.run("helper", network="container:first", env={"SERVE_PORT": "8080"})


def _relayed(lab: Lab) -> None:
    lab.run("helper", relay("127.0.0.1", 80, 8080), network="container:web")
    lab.container("helper").wait_ready(8080)


def _both_anew(lab: Lab) -> None:
    lab.remove("guest")
    lab.remove("web")
    lab.run("web")
    lab.run("guest", network="container:web", env={"SERVE_PORT": "8080"})


def _guest_sleeps(lab: Lab) -> None:
    lab.remove("guest")
    lab.run("guest", "sleep infinity", network="container:web")
    lab.container("web").sh(["sh", "-c", SERVE])
    lab.container("web").wait_ready(8080)


def _guest_anew(lab: Lab, **env: str) -> None:
    lab.remove("guest")
    lab.run("guest", network="container:web", env={"SERVE_PORT": "8080", **env})


def _third_serves(lab: Lab) -> None:
    lab.remove("guest")
    lab.run("guest", "sleep infinity", network="container:web")
    lab.run("helper", network="container:web", env={"SERVE_PORT": "8080"})


def _mute_guest(lab: Lab) -> None:
    lab.remove("guest")
    lab.run("guest", mute(8080), network="container:web")


CASES = (
    wrong("05.sidecar", "web itself serves, and a joiner sleeps", _web_serves, "`web` itself"),
    wrong("05.sidecar", "at the loopback only", lambda lab: _helper(lab, SERVE_ADDRESS="127.0.0.1"), "itself", "M5"),
    wrong("05.sidecar", "by a rule of the firewall", _redirected, "iptables"),
    wrong("05.sidecar", "web renamed", lambda lab: lab.rename("web", "www"), "called `www`"),
    right("05.sidecar", "by way of another joiner", _joiner_of_joiner),
    right("05.sidecar", "one that passes on to port 80", _relayed),
    right("05.holder", "with a capital and a stop", said("Till.")),
    wrong("05.behind", "both anew", _both_anew, "replaced"),
    wrong("05.behind", "web serves, guest sleeps", _guest_sleeps, "`web`"),
    wrong("05.behind", "a third one serves", _third_serves, "`helper`"),
    wrong("05.behind", "guest holds the port and answers nothing", _mute_guest, "does not answer", "M4"),
    wrong("05.behind", "at the loopback only", lambda lab: _guest_anew(lab, SERVE_ADDRESS="127.0.0.1"), "itself", "M5"),
    wrong("05.behind", "web renamed", also("05.behind", lambda lab: lab.rename("web", "www")), "called `www`"),
    right("05.behind", "guest run anew", _guest_anew),
)
