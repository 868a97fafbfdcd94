"""From what a tool printed to the kind of failure. Pure.

The texts are those of iputils' ping, glibc's getent, curl and OpenBSD's netcat, as measured in Debian 12's and 13's
releases; where they differ, both are here. Their causes: ``connect(2)``, ``icmp(7)``, RFC 792, RFC 1812 §5.2.7.1.
"""

from __future__ import annotations

import re

from dockernet_course.experiments.model import Kind, Verdict
from dockernet_course.lab import NOT_ENTERED, Output

__all__ = ["answers", "judge", "lacking"]

_NAME = (
    "Temporary failure in name resolution|Name or service not known|No address associated with|unknown host|"
    "Address family for hostname not supported"
)
_PROHIBITED = (
    "Packet filtered|[Pp]rohibited|local firewall rules|sendmsg: Operation not permitted|connect: Permission denied"
)
# Of ICMP, then of ICMPv6 (RFC 4443 §3.1).
_NO_ROUTE = "Network is unreachable|No route to host|Host Unreachable|Net Unreachable|connect: Invalid argument"
_NO_ROUTE_6 = "Destination unreachable: (Address unreachable|No route|Beyond scope)|Cannot assign requested"
# In the order of asking; the last one is what ping prints in all its summaries.
_PING = (
    (_NAME, Verdict.NAME_NOT_FOUND),
    (_PROHIBITED, Verdict.PROHIBITED),
    ("Port [Uu]nreachable", Verdict.REFUSED),
    (f"{_NO_ROUTE}|{_NO_ROUTE_6}", Verdict.NO_ROUTE),
    ("100% packet loss", Verdict.TIMEOUT),
)
# curl's exit codes, curl(1); 1 and 8: the server answered, but not in HTTP's words.
_CURL = {
    0: Verdict.OK,
    1: Verdict.OK,
    6: Verdict.NAME_NOT_FOUND,
    8: Verdict.OK,
    28: Verdict.TIMEOUT,
    52: Verdict.RESET,
    56: Verdict.RESET,
}
# Why curl could not connect (its exit code 7 says only that it could not), in netcat's words.
_NETCAT = (
    ("refused", Verdict.REFUSED),
    ("Permission denied|Operation not permitted", Verdict.PROHIBITED),
    ("Network is unreachable|Invalid argument", Verdict.NO_ROUTE),
)
# What Python says of a datagram; its "no route to host" may be a firewall's, as TCP's: see _behind_no_route.
_DATAGRAM = ((_NAME, Verdict.NAME_NOT_FOUND), *_NETCAT, ("TimeoutError", Verdict.NO_ANSWER))
_OPENED = ((_NAME, Verdict.NAME_NOT_FOUND), *_NETCAT, ("timed out", Verdict.TIMEOUT))
_CANNOT_CONNECT, _NO_ANSWER_OF_DNS, _NO_ANSWER_OF_A_SERVER = 7, "Resolving timed out", "Operation timed out"
_TOOK, _AT_LAST = re.compile(r"after (\d+) ms"), 2500  # how long curl tried, in milliseconds; and see _behind_no_route
_MISSING = re.compile(r"executable file.*not found|: not found|no such file or directory: unknown", re.IGNORECASE)
_COMMAND_NOT_THERE = (126, 127)
_IP = re.compile(r"\(([0-9a-f]*[.:][0-9a-f.:]+)\)")


def judge(kind: Kind, seen: tuple[Output, ...]) -> Verdict | None:
    """The verdict of one question; ``seen`` are the answers of the commands that were run for it, in order.

    None: these do not tell (yet).
    """
    if seen[-1].exit_code == NOT_ENTERED:
        return Verdict.NOT_MEASURED
    if kind == "resolve":
        return _of_getent(seen[0])
    if kind == "open":
        return _of_open(seen)
    if kind == "datagram":
        return _of_datagram(seen)
    return _of_ping(seen[-1]) if kind == "ping" else _of_connect(seen)


