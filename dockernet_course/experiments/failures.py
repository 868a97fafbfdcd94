"""What explains a cell in which no answer came, kind by kind. The first that fits counts.

A kind of failure narrows the cause, and never names it: a sentence states a cause only where the observation shows it,
and otherwise says what it may be. See ``reasons`` for what the sentences speak of.
"""

from __future__ import annotations

from dockernet_course.experiments.model import Verdict
from dockernet_course.experiments.reason import Reason, always
from dockernet_course.experiments.reasons import NO_IPV6, STALE

__all__ = ["LOST", "NO_ANSWER", "REFUSED", "RESET", "SILENT"]

_SERVER = (
    Reason(
        "only itself",
        lambda s: s.listener == "itself",
        "{target} listens on port {inner} at its own loopback address only ({listens}): there it hears itself alone.",
        "M5",
    ),
    Reason(
        "IPv6 only",
        lambda s: s.listener == "IPv6",
        "{target} listens on port {inner} for IPv6 alone ({listens}), and by IPv4 nobody listens there.",
    ),
    Reason(
        "IPv4 only",
        lambda s: s.listener == "IPv4",
        "{target} listens on port {inner} for IPv4 alone ({listens}), and by IPv6 nobody listens there.",
    ),
    Reason(
        "another protocol",
        lambda s: s.listener == "none" and s.other_protocol,
        "{target} listens on port {inner} by {other_protocol} alone: by {protocol} nobody listens there.",
    ),
    Reason(
        "another port",
        lambda s: s.way == "port" and s.listener == "none" and s.leads_on is not None,
        "Port {inner} is the host's, and leads to {target}'s own port {own}: among containers that one is asked.",
        "M3",
    ),
    Reason(
        "another port",
        lambda s: s.listener == "none" and bool(s.listens),
        "Nothing in {target} listens on port {inner}: its server is at {listens}.",
        "M3",
    ),
    Reason(
        "nothing listens",
        lambda s: s.listener == "none",
        "Nothing in {target} listens on port {inner}: it has no server, or none that is ready.",
        "M23",
    ),
)
"""What the target's own sockets prove, as they were seen."""

REFUSED = (
    Reason(
        "localhost",
        lambda s: s.oneself and not s.source.on_host and s.listener in ("none", "IPv4", "IPv6"),
        "localhost is {source} itself, and nothing in it listens on port {inner}{elsewhere}.",
        "M1",
    ),
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
        "wrong side",
        lambda s: s.target.on_host and not s.source.on_host and bool(s.behind),
        "Port {inner} of the host leads to {behind}, and is published on 127.0.0.1 only: for programs on the host, and "
        "nobody else.",
        "M7",
    ),
    *_SERVER,
    Reason(
        "refused",
        lambda s: s.listener == "not seen",
        "A kernel answered no: nothing listens on port {inner} of {target}, or a firewall's REJECT answered.",
        "M25",
    ),
    Reason(
        "not from there",
        always,
        "{target} listens on port {inner}. So it was not ready when it was asked, or a firewall's REJECT answered in "
        "its place; a walk tells which.",
        "M25",
    ),
)

RESET = (
    Reason(
        "not attached",
        lambda s: s.way == "published" and s.target.cut_off,
        "The connection to the host's port {port} was accepted there. But {target}'s veth pair is attached to no "
        "bridge that lets it through, so nothing comes to it.",
    ),
    *_SERVER,
    Reason(
        "cut off",
        lambda s: s.way == "published",
        "The connection to the host's port {port} was accepted, and then reset, though {target} listens on port "
        "{inner}: its server cut it off, or was not ready yet.",
        "M5",
    ),
    Reason("reset", always, "Something accepted the connection, and reset it without an answer.", "M25"),
)

SILENT = (
    Reason(
        "sizes differ",
        lambda s: bool(s.mtus),
        "The connection was made, and then nothing came. The MTUs here differ ({mtus}): large packets may get lost "
        "where small ones pass. Or the program that took the connection says nothing.",
        "M27",
    ),
    Reason(
        "connected",
        always,
        "The connection was made, and then nothing came: the program that took it says nothing, or waits for another.",
        "M25",
    ),
)

# Of a datagram.
NO_ANSWER = (
    Reason(
        "UDP is silent",
        always,
        "No answer came, and by UDP that tells nothing: a server need not answer what it does not understand, and what "
        "is dropped on the way is as silent. `why` follows a datagram, and says who received it.",
    ),
)

# No answer, or the news that there is no way.
LOST = (
    STALE,
    Reason(
        "owner restarted",
        lambda s: s.source.left,
        "{source} joined the network of {owner}, which has restarted with a new one: {source} has only lo now.",
        "M12",
    ),
    Reason("no address", lambda s: s.source.bare, "No interface of {source} has an address, so no route leads out."),
    Reason("only lo", lambda s: s.source.alone, "{source} has only lo: no route leads out of it.", "M32"),
    Reason(
        "route",
        lambda s: bool(s.forbidden),
        "{source} has a route that leads nowhere: {route}.",
    ),
    Reason(
        "firewall",
        lambda s: s.verdict is Verdict.PROHIBITED,
        "Something on the way forbids it and says so: a rule of a firewall or a route, not a broken wire.",
        "M25",
    ),
    Reason("interface down", lambda s: s.source.down, "An interface of {source} is down."),
    Reason("interface down", lambda s: s.target.down, "An interface of {target} is down."),
    NO_IPV6,
    Reason(
        "not attached",
        lambda s: s.target.cut_off or s.source.cut_off,
        "The host end of {cut}'s veth pair is attached to no bridge that lets it through.",
    ),
    Reason(
        "bridge down",
        lambda s: s.target.bridge_down or s.source.bridge_down,
        "The bridge to which {cut} is attached is down.",
    ),
    Reason(
        "bridge without address",
        lambda s: not s.common and bool(s.source.dumb_bridge),
        "{dumb}, the bridge of {here}, has no address: it is to be the gateway of {source}, and nobody is there.",
    ),
    Reason(
        "doubles",
        lambda s: bool(s.target.doubles[0] or s.source.doubles[0]),
        "{doubled} and {double_of} have the same {double} on one bridge: what is for the one may come to the other.",
    ),
    Reason(
        "not forwarding",
        lambda s: s.not_forwarding,
        "The host does not forward ({forwarding} is 0), and it would have to.",
        "M15",
    ),
    Reason(
        "internal network",
        lambda s: s.way == "published" and s.source.internal,
        "{source} is in {here} only, and that is internal: no way leads out of it, not even to a port of the host.",
        "M17",
    ),
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
        "no answer",
        lambda s: s.way == "published",
        "Port {port} of the host leads to {target}. What came for it, or the answer, was lost on the way: to a rule of "
        "the host's firewall, if there is one; a walk names it.",
        "M25",
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
