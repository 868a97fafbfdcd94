"""What explains a cell: what must be so, the mechanism, the sentence, the misconception. The first that fits counts.

The sentences speak of ``{source}``, ``{target}``, their networks ``{here}`` and ``{there}`` and those in ``{common}``,
the ``{owner}`` of a shared network, and the host's ``{port}``. ``failures`` has those of the cells without an answer.
Facts: Docker's documentation of the network drivers and of published ports; what differs between engines is seen.
"""

from __future__ import annotations

from dockernet_course.experiments.reason import Reason, always

__all__ = ["ANOTHER", "NAMED", "NAME_NOT_FOUND", "NOTHING", "NOT_MEASURED", "NO_IPV6", "PUBLISHED", "REACHED", "STALE"]


NO_IPV6 = Reason("no IPv6", lambda s: bool(s.ipv4_only), "{lacking} has no IPv6 address.")

# There was nothing to ask.
NOTHING = (
    Reason("oneself", lambda s: s.oneself, "Nobody asks itself."),
    Reason("not running", lambda s: s.source.off, "{source} {state}: nothing in it can ask."),
    Reason(
        "not running",
        lambda s: s.target.off,
        "{target} {state}, and a stopped container has no address. When it starts it gets one, perhaps another.",
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
    Reason("no address", lambda s: s.target.bare, "No interface of {target} has an address that others could ask."),
    Reason("only lo", lambda s: s.target.alone, "{target} has only lo: no address at which others could ask.", "M32"),
    Reason(
        "another family",
        lambda s: s.way == "published" and s.published_otherwise,
        "{target} publishes port {port}, but by IPv{family} no port of the host leads to it.",
    ),
    Reason(
        "internal network",
        lambda s: s.way == "published" and s.asked_for and s.target.internal,
        "`-p` was asked for, but {target} is in {there} only, and that is internal: nothing is published there.",
        "M17",
    ),
    Reason(
        "not published",
        lambda s: s.way == "published" and s.asked_for,
        "`-p` was asked for, and yet the engine tells of no published port of {target}.",
    ),
    Reason(
        "only UDP",
        lambda s: s.way == "published" and s.protocol == "tcp" and s.other_binding is not None,
        "{target} publishes port {other_port} by UDP only: by TCP no port of the host leads to it.",
    ),
    Reason(
        "only TCP",
        lambda s: s.way == "published" and s.other_binding is not None,
        "{target} publishes port {other_port} by TCP only: `-p` is for TCP where it does not say /udp.",
    ),
    Reason(
        "not published",
        lambda s: s.way == "published",
        "No port of the host leads to {target}: only `-p` does that, and the EXPOSE of an image does not.",
        "M4",
    ),
    Reason(
        "interface down",
        lambda s: s.family == 6 and s.target.down,
        "An interface of {target} is down, and has no IPv6 address as long as it is.",
    ),
    NO_IPV6,
    Reason("no address", always, "{target} has no address that {source} could ask."),
)

NOT_MEASURED = (
    Reason(
        "not measured",
        always,
        "Nothing was sent: this engine does not let the course enter the network namespace of {source}.",
    ),
)

STALE = Reason(
    "hosts entry",
    lambda s: s.stale,
    "In {source} the name {target} leads to {found}, an address that nobody here has: `--add-host` has written that "
    "into its /etc/hosts.",
    "M8",
)

NAME_NOT_FOUND = (
    STALE,
    Reason("not running", lambda s: s.target.off, "{target} {state}: Docker's DNS forgets who has stopped."),
    NO_IPV6,
    Reason("no address", lambda s: s.source.bare, "No interface of {source} has an address: no DNS answers it."),
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
        always,
        "A name is known only in the networks of its container: {source} is in {here}, {target} in {there}.",
        "M2",
    ),
)

ANOTHER = (
    Reason(
        "hosts file",
        lambda s: s.written,
        "In {source} the name {target} leads to {other}: `--add-host` has written that into its /etc/hosts.",
        "M8",
    ),
    Reason("another's address", always, "In {source} the name {target} leads to an address of {other}."),
)

_DOUBLES = Reason(
    "doubles",
    lambda s: bool(s.target.doubles[0] or s.source.doubles[0]),
    "It answered, this time: {doubled} and {double_of} have the same {double} on one bridge, and what is for the one "
    "may come to the other.",
)

NAMED = (
    _DOUBLES,
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
    Reason("the host's names", always, "That the host knows the name {target} is not Docker's doing."),
)

# By address, or at the service port.
REACHED = (
    Reason("localhost", lambda s: s.oneself, "localhost is {source} itself, and it answers there.", "M1"),
    _DOUBLES,
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
        "The host itself has an address in {there}: it reaches whatever is attached to it, published or not.",
        "M38",
    ),
    Reason(
        "service port",
        lambda s: s.way == "port" and bool(s.common and s.host_port),
        "Both are in {common}, where {target} itself listens on port {inner}. Its published port {port} is the host's.",
        "M3",
    ),
    Reason(
        "service port",
        lambda s: s.way == "port" and bool(s.common),
        "Both are in {common}, where {target} listens on port {inner}. Among them nothing needs to be published.",
        "M4",
    ),
    Reason("common network", lambda s: bool(s.common), "Both are attached to {common}: nothing is between them."),
    Reason(
        "routed",
        always,
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
        always,
        "{source} and {target} share no network, but port {port} of the host leads to {target}, and the host is there.",
        "M15",
    ),
)
