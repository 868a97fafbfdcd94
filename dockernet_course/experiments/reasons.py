"""What explains a cell: what must be so, the mechanism, the sentence, the misconception. The first that fits counts.

The sentences speak of ``{source}``, ``{target}``, their networks ``{here}`` and ``{there}`` and those in ``{common}``,
the ``{owner}`` of a shared network, and the host's ``{port}``. Facts: Docker's documentation of the network drivers
and of published ports; what differs between engines is seen, not assumed.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from dockernet_course.experiments.model import Verdict
from dockernet_course.experiments.situation import Situation

__all__ = [
    *("LOST", "NAMED", "NAME_NOT_FOUND", "NOTHING", "PUBLISHED", "REACHED", "REFUSED", "RESET", "SILENT"),
    "Reason",
]


@dataclass(frozen=True)
class Reason:
    """One of them; the last of each table always fits."""

    mechanism: str
    when: Callable[[Situation], bool]
    text: str
    misconception: str = ""


def _always(_: Situation) -> bool:
    return True


# There was nothing to ask.
NOTHING = (
    Reason("oneself", lambda s: s.oneself, "Nobody asks itself."),
    Reason("not running", lambda s: s.source.off, "{source} does not run: nothing in it can ask."),
    Reason(
        "not running",
        lambda s: s.target.off,
        "{target} does not run, and a stopped container has no address. When it starts it gets one, perhaps another.",
        "M8",
    ),
    Reason(
        "owner restarted",
        lambda s: s.target.left,
        "{target} joined the network of {owner}, which has restarted with a new one: {target} has only lo now.",
        "M12",
    ),
    Reason(
        "shared network",
        lambda s: s.way == "published" and s.target.joiner,
        "{target} joined the network of {owner}: only {owner} can publish ports of it.",
        "M11",
    ),
    Reason(
        "host mode",
        lambda s: s.way == "published" and s.target.on_host,
        "In host mode there is nothing to publish: the server of {target} is on the host's own ports.",
        "M10",
    ),
    Reason(
        "no network",
        lambda s: s.way == "published" and s.target.alone,
        "{target} has no network that a port of the host could lead to, whatever `-p` says.",
        "M37",
    ),
    Reason("only lo", lambda s: s.target.alone, "{target} has only lo: no address at which others could ask.", "M32"),
    Reason(
        "not published",
        lambda s: s.way == "published",
        "No port of the host leads to {target}: only `-p` does that, and the EXPOSE of an image does not.",
        "M4",
    ),
    Reason("no address", _always, "{target} has no address that {source} could ask."),
)

NAME_NOT_FOUND = (
    Reason("not running", lambda s: s.target.off, "{target} does not run: Docker's DNS forgets who has stopped."),
    Reason("only lo", lambda s: s.source.alone, "{source} has only lo: there is no way to any DNS.", "M32"),
    Reason(
        "no Docker DNS",
        lambda s: s.source.outside,
        "The names of containers are known to Docker's DNS, which answers inside of its networks and nowhere else.",
        "M2",
    ),
    Reason(
        "no Docker DNS",
        lambda s: s.source.on_host,
        "On the host, names go to the host's own DNS: Docker's DNS answers only inside of user-defined networks.",
        "M2",
    ),
    Reason(
        "host mode",
        lambda s: s.target.on_host,
        "{target} is in the host's network, and Docker's DNS knows only who is in one of its own.",
        "M2",
    ),
    Reason(
        "shared network",
        lambda s: s.target.joiner,
        "{target} is in no network of its own, so no DNS has its name: what is there has the name of {owner}.",
        "M2",
    ),
    Reason("no network", lambda s: s.target.alone, "{target} is in none of the networks that have a DNS.", "M2"),
    Reason("unknown name", lambda s: s.named, "Both are in {common}, but its DNS was not asked, or knows no {target}."),
    Reason(
        "default bridge",
        lambda s: bool(s.common),
        "Both are in the default network bridge, and that one has no DNS for names. The address is another matter.",
        "M2",
    ),
    Reason(
        "no common network",
        _always,
        "A name is known only in the networks of its container: {source} is in {here}, {target} in {there}.",
        "M2",
    ),
)

NAMED = (
    Reason(
        "Docker's DNS",
        lambda s: s.named,
        "Both are in {common}, a user-defined network: Docker's DNS there knows the name, and the address answers.",
        "M2",
    ),
    Reason(
        "hosts file",
        lambda s: not s.source.on_host,
        "No DNS knows {target} there: its name is in {source}'s /etc/hosts, where `--link` writes it.",
        "M19",
    ),
    Reason("the host's names", _always, "That the host knows the name {target} is not Docker's doing."),
)

# By address, or at the service port.
REACHED = (
    Reason(
        "host mode",
        lambda s: s.together and s.target.on_host,
        "{target} is in the host's own network, where {source} is too: the host's addresses, the host's ports.",
        "M10",
    ),
    Reason(
        "shared network",
        lambda s: s.together,
        "{source} and {target} share one network namespace: the same address, and the same localhost.",
        "M1",
    ),
    Reason(
        "host mode",
        lambda s: s.target.on_host,
        "{target} is in the host's network: {source} asks the host, and no `-p` is needed.",
        "M10",
    ),
    Reason(
        "the host's bridge",
        lambda s: s.source.on_host,
        "The host itself has an address in {there}: it reaches whatever is plugged in there, published or not.",
        "M38",
    ),
    Reason(
        "service port",
        lambda s: s.way == "port" and bool(s.common and s.host_port),
        "Both are in {common}, where {target} itself listens on port 80. Its published port {port} is the host's.",
        "M3",
    ),
    Reason(
        "service port",
        lambda s: s.way == "port" and bool(s.common),
        "Both are in {common}, where {target} listens on port 80. Among them nothing needs to be published.",
        "M4",
    ),
    Reason("common network", lambda s: bool(s.common), "Both are plugged into {common}: nothing is between them."),
    Reason(
        "routed",
        _always,
        "{source} is in {here}, {target} in {there}; here, the host passes on what goes from one to the other.",
        "M15",
    ),
)

PUBLISHED = (
    Reason(
        "published port",
        lambda s: s.source.outside,
        "Port {port} of the host leads to {target}: `-p` opens it on all addresses of the host, for others, too.",
        "M7",
    ),
    Reason("published port", lambda s: s.source.on_host, "Port {port} of the host leads to {target}."),
    Reason(
        "a detour",
        lambda s: bool(s.common) or s.together,
        "It works, by way of the host and back in. They share a network: {target} itself answers there at once.",
        "M3",
    ),
    Reason(
        "the host's port",
        _always,
        "{source} and {target} share no network, but port {port} of the host leads to {target}, and the host is there.",
        "M15",
    ),
)

REFUSED = (
    Reason(
        "firewall",
        lambda s: s.way in ("name", "address"),
        "A ping was refused, in so many words: no server does that, but a firewall's REJECT.",
        "M25",
    ),
    Reason(
        "wrong side",
        lambda s: s.local_only and s.way == "published",
        "Port {port} is published on the host's 127.0.0.1 only: for programs on the host, and nobody else.",
        "M7",
    ),
    Reason(
        "nothing listens",
        lambda s: s.way == "published" and s.source.outside,
        "A rule leads clients from outside straight to {target}. There nothing listens for them, or on 127.0.0.1 only; "
        "or a firewall's REJECT answered.",
        "M5",
    ),
    Reason(
        "nothing listens",
        lambda s: s.way == "published",
        "Either nothing listens on port {port} of the host and behind it, or a firewall's REJECT answered.",
        "M25",
    ),
    Reason(
        "nothing listens",
        lambda s: s.target.on_host,
        "A kernel answered no. Either nothing listens on port 80 of the host, in whose network {target} is, or a "
        "firewall's REJECT answered.",
        "M23",
    ),
    Reason(
        "nothing listens",
        _always,
        "A kernel answered no. Either port 80 of {target} has no listener (a server may still be starting, use another "
        "port, or listen on its own 127.0.0.1 only), or a firewall's REJECT answered in its place.",
        "M23",
    ),
)

RESET = (
    Reason(
        "nobody behind it",
        lambda s: s.way == "published",
        "The connection to the host's port {port} was accepted, and then reset. Most often {target} has nothing "
        "listening behind it (another port, or its own 127.0.0.1 only); or its server itself cut it off.",
        "M5",
    ),
    Reason("reset", _always, "Something accepted the connection, and reset it without an answer.", "M25"),
)

SILENT = (
    Reason(
        "connected",
        _always,
        "The connection was made, and then nothing came: the program that took it says nothing, or waits for another.",
        "M25",
    ),
)

# No answer, or the news that there is no way.
LOST = (
    Reason(
        "owner restarted",
        lambda s: s.source.left,
        "{source} joined the network of {owner}, which has restarted with a new one: {source} has only lo now.",
        "M12",
    ),
    Reason("only lo", lambda s: s.source.alone, "{source} has only lo: no route leads out of it.", "M32"),
    Reason(
        "firewall",
        lambda s: s.verdict is Verdict.PROHIBITED,
        "Something on the way forbids it and says so: a rule of a firewall or a route, not a broken wire.",
        "M25",
    ),
    Reason("interface down", lambda s: s.source.down, "An interface of {source} is switched off."),
    Reason("interface down", lambda s: s.target.down, "An interface of {target} is switched off."),
    Reason(
        "internal network",
        lambda s: not s.common and s.source.internal,
        "{source} is in {here} only, and that is internal: no way leads out of it.",
        "M17",
    ),
    Reason(
        "internal network",
        lambda s: not s.common and s.target.internal,
        "{target} is in {there} only, and that is internal: nothing comes in from other networks.",
        "M17",
    ),
    Reason(
        "the host's own networks",
        lambda s: s.source.outside,
        "The addresses of containers mean something on their host only: nobody outside has a way to them.",
    ),
    Reason(
        "isolation",
        lambda s: not s.common and bool(s.source.networks and s.target.networks),
        "{source} is in {here}, {target} in {there}: what goes from one bridge to another meets the host's firewall, "
        "and the rules that Docker writes there drop it. A walk shows which one.",
        "M15",
    ),
    Reason("no route", lambda s: not s.common and s.source.routeless, "{source} has no route out of its own network."),
    Reason(
        "no neighbour",
        lambda s: bool(s.common) and s.verdict is Verdict.NO_ROUTE,
        "The kernel of {source} found no way to an address in {common}: nobody answered when it asked for the MAC "
        "address, or a route of its own forbids it.",
        "M25",
    ),
    Reason(
        "kept apart",
        lambda s: s.kept_apart,
        "Both are in {common}, which is set to keep its containers apart (enable_icc=false).",
        "M15",
    ),
    Reason(
        "no answer",
        lambda s: bool(s.common),
        "Both are in {common}, and still nothing came back: a firewall's rule, a lost route, or a target that stopped.",
        "M25",
    ),
    Reason("no answer", _always, "What {source} sent, or the answer, was lost on the way.", "M25"),
)
