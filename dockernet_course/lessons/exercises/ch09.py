"""The exercises of chapter 09."""

from __future__ import annotations

import contextlib
import io

from dockernet_course.figures import listed
from dockernet_course.lab import Lab
from dockernet_course.lessons.exercises import Context, Exercise, May, Outcome, Wrong, correct, wrong
from dockernet_course.lessons.exercises.published import for_all, for_the_host, leaks, listeners, published, shut
from dockernet_course.lessons.exercises.seen import inside, running
from dockernet_course.lessons.exercises.sees import SEES
from dockernet_course.lessons.exercises.stayed import what_happened
from dockernet_course.observe import Container, PortBinding, Topology

__all__ = ["EXERCISES"]

_HOST_MODE_HINT = "What does `docker run` say about `-p` in host mode? Chapter 03 met that warning."


def _host_mode(name: str) -> Outcome:
    return wrong(f"`{name}` is in host mode. It has no port of its own to publish there, and `-p` is dropped.", "M10")


def _open(now: Topology, about: Context) -> Outcome:
    shop, admin = running(now, about, "shop"), running(now, about, "admin")
    if shop is None or admin is None:
        return wrong(f"There is no container called `{'admin' if shop else 'shop'}` that runs.")
    for name, container in (("shop", shop), ("admin", admin)):
        if container.network_mode == "host":
            return _host_mode(name)
        if not published(now, container):
            return wrong(f"No port of the host leads to `{name}`. A port that is only exposed is not published.", "M4")
    return _opened(now, about, shop, admin)


def _opened(now: Topology, about: Context, shop: Container, admin: Container) -> Outcome:
    """What to say when both have published ports."""
    public = [port for port in published(now, shop) if for_all(port)]
    if not public:
        return wrong(f"`shop` is open at {published(now, shop)[0].host_ip} only, and not at all addresses of the host.")
    ajar = [port for port in published(now, admin, "") if not for_the_host(port)]
    if ajar:
        kind = "" if ajar[0].protocol == "tcp" else f" by {ajar[0].protocol.upper()}"
        return wrong(f"Port {ajar[0].host_port} leads to `admin` from outside, too{kind}: it is open to anybody.", "M7")
    private = [port for port in published(now, admin) if port.host_ip.startswith("127.")]
    if not private:
        return wrong(f"`admin` has a published port at {published(now, admin)[0].host_ip}, and none at 127.0.0.1.")
    if amiss := shut(now, about, "shop", _some(public)) or shut(now, about, "admin", _some(private)):
        return amiss
    if leak := leaks(now, about, admin):
        return wrong(f"`admin`'s own port is for the host alone, but {leak}: it is open to anybody.", "M7")
    return correct(
        f"Anybody may ask `shop` at the host's port {public[0].host_port}; `admin` answers at "
        f"{private[0].host_ip}, port {private[0].host_port}, and only the host is heard there."
    )


def _some(ways: list[PortBinding]) -> list[PortBinding]:
    """The published ports behind which the server is meant to be: those of port 80, or all where none is."""
    return [port for port in ways if port.port == 80] or ways


def _open_hint(now: Topology, about: Context) -> str:
    shop, admin = running(now, about, "shop"), running(now, about, "admin")
    if shop is None or admin is None:
        return f"`{'admin' if shop else 'shop'}` does not run yet. Which option of `docker run` publishes a port?"
    if "host" in (shop.network_mode, admin.network_mode):
        return _HOST_MODE_HINT
    if not published(now, shop) or not published(now, admin):
        return f"`docker port {'admin' if published(now, shop) else 'shop'}` prints nothing: it has no published port."
    if any(not for_the_host(port) for port in published(now, admin)):
        return "`docker port admin` shows an address in front of the port. What stands there if you give none?"
    if not any(for_all(port) for port in published(now, shop)):
        return "`docker port shop` shows the address of the host's loopback. Who else can send a packet there?"
    return "Both have the right published port. Does somebody listen behind it? `ss -ltn` in the container tells where."


def _open_reference(lab: Lab) -> None:
    lab.run("shop", publish=80)
    lab.run("admin", publish="127.0.0.1::80")


def _admin(lab: Lab, *, publish: object = (), expose: object = (), network: str | None = None) -> None:
    """A right shop, and an admin of some kind."""
    lab.run("shop", publish=80)
    lab.run("admin", publish=publish, expose=expose, network=network)  # type: ignore[arg-type]


def _deaf_shop(lab: Lab) -> None:
    lab.run("shop", publish=80, env={"SERVE_ADDRESS": "127.0.0.1"})
    lab.run("admin", publish="127.0.0.1::80")


