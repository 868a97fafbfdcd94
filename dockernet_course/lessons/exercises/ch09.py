"""The exercises of chapter 09."""

from __future__ import annotations

import contextlib
import io
from collections.abc import Mapping

from dockernet_course.experiments import connect
from dockernet_course.figures.grammar import listed
from dockernet_course.lab import Lab
from dockernet_course.lessons.exercises import Context, Exercise, Outcome, Wrong, correct, wrong
from dockernet_course.lessons.exercises.doors import asked, doors, for_all, for_the_host, listeners, shut
from dockernet_course.lessons.exercises.seen import inside, running
from dockernet_course.observe import PortBinding, Topology, observe

__all__ = ["EXERCISES"]

_CLIENTS = ("host", "guest", "around")
_WORDS = ("guest", "gateway")
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
        if not doors(container):
            return wrong(f"No port of the host leads to `{name}`. A port that is only exposed has no door.", "M4")
    return _opened(about, doors(shop), doors(admin))


def _opened(about: Context, of_shop: list[PortBinding], of_admin: list[PortBinding]) -> Outcome:
    """What to say when both have doors."""
    public = [door for door in of_shop if for_all(door)]
    if not public:
        return wrong(f"`shop` is open at {of_shop[0].host_ip} only, and not at all addresses of the host.")
    ajar = [door for door in of_admin if not for_the_host(door)]
    if ajar:
        return wrong(f"Port {ajar[0].host_port} leads to `admin` from outside, too: it is open to anybody.", "M7")
    return (shut(about, "shop", public) or shut(about, "admin", of_admin)) or correct(
        f"Anybody may ask `shop` at the host's port {public[0].host_port}; `admin` answers at "
        f"{of_admin[0].host_ip}, port {of_admin[0].host_port}, and only the host is heard there."
    )


def _open_hint(now: Topology, about: Context) -> str:
    shop, admin = running(now, about, "shop"), running(now, about, "admin")
    if shop is None or admin is None:
        return (
            f"`{'admin' if shop else 'shop'}` does not run yet. Which option of `docker run` opens a door in the host?"
        )
    if "host" in (shop.network_mode, admin.network_mode):
        return _HOST_MODE_HINT
    if not doors(shop) or not doors(admin):
        return f"`docker port {'admin' if doors(shop) else 'shop'}` prints nothing: that one has no door."
    if any(not for_the_host(door) for door in doors(admin)):
        return "`docker port admin` shows an address in front of the port. What stands there if you give none?"
    if not any(for_all(door) for door in doors(shop)):
        return "`docker port shop` shows the address of the host's loopback. Who else can send a packet there?"
    return "Both have the right door. Does somebody listen behind it? `ss -ltn` in the container tells where."


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
        return wrong("There is no container called `api` that runs.")
    if api.network_mode == "host":
        return _host_mode("api")
    ways = doors(api)
    if not ways:
        return wrong("The host may get a page at `api`'s own address, but no port of the host leads there.", "M38")
    return shut(about, "api", ways) or correct(
        f"Port {ways[0].host_port} of the host leads to port {ways[0].port} at the address of `api`, and there its "
        "server listens."
    )


def _mend_hint(now: Topology, about: Context) -> str:
    api = running(now, about, "api")
    if api is None:
        return "`api` is gone, or has ended. Start a container of that name, with a published port."
    if api.network_mode == "host":
        return _HOST_MODE_HINT
    if not doors(api):
        return "`docker port api` prints nothing: `api` has lost its door."
    door, there = doors(api)[0], listed([f"`{each}`" for each in listeners(about, "api")])
    at = listed([f"`{i.ipv4.ip}:{door.port}`" for i in inside(now, api) if i.ipv4]) or "an address that it has not"
    return (
        f"Port {door.host_port} of the host leads to {at}. In `api`, `ss -ltn` shows a server at {there or 'no port'}. "
        'Is that the same? Who told the server so, `inspect(lab, "api", "Config", "Env")` tells.'
    )


def _mend_reference(lab: Lab) -> None:
    lab.remove("api")
    lab.run("api", publish=80)


def _anew(lab: Lab, **how: object) -> None:
    lab.remove("api")
    lab.run("api", **how)  # type: ignore[arg-type]


def _three_ways(lab: Lab) -> None:
    lab.create_network("market")
    lab.run("shop", network="market", publish=80)
    lab.run("guest", network="market")


def _sees(now: Topology, about: Context) -> Outcome:
    said = about.answer
    if not isinstance(said, Mapping) or set(said) != set(_CLIENTS):
        return wrong('Answer with all three: `{"host": …, "guest": …, "around": …}`.')
    if strange := [str(word) for word in said.values() if word not in _WORDS]:
        return wrong(f"`{strange[0]}` is neither `guest` nor `gateway`.")
    seen = _seen(now, about)
    if "guest" not in seen:
        return wrong("Nobody asks, or nobody answers. `lesson.reset()` brings back the start of this exercise.")
    for client, outcome in _MISTAKEN.items():
        if client in seen and said[client] != seen[client]:
            there = outcome.get(str(said[client]))
            return there or wrong(f"Look again: whose address is in the page that `{client}` gets?")
    return correct("A server sees whoever made the connection that reached it, and that need not be the client.")


