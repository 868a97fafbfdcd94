"""An address with a port as one text, "172.18.0.2:80" and "[fd00::2]:80" (RFC 3986 §3.2.2), and back. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from ipaddress import ip_address

__all__ = ["bare", "families", "port_of", "with_port"]


def with_port(address: str, port: int) -> str:
    """Both as one text."""
    return f"[{address}]:{port}" if ":" in address else f"{address}:{port}"


def bare(end: str) -> str:
    """The address alone, if there is a port or not."""
    if end.startswith("["):
        return end[1:].partition("]")[0]
    return end if end.count(":") > 1 else end.partition(":")[0]


def port_of(end: str) -> int:
    """The port, 0 if there is none."""
    return int(end.removeprefix(bare(end)).removeprefix(f"[{bare(end)}]").removeprefix(":") or 0)


def families(addresses: Iterable[str]) -> tuple[int, ...]:
    """The families that are among them: 4, 6, or both."""
    return tuple(sorted({ip_address(address).version for address in addresses}))