def _of_getent(seen: Output) -> Verdict | None:
    return {0: Verdict.OK, 2: Verdict.NAME_NOT_FOUND}.get(seen.exit_code)


def _of_ping(seen: Output) -> Verdict | None:
    if seen.ok:
        return Verdict.OK if _by_whom_it_was_asked(seen.text) else None
    return _first(_PING, seen.text)


def _by_whom_it_was_asked(text: str) -> bool:
    """Whether the answer came from the address that was asked.

    ping knows its answers by a random number of 16 bits; with many at once in one network namespace, two sometimes
    have the same one, and then take each other's answers.
    """
    asked, answer = _IP.search(text), re.search(r"bytes from .*", text)
    return not (asked and answer) or asked[1] in re.split(r"[ ()]|:(?= )", answer[0])


def _of_connect(seen: tuple[Output, ...]) -> Verdict | None:
    """curl; if it could not connect, netcat; if that says "no route to host", and soon, ping."""
    curl, *more = seen
    if curl.exit_code != _CANNOT_CONNECT:
        return _of_curl(curl)
    if not more:
        return None
    if len(more) == 1:  # netcat a moment later came through: the server has just begun to listen
        return Verdict.REFUSED if more[0].ok else _first(_NETCAT, more[0].text) or _at_last(curl)
    return _behind_no_route(more[1])


def _of_open(seen: tuple[Output, ...]) -> Verdict | None:
    """Netcat alone; if that says "no route to host", ping."""
    netcat, *more = seen
    if netcat.ok:
        return Verdict.OK
    return _behind_no_route(more[0]) if more else _first(_OPENED, netcat.text)


def _of_datagram(seen: tuple[Output, ...]) -> Verdict | None:
    """Python's word; if that is "no route to host", ping's."""
    sent, *more = seen
    if sent.ok:
        return Verdict.OK
    return _behind_no_route(more[0]) if more else _first(_DATAGRAM, sent.text)


def _of_curl(seen: Output) -> Verdict | None:
    """Its exit code; of the timeouts (28), the name server's and that of a server which took the call are others."""
    if _NO_ANSWER_OF_DNS in seen.text:
        return Verdict.NAME_NOT_FOUND
    return Verdict.SILENT if _NO_ANSWER_OF_A_SERVER in seen.text else _CURL.get(seen.exit_code)


def _at_last(curl: Output) -> Verdict | None:
    """After three seconds, "no route to host" is a kernel's word, its own or a router's, that ARP found nobody."""
    took = _TOOK.search(curl.text)
    return Verdict.NO_ROUTE if took and int(took[1]) >= _AT_LAST else None


def _behind_no_route(ping: Output) -> Verdict:
    """TCP alone cannot tell a missing route from a firewall that rejects with ``icmp-admin-prohibited``.

    Both are EHOSTUNREACH, and come at once. But where ping gets through, or is told "filtered", it was a firewall.
    """
    found = _of_ping(ping)
    return Verdict.PROHIBITED if found in (Verdict.OK, Verdict.PROHIBITED) else Verdict.NO_ROUTE


def _first(table: tuple[tuple[str, Verdict], ...], text: str) -> Verdict | None:
    return next((verdict for pattern, verdict in table if re.search(pattern, text)), None)


def lacking(seen: Output) -> bool:
    """Whether the container has no such command: that says nothing about its network."""
    return seen.exit_code in _COMMAND_NOT_THERE and bool(_MISSING.search(seen.text))


def answers(kind: Kind, seen: Output) -> tuple[str, ...]:
    """The addresses that a name led to, each once, or the lines that a server answered."""
    if kind in ("connect", "open", "datagram"):
        return tuple(seen.text.splitlines()) if seen.ok and kind != "open" else ()
    if kind == "ping":
        return tuple(_IP.findall(seen.text.partition("\n")[0]))
    return tuple(dict.fromkeys(line.split()[0] for line in seen.text.splitlines() if line.strip()))
