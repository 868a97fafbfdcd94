"""What explains a cell in which no answer came, kind by kind. The first that fits counts.

A kind of failure narrows the cause, and never names it: a sentence states a cause only where the observation shows it,
and otherwise says what it may be. See ``reasons`` for what the sentences speak of.
"""

from __future__ import annotations

from dockernet_course.experiments.model import Verdict
from dockernet_course.experiments.reason import Reason, always

__all__ = ["LOST", "REFUSED", "RESET", "SILENT"]

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
        always,
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
    Reason("reset", always, "Something accepted the connection, and reset it without an answer.", "M25"),
)

SILENT = (
    Reason(
        "connected",
        always,
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
    Reason("interface down", lambda s: s.source.down, "An interface of {source} is down."),
    Reason("interface down", lambda s: s.target.down, "An interface of {target} is down."),
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
    Reason("no answer", always, "What {source} sent, or the answer, was lost on the way.", "M25"),
)
