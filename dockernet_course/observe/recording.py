"""Record the kernel's own words while something happens, and decode them into events.

The recorder and ``ip -ts monitor all-nsid`` hear the same: rtnetlink notifications of every network namespace to which
the host's has given a number (``NETLINK_LISTEN_ALL_NSID``, ``netlink(7)``).
"""

from __future__ import annotations

import secrets
import socket
import struct
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from dockernet_course.errors import ObserveError
from dockernet_course.lab import script_argv
from dockernet_course.observe import netlink
from dockernet_course.observe.discover import Seen, Source, discover
from dockernet_course.observe.model import Address, Route
from dockernet_course.observe.netlink import Link

__all__ = ["Event", "Recording", "capture", "events"]

RECORD = struct.Struct("=QiI")
# message type: (what it is about, whether it is gone)
TYPES = {
    16: ("link", False),
    17: ("link", True),
    20: ("address", False),
    21: ("address", True),
    24: ("route", False),
    25: ("route", True),
    88: ("nsid", False),
    89: ("nsid", True),
}


@dataclass(frozen=True)
class Recording:
    """What was there before and after, and the recorder's output in between."""

    before: Seen
    after: Seen
    output: bytes


@dataclass(frozen=True)
class Event:
    """One notification of the kernel.

    ``at_us`` is its time in microseconds since the epoch; ``nsid`` the number of the namespace that it comes from,
    None for the host's own; ``gone`` tells a deletion. Exactly one of ``link``, ``address`` and ``route`` is set (the
    last two with their interface's ``index``), or none for the news that a namespace got or lost its number ``of``.
    """

    at_us: int
    nsid: int | None
    gone: bool
    index: int = 0
    link: Link | None = None
    address: Address | None = None
    route: Route | None = None
    of: int | None = None


def capture(lab: Source, action: Callable[[], object]) -> Recording:
    """Record while ``action`` runs, and look at the lab before and after. What ``action`` raises is passed on."""
    word = secrets.token_hex(8)
    with ThreadPoolExecutor(1) as pool:
        output = pool.submit(lab.observer.exec, script_argv("observe", "recorder.py", word))
        try:
            _control(lab, "ready", word)
            before = discover(lab)
            action()
        finally:
            _control(lab, "stop", word)
        recorded = output.result()
    return Recording(before, discover(lab), recorded)


def _control(lab: Source, command: str, word: str) -> None:
    if lab.observer.exec(script_argv("observe", "control.py", command, word)) != b"ok":
        raise ObserveError("The recorder of the kernel's events does not answer.", cure="Record again.")


def events(output: bytes) -> tuple[Event, ...]:
    """Decode a recording; what says nothing about links, addresses and the main routing table is left out."""
    return tuple(event for at_us, nsid, message in _records(output) for event in _told(at_us, nsid, message))


def _records(output: bytes) -> Iterator[tuple[int, int, bytes]]:
    at = 0
    while at < len(output):
        at_us, nsid, length = RECORD.unpack_from(output, at)
        at += RECORD.size
        if not length:
            raise ObserveError("The kernel spoke faster than the recorder wrote.", cure="Record again.")
        yield at_us, nsid, output[at : at + length]
        at += length


def _told(at_us: int, number: int, message: bytes) -> Iterator[Event]:
    what, gone = TYPES.get(struct.unpack_from("H", message, 4)[0], ("", False))
    nsid = None if number < 0 else number
    if what == "link" and message[16] != socket.AF_BRIDGE:  # the bridge says again what the link says
        link = netlink.link(message)
        yield Event(at_us, nsid, gone, index=link.index, link=link)
    if what == "address":
        index, address = netlink.address(message)
        yield Event(at_us, nsid, gone, index=index, address=address)
    if what == "route":
        yield from (
            Event(at_us, nsid, gone, index=index, route=route(device="")) for index, route in netlink.routes(message)
        )
    if what == "nsid":
        yield Event(at_us, nsid, gone, of=netlink.nsid(message))
