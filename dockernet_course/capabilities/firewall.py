"""Who wrote the rules of the firewall on the engine's host, who keeps them, which one keeps bridges apart. Pure.

What is read of them, and how, is the matter of ``experiments.firewall``.
"""

from __future__ import annotations

from dockernet_course.errors import ObserveError
from dockernet_course.experiments import Counted, firewall

__all__ = ["UNSEEN", "backend", "dropped_by", "tool"]

UNSEEN = "something else"
"""What dropped a packet, where no rule was seen to."""

_NFTABLES = "docker-bridges"  # the table of the engine's nftables backend
_IPTABLES = "DOCKER"  # with this begin the chains of the other


def tool(read: str) -> str:
    """``nftables`` or ``iptables``, or ``none`` where the engine has written no rules."""
    rules = firewall.parse(read)
    if any(_NFTABLES in rule.table for rule in rules):
        return "nftables"
    return "iptables" if any(rule.chain.startswith(_IPTABLES) for rule in rules) or firewall.unread(read) else "none"


def backend(read: str) -> str:
    """Which part of the kernel has the engine's rules: ``nf_tables``, ``legacy`` (ip_tables), or ``none``."""
    tools = {rule.tool for rule in firewall.parse(read) if rule.chain.startswith(_IPTABLES) or _NFTABLES in rule.table}
    if tools - {"iptables-legacy"}:
        return "nf_tables"
    return "legacy" if tools or firewall.unread(read) else "none"


def dropped_by(counted: Counted, *names: str) -> str:
    """``filter: DOCKER-ISOLATION-STAGE-2``: table and chain of the rule that dropped something.

    Those count that name the target's device or address: others may drop, too, meanwhile. Raises ObserveError where
    the rules cannot be read.
    """
    for rule in counted.about(*names).drops:
        return f"{rule.table}: {rule.chain.partition('__')[0]}"
    if counted.unread:
        raise ObserveError("It cannot be seen which rule dropped it.", state=f"{counted.unread}.")
    return UNSEEN
