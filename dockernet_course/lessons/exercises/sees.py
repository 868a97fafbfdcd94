"""The exercise 09.sees: whom a server sees."""

from __future__ import annotations

from collections.abc import Mapping

from dockernet_course.experiments import connect
from dockernet_course.lab import Lab
from dockernet_course.lessons.exercises import Context, Exercise, Outcome, Wrong, correct, wrong
from dockernet_course.lessons.exercises.effects import own
from dockernet_course.lessons.exercises.published import published
from dockernet_course.lessons.exercises.said import answers
from dockernet_course.lessons.exercises.seen import running
from dockernet_course.observe import Topology, observe

__all__ = ["SEES"]

_CLIENTS = ("host", "guest", "around")
_WORDS = ("guest", "gateway")


def _three_ways(lab: Lab) -> None:
    lab.create_network("market")
    lab.run("shop", network="market", publish=80)
    lab.run("guest", network="market")


def _sees(_: Topology, about: Context) -> Outcome:
    said = answers(about.answer)
    if set(said) != set(_CLIENTS):
        return wrong('Answer with all three: `{"host": …, "guest": …, "around": …}`.')
    if strange := [word for word in said.values() if word not in _WORDS]:
        return wrong(f"`{strange[0]}` is neither `guest` nor `gateway`.")
    seen = about.truth
    if not isinstance(seen, Mapping) or "guest" not in seen:
        return wrong("At the start of this exercise nobody answered. `lesson.reset()` begins it anew.")
    for client, outcome in _MISTAKEN.items():
        if client in seen and said[client] != seen[client]:
            return outcome.get(said[client]) or wrong(f"Look again: whose address is in the page that `{client}` gets?")
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


def _seen(lab: Lab) -> dict[str, str]:
    """Whom shop really sees, by client; of a client that gets no page, nothing."""
    now, asks = observe(lab), lab.container("guest")
    shop, guest = now.container(lab.container("shop")), now.container(asks)
    port, end = next(iter(published(now, shop)), None), shop.endpoints[0]
    got = {"guest": connect(asks, end.ip, 80)}
    if port:
        got["host"] = connect(lab.host, "127.0.0.1", port.host_port or 0)
        got["around"] = connect(asks, end.gateway, port.host_port or 0)
    theirs = own(now, guest)
    return {who: "guest" if theirs & set(" ".join(p.answers).split()) else "gateway" for who, p in got.items() if p.ok}


def _sees_hint(now: Topology, about: Context) -> str:
    shop, guest = running(now, about, "shop"), running(now, about, "guest")
    port = next(iter(published(now, shop)), None) if shop else None
    if guest is None or port is None:
        return "Something that is needed is gone. `lesson.reset()` brings back the start of this exercise."
    return (
        f"The host's port is {port.host_port}, and `guest` finds its gateway with `ip route`. The page ends with the "
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


SEES = Exercise(
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
    truth=_seen,
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
)
