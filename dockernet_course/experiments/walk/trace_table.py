"""Our own firewall table for the time of a walk: it makes the kernel trace the walk's packets, and it guards. Pure.

``meta nftrace set 1`` before all other rules (nft(8), "Packet tracing"); and behind routing, before masquerade, the
guard: what would leave the host by an interface that is not this engine's is dropped there. The guard goes by the
containers' addresses: with the host's own others send, too.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from dockernet_course.experiments.walk.plan import WalkPlan
from dockernet_course.experiments.walk.written import families

__all__ = ["GUARD", "delete", "text"]

_FAMILY, _ICMP = {4: "ip", 6: "ip6"}, {4: "icmp", 6: "icmpv6"}

GUARD = "guard"
# Netfilter's hooks: what comes in passes prerouting, and behind routing input, or forward and postrouting; what starts
# here passes output and postrouting. At a hook chains run by priority: raw -300, conntrack -200, mangle -150, dstnat
# -100, filter 0, srcnat 100 (nft(8), "Chains"). Bridged packets pass the hooks where br_netfilter is loaded.
# Bare acknowledgements are not traced: each packet makes some ten messages in each namespace, and where the kernel
# does not allow a large buffer (CAP_NET_ADMIN of the initial user namespace), they would not fit in.
_NO_BARE_ACK = " tcp flags & (fin | syn | rst | psh) != 0"


def text(plan: WalkPlan, table: str, *, guard: bool) -> str:
    """What makes the table, and sweeps one of the same name away that a killed walk left."""
    tables = (_table(plan, table, family, guard=guard) for family in families(plan.addresses))
    return "".join(tables)


def delete(plan: WalkPlan, table: str) -> str:
    """What removes it again."""
    return "; ".join(f"delete table {_FAMILY[family]} {table}" for family in families(plan.addresses))


def _table(plan: WalkPlan, table: str, family: int, *, guard: bool) -> str:
    """For one family: a table for both (``inet``) is what a kernel without IPv6 does not have."""
    its = [address for address in plan.addresses if families([address]) == (family,)]
    held = [address for address in its if address not in plan.spared]
    traced = "".join(
        f"    {match}{_NO_BARE_ACK * ('tcp' in match)} meta nftrace set 1 accept\n"
        for match in _matches(plan, its, family)
    )
    allowed = ", ".join(f'"{name}"' for name in plan.allowed)
    kept = "".join(f"    {match} oifname != {{ {allowed} }} drop\n" for match in _matches(plan, held, family))
    chains = [("arriving", "prerouting", -301, traced), ("starting", "output", -301, traced)]
    chains += [(GUARD, "postrouting", -400, kept)] if guard else []
    body = "".join(
        f"  chain {name} {{\n    type filter hook {hook} priority {order};\n{rules}  }}\n"
        for name, hook, order, rules in chains
    )
    of = _FAMILY[family]
    return f"add table {of} {table}\ndelete table {of} {table}\ntable {of} {table} {{\n{body}}}\n"


def _matches(plan: WalkPlan, held: Sequence[str], family: int) -> Iterator[str]:
    """Which packets are the walk's, by these addresses."""
    if not held:
        return
    addresses, ports = ", ".join(held), ", ".join(map(str, plan.ports))
    for way in ("saddr", "daddr"):
        of = f"{_FAMILY[family]} {way} {{ {addresses} }}"
        yield f"{of} meta l4proto {_ICMP[family]}"
        yield f"{of} tcp sport {{ {ports} }}"
        yield f"{of} tcp dport {{ {ports} }}"
        if plan.datagram:
            yield f"{of} udp sport {{ {ports} }}"
            yield f"{of} udp dport {{ {ports} }}"
        if plan.names:
            yield f"{of} meta l4proto udp"
