"""The world outside of a capsule's host: one more network namespace, at the other end of the host's ``eth0``.

It has addresses of the documentation ranges only (RFC 5737, RFC 3849), which lead nowhere else either::

    host  eth0 ── downlink  router      203.0.113.0/24   2001:db8:113::/64
                            servers     192.0.2.53 (names), 192.0.2.80 and 2001:db8:80::80 (www)
                            a client    198.51.100.7

The host's default routes lead to the router, and the router knows these networks and no other: it has no route to the
host's containers, as a provider has none to its customers' private networks (RFC 1918), and no default route. What it
does not know it calls unreachable at once. Commands that people run there speak to the host as the client, whose
network the host reaches by its default route only; to anything else, and by IPv6, as the router.

Standard library only. Ends with the capsule, and the capsule with it.
"""

from __future__ import annotations

import contextlib
import os
import socket
import threading  # noqa: F401 (the web server wants it, and in its root there is no other Python to take it from)
from pathlib import Path

from dockernet_course.engines.inside import dns, kernel, netlink

__all__ = ["CLIENT", "HOST", "HOST6_NAME", "HOST_NAME", "NAMES", "NAMESERVER", "NAMESPACE", "SERVER", "begin"]

NAMESPACE = "/run/outside"
"""Where the capsule's host has the namespace as a file, for ``nsenter --net=…``; ``ip netns`` does not list it."""

HOST, ROUTER, NAMESERVER, CLIENT = "203.0.113.10", "203.0.113.1", "192.0.2.53", "198.51.100.7"
HOST6, ROUTER6 = "2001:db8:113::10", "2001:db8:113::1"
HOST_NAME, HOST6_NAME = "host.example", "host6.example"
SERVER, _WWW, _WWW6 = "www.example", "192.0.2.80", "2001:db8:80::80"
# A name has addresses of one family only: with both, programs would prefer IPv6 on the host, and have IPv4 only in
# most containers, so that the server would see different addresses for another reason than the one to be shown.
NAMES = {
    "example": (),
    SERVER: (_WWW,),
    "www6.example": (_WWW6,),
    HOST_NAME: (HOST,),
    HOST6_NAME: (HOST6,),
    "router.example": (ROUTER,),
    "client.example": (CLIENT,),
}
_SERVE = "/opt/dockernet/serve.py"
_UPLINK, _DOWNLINK = "eth0", "downlink"
# Numbers that nothing else gets: the host's are counted as on any other, and eth0@if100 cannot be taken for its own.
_UPLINK_INDEX, _DOWNLINK_INDEX, _NSID = 2, 100, 100
_SETTINGS = {
    # Say it as often as the kernel lets a router: five times, then once a second. (With an icmp_ratelimit of 0 kernels
    # up to 6.12 at least take away what is left of the five.)
    "ipv4/icmp_ratemask": "0",
    "ipv4/icmp_errors_use_inbound_ifaddr": "1",  # and say it as the router
    "ipv6/conf/all/forwarding": "1",
    "ipv6/icmp/ratelimit": "0",
}


def begin(log: int) -> dict[int, str]:
    """Make it, seen from the host's namespace; the pids of its servers, with what they are."""
    host, there = _namespaces()
    netlink.number_namespace(there, _NSID)
    netlink.add_veth(_UPLINK, _UPLINK_INDEX, _DOWNLINK, _DOWNLINK_INDEX, there)
    _plug_in(_UPLINK, f"{HOST}/24", f"{HOST6}/64")
    netlink.add_route("0.0.0.0/0", _UPLINK, via=ROUTER)
    if _has_ipv6():
        netlink.add_route("::/0", _UPLINK, via=ROUTER6)
    kernel.enter(there, kernel.NEWNET, "network outside")
    _furnish()
    parts = {kernel.child("outside", _names, log): "outside", kernel.child(SERVER, _web, log): SERVER}
    kernel.enter(host, kernel.NEWNET, "host's network")
    os.close(host)
    os.close(there)
    return parts


def _namespaces() -> tuple[int, int]:
    """Descriptors of the host's, in which we stay, and of a new one, which appears at ``NAMESPACE``."""
    host = os.open("/proc/self/ns/net", os.O_RDONLY)
    kernel.unshare(kernel.NEWNET, "network namespace")
    Path(NAMESPACE).touch()
    kernel.bind("/proc/self/ns/net", NAMESPACE)
    there = os.open(NAMESPACE, os.O_RDONLY)
    kernel.enter(host, kernel.NEWNET, "host's network")
    return host, there


def _plug_in(link: str, *addresses: str) -> None:
    kernel.link_up(link)
    for address in addresses:
        if ":" not in address or _has_ipv6():
            netlink.add_address(link, address)


def _furnish() -> None:
    """The router, with everybody else's addresses on its ``lo``."""
    for name, value in _SETTINGS.items():
        with contextlib.suppress(OSError):  # the kernel has no IPv6, or /proc/sys is read-only
            Path("/proc/sys/net", name).write_text(value)
    netlink.configure(_DOWNLINK_INDEX, netlink.FORWARDING, 1)  # else it would be silent about what it cannot reach
    netlink.configure(_DOWNLINK_INDEX, netlink.ARP_ANNOUNCE, 2)  # ask for neighbours as the router, too
    _plug_in("lo", f"{NAMESERVER}/32", f"{_WWW}/32", f"{CLIENT}/32", f"{_WWW6}/128")
    _plug_in(_DOWNLINK, f"{ROUTER}/24", f"{ROUTER6}/64")
    netlink.add_route(f"{HOST}/32", _DOWNLINK, source=CLIENT)


def _has_ipv6() -> bool:
    return Path("/proc/sys/net/ipv6").exists()


def _names() -> None:
    kernel.name_process("outside")
    dns.serve(NAMESERVER, NAMES)


def _web() -> None:
    """The lab image's own server, which lies on the capsule's host, too. It answers with its host's name."""
    kernel.unshare(kernel.NEWUTS, "uts namespace")
    socket.sethostname(SERVER)
    kernel.name_process(SERVER)
    exec(compile(Path(_SERVE).read_text(), _SERVE, "exec"), {"__name__": SERVER})  # noqa: S102