_MISTAKEN = {
    "around": {
        "guest": wrong(
            "By way of the host, a program of the host makes the connection that reaches `shop`: `guest` is not seen.",
            "M16",
        )
    },
    "guest": {
        "gateway": wrong(
            "In their own network `guest` and `shop` talk to each other directly. No program of the host is between.",
            "M22",
        )
    },
    "host": {
        "guest": wrong("The host asks here, not `guest`. Which address does the host have in `shop`'s network?", "M16")
    },
}


def _seen(now: Topology, about: Context) -> dict[str, str]:
    """Whom shop really sees, by client; of a client that gets no page, nothing."""
    shop, guest = running(now, about, "shop"), running(now, about, "guest")
    door = next(iter(doors(shop)), None) if shop else None
    if shop is None or guest is None or door is None:
        return {}
    asks, end = about.lab.container("guest"), shop.endpoints[0]
    got = {
        "host": asked(about, door),
        "guest": connect(asks, end.ip, door.port),
        "around": connect(asks, end.gateway, door.host_port or 0),
    }
    own = {address.ip for interface in inside(now, guest) for address in interface.addresses}
    return {who: "guest" if own & set(" ".join(p.answers).split()) else "gateway" for who, p in got.items() if p.ok}


def _sees_hint(now: Topology, about: Context) -> str:
    shop, guest = running(now, about, "shop"), running(now, about, "guest")
    door = next(iter(doors(shop)), None) if shop else None
    if guest is None or door is None:
        return "Something that is needed is gone. `lesson.reset()` brings back the start of this exercise."
    return (
        f"The host's port is {door.host_port}, and `guest` finds its gateway with `ip route`. The page ends with the "
        "address that `shop` saw. `ip addr` in `guest` and on the host tells whose it is."
    )


def _sees_reference(lab: Lab) -> dict[str, str]:
    shop, guest = observe(lab).container(lab.container("shop")), lab.container("guest")
    port, gateway = shop.ports[0].host_port, shop.endpoints[0].gateway
    host = connect(lab.host, "127.0.0.1", port)  # type: ignore[arg-type]
    direct = connect(guest, shop.endpoints[0].ip)
    around = connect(guest, gateway, port)  # type: ignore[arg-type]
    pages = {"host": host, "guest": direct, "around": around}
    return {who: "guest" if guest.address() in page else "gateway" for who, page in pages.items()}


EXERCISES = (
    Exercise(
        id="09.open",
        title="One door for everybody, one for the host",
        task="""Start two containers with the course's web server, which listens on port 80.

        - `shop` is for everybody: a port of the host, at all of its addresses, leads to it.
        - `admin` is for the host alone: a port of the host's loopback, 127.0.0.1, leads to it, and no other door.

        Which ports of the host these are is up to you, or to Docker.""",
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
        title="A door that slams",
        task="""Somebody has started `api`, with a published port. It runs, and yet whoever asks at that port of the
        host gets no page. Find out why. Then remove it, and start `api` anew so that the host gets its page at a
        published port.""",
        terminal="docker",
        setup=_slammed,
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
    Exercise(
        id="09.sees",
        title="Whose address?",
        task="""`shop` and `guest` are in the network `market`, and a port of `shop` is published. The page of `shop`
        says whose address it sees. It is asked in three ways:

        - `host`: the host asks at 127.0.0.1 and the published port;
        - `guest`: `guest` asks at `shop`'s own address and port 80;
        - `around`: `guest` asks at the address of its gateway and the published port.

        Whom does `shop` see each time? Answer with `guest` or `gateway` for each. (The gateway's address is the
        host's address in `market`.)""",
        asks='`{"host": "…", "guest": "…", "around": "…"}`',
        setup=_three_ways,
        judge=_sees,
        hints=("`connect(…)` asks for a page and shows it. Ask in all three ways.", _sees_hint),
        reference=_sees_reference,
        wrong={
            "always the client": Wrong(
                lambda _: {"host": "gateway", "guest": "guest", "around": "guest"}, "M16", says="not seen"
            ),
            "always docker-proxy": Wrong(lambda _: dict.fromkeys(_CLIENTS, "gateway"), "M22", says="directly"),
            "the host taken for guest": Wrong(
                lambda _: {"host": "guest", "guest": "guest", "around": "gateway"}, "M16", says="The host asks"
            ),
            "a word of its own": Wrong(lambda _: dict.fromkeys(_CLIENTS, "docker-proxy"), says="neither"),
        },
    ),
)
