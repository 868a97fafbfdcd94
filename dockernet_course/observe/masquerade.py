"""Which packets leave under the host's address: the masquerade rules of the host's firewall, as the kernel has them.

Read are nftables' messages (``linux/netfilter/nf_tables.h``; iptables-nft writes such rules, too) and the lines of
``iptables-legacy-save``. A rule that asks for more than a source and a way out takes only a part of the packets, and
is left out: nothing is claimed of it. Pure.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network

from dockernet_course.observe.netlink import attributes

__all__ = ["Masquerade", "masquerades", "of_legacy", "of_nftables"]

_EXPRESSIONS, _NAME, _DATA = 4, 1, 2  # NFTA_RULE_EXPRESSIONS, NFTA_EXPR_NAME, NFTA_EXPR_DATA
_HEADER = 20
_FAMILIES = {2: 4, 10: 6}  # NFPROTO_IPV4, NFPROTO_IPV6
_SOURCES = {(1, 12): 4, (1, 8): 6}  # the network header's source address: (base, offset) → family
_NFPROTO, _OIFNAME = 15, 7  # NFT_META_NFPROTO, NFT_META_OIFNAME
_EQUAL, _UNEQUAL = 0, 1
_XTABLES = ("target", "match")  # iptables' own, by their names: NFTA_TARGET_NAME, NFTA_MATCH_NAME
_HARMLESS = ("counter", "masq", "MASQUERADE", "comment")


@dataclass(frozen=True)
class Masquerade:
    """A rule of the host's firewall by which packets leave under the host's address (source NAT, "MASQUERADE").

    It takes the packets that come from ``source`` (None: from everywhere) and leave through ``out`` (None: through any
    interface), ``unless`` it is this one. ``family`` is 4, 6, or None for both.
    """

    family: int | None = None
    source: str | None = None
    out: str | None = None
    unless: str | None = None

    def takes(self, subnet: str, device: str) -> bool:
        """Whether it takes all packets from the subnet that leave through the device."""
        whose = ip_network(subnet, strict=False)
        source = ip_network(self.source, strict=False) if self.source else None
        family = self.family in (None, whose.version)
        covered = source is None or (source.version == whose.version and _within(whose, source))
        return family and covered and self.out in (None, device) and self.unless != device


def _within(inner: IPv4Network | IPv6Network, outer: IPv4Network | IPv6Network) -> bool:
    return outer.prefixlen <= inner.prefixlen and inner.network_address in outer


class _Narrower(Exception):
    """The rule asks for something else as well."""


def masquerades(rules: Iterable[bytes], legacy: Iterable[str]) -> tuple[Masquerade, ...]:
    """The masquerade rules among nftables' messages and iptables-legacy's lines, each once."""
    found = (*map(of_nftables, rules), *map(of_legacy, legacy))
    return tuple(dict.fromkeys(rule for rule in found if rule))


@dataclass
class _Reading:
    """The rule as far as it is read; ``loaded`` is what the next comparison is about, ``mask`` what was cut off it."""

    rule: Masquerade = field(default_factory=Masquerade)
    loaded: tuple[str, int] = ("", 0)
    mask: bytes = b""


def of_nftables(message: bytes) -> Masquerade | None:
    """The rule in an NFT_MSG_NEWRULE message; None where it asks for more than a source and a way out."""
    reading = _Reading(Masquerade(family=_FAMILIES.get(message[16])))
    try:
        for name, data in _expressions(message):
            _step(reading, name, dict(attributes(data)))
    except (_Narrower, ValueError, KeyError):
        return None
    return reading.rule


def _expressions(message: bytes) -> Iterator[tuple[str, bytes]]:
    rule = dict(attributes(message[_HEADER:]))
    for _, expression in attributes(rule.get(_EXPRESSIONS, b"")):
        parts = dict(attributes(expression))
        yield _text(parts[_NAME]), parts.get(_DATA, b"")


def _step(reading: _Reading, name: str, data: dict[int, bytes]) -> None:
    """One expression: something is loaded, cut by a mask, or compared; all else but the target makes it narrower."""
    if name == "payload":  # NFTA_PAYLOAD_BASE, …_OFFSET
        reading.loaded, reading.mask = ("source", _SOURCES[_number(data[2]), _number(data[3])]), b""
    elif name == "meta":  # NFTA_META_KEY
        reading.loaded, reading.mask = ("meta", _number(data[2])), b""
    elif name == "bitwise":  # NFTA_BITWISE_MASK
        reading.mask = _value(data[4])
    elif name == "cmp":  # NFTA_CMP_OP, …_DATA
        reading.rule = _compared(reading, _number(data[2]), _value(data[3]))
    elif name not in _HARMLESS and (name not in _XTABLES or _text(data[1]) not in _HARMLESS):
        raise _Narrower


def _number(data: bytes) -> int:
    return int.from_bytes(data, "big")


def _value(data: bytes) -> bytes:
    """NFTA_DATA_VALUE."""
    return dict(attributes(data))[1]


def _text(data: bytes) -> str:
    return data.rstrip(b"\0").decode(errors="replace")


def _compared(reading: _Reading, how: int, value: bytes) -> Masquerade:
    what, detail = reading.loaded
    if what == "source" and how == _EQUAL:
        return replace(reading.rule, family=detail, source=_network(detail, value, reading.mask))
    if reading.loaded == ("meta", _NFPROTO) and how == _EQUAL:
        return replace(reading.rule, family=_FAMILIES[value[0]])
    if reading.loaded == ("meta", _OIFNAME) and value.endswith(b"\0") and how in (_EQUAL, _UNEQUAL):
        name = _text(value)
        return replace(reading.rule, out=name) if how == _EQUAL else replace(reading.rule, unless=name)
    raise _Narrower


def _network(family: int, value: bytes, mask: bytes) -> str:
    """Without a mask the kernel compares the first bytes only: their number is the prefix's length."""
    size = 4 if family == 4 else 16
    bits = int.from_bytes(mask, "big").bit_count() if mask else 8 * len(value)
    return str(ip_network((int.from_bytes(value.ljust(size, b"\0"), "big"), bits)))


def of_legacy(line: str) -> Masquerade | None:
    """The rule in a line of ``iptables-legacy-save``; None as above, and where it is no masquerade."""
    rule, words = Masquerade(family=None), line.split()
    if words[:1] != ["-A"] or words[-2:] != ["-j", "MASQUERADE"]:
        return None
    options = iter(words[2:-2])
    for word in options:
        unlike = word == "!"
        option, value = (next(options, ""), next(options, "")) if unlike else (word, next(options, ""))
        if option == "-s" and not unlike:
            rule = replace(rule, source=value, family=ip_address(value.partition("/")[0]).version)
        elif option == "-o" and not value.endswith("+"):
            rule = replace(rule, unless=value) if unlike else replace(rule, out=value)
        else:
            return None
    return rule