def _swapped(lab: Lab) -> None:
    lab.run("shop", publish="127.0.0.1::80")
    lab.run("admin", publish=80)


def _slammed(lab: Lab) -> None:
    """Started by somebody else: how, is not told."""
    with contextlib.redirect_stdout(io.StringIO()):
        lab.run("api", publish=80, env={"SERVE_ADDRESS": "127.0.0.1"})


def _mend(now: Topology, about: Context) -> Outcome:
    api = running(now, about, "api")
    if api is None:
        happened = what_happened(now, about, "api")
        return wrong(f"There is no container called `api` that runs{f': {happened}' if happened else ''}.")
    if api.network_mode == "host":
        return _host_mode("api")
    ways = published(now, api)
    if not ways:
        return wrong("The host may get a page at `api`'s own address, but no port of the host leads there.", "M38")
    return shut(now, about, "api", _some(ways)) or correct(
        f"Port {ways[0].host_port} of the host leads to port {ways[0].port} at the address of `api`, and there its "
        "server listens."
    )


def _mend_hint(now: Topology, about: Context) -> str:
    api = running(now, about, "api")
    if api is None:
        return "`api` is gone, or has ended. Start a container of that name, with a published port."
    if api.network_mode == "host":
        return _HOST_MODE_HINT
    if not published(now, api):
        return "`docker port api` prints nothing: `api` has lost its published port."
    port, there = published(now, api)[0], listed([f"`{each}`" for each in listeners(now, api)])
    at = listed([f"`{i.ipv4.ip}:{port.port}`" for i in inside(now, api) if i.ipv4]) or "an address that it has not"
    return (
        f"Port {port.host_port} of the host leads to {at}. In `api`, `ss -ltn` shows a server at {there or 'no port'}. "
        'Is that the same? Who told the server so, `inspect(lab, "api", "Config", "Env")` tells.'
    )


def _mend_reference(lab: Lab) -> None:
    lab.remove("api")
    lab.run("api", publish=80)


def _anew(lab: Lab, **how: object) -> None:
    lab.remove("api")
    lab.run("api", **how)  # type: ignore[arg-type]


EXERCISES = (
    Exercise(
        id="09.open",
        title="One port for everybody, one for the host",
        task="""Start two containers with the course's web server, which listens on port 80.

        - `shop` is for everybody: a port of the host, at all of its addresses, leads to it.
        - `admin` is for the host alone: a port of the host's loopback, 127.0.0.1, leads to it, and nothing else lets
          anybody in from outside, be it by TCP or UDP, by IPv4 or IPv6, or through another program.

        Each answers itself. Which ports of the host these are is up to you, or to Docker.""",
        terminal="docker run -d",
        judge=_open,
        hints=("What may stand in front of the container's port, after `-p`? It is more than one number.", _open_hint),
        reference=_open_reference,
        wrong={
            "both for everybody": Wrong(lambda lab: _admin(lab, publish=80), "M7", says="anybody"),
            "only exposed": Wrong(lambda lab: _admin(lab, expose=80), "M4", says="exposed"),
            "a server that hears only itself": Wrong(_deaf_shop, "M5", says="`127.0.0.1:80`"),
            "in host mode": Wrong(lambda lab: _admin(lab, publish="127.0.0.1::80", network="host"), "M10", "dropped"),
            "another port behind it": Wrong(lambda lab: _admin(lab, publish="127.0.0.1::8080"), "M3", "nobody listens"),
            "the two swapped": Wrong(_swapped, says="not at all addresses"),
            "admin forgotten": Wrong(lambda lab: lab.run("shop", publish=80), says="`admin`"),
        },
    ),
    Exercise(
        id="09.mend",
        title="A published port that does not answer",
        task="""Somebody has started `api`, with a published port. It runs, and yet a client that asks at that port of
        the host gets no page. Find out why. Then remove it, and start `api` anew so that the host gets `api`'s own page
        at a published port.""",
        terminal="docker",
        setup=_slammed,
        may=May(replace=frozenset({"api"})),
        judge=_mend,
        hints=(
            "Ask step by step: the host at the host's port, the host at `api`'s own address, `api` itself at "
            "127.0.0.1. Who gets a page?",
            _mend_hint,
        ),
        reference=_mend_reference,
        wrong={
            "just started again": Wrong(lambda lab: lab.container("api").restart(), "M5", says="`127.0.0.1:80`"),
            "another port": Wrong(lambda lab: _anew(lab, publish=8080), "M3", says="nobody listens"),
            "not published": Wrong(lambda lab: _anew(lab), "M38", says="own address"),
            "in host mode": Wrong(lambda lab: _anew(lab, network="host", publish=80), "M10", says="dropped"),
        },
    ),
    SEES,
)
